"""Sampling, training, measuring and exporting the network. Needs PyTorch, NumPy and tokenizers."""
