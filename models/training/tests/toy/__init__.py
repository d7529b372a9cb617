"""The whole chain at toy size. Needs PyTorch and a built `pounce`; run by `make train-toy`."""
