"""The state of a run on disk: the checkpoint itself, a Hugging Face folder, and small packed parts."""
