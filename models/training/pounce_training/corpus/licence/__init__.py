"""Licences of packages and files: which of them admit code into the corpus."""
