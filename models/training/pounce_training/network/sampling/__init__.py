"""From encoded text to batches: what the network is trained on. Needs NumPy and tokenizers."""
