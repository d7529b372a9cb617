"""Tests of what needs no PyTorch, and, where it is installed, of the rest."""
