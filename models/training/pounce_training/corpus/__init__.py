"""Packages, their licences, and the files in them that are fit to learn from. Needs no PyTorch."""
