"""Held-out cases, and how many of them the network completes exactly."""
