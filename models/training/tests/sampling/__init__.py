"""The sampler. Needs NumPy and tokenizers."""
