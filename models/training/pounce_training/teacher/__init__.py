"""A teacher: a larger local model that writes short programs to everyday tasks, to learn from."""
