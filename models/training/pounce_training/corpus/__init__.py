"""Which packages, under which licence, and what of their files is fit to learn from. Needs no PyTorch."""
