"""Cases for calibration. Needs no PyTorch."""
