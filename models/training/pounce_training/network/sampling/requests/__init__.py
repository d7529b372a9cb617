"""Samples of the kinds that people ask for, cut out of texts: prefix, target and suffix are tokenized each on its own,
as in the engine."""
