"""Numbers of Fibonacci."""


def fibonacci(n):
    """Return the n-th number of Fibonacci."""
    a, b = 0, 1
    for 