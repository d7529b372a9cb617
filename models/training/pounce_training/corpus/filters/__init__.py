"""Which files are code fit to learn from, and what is masked in them."""
