"""Cases on which a model's probabilities are compared with how often it is right. Needs no PyTorch."""
