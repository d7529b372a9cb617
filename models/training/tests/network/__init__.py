"""The network. Needs PyTorch; run by `make train-toy`."""
