"""The corpus. Needs nothing but Python."""
