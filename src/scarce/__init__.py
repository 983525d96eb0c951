"""scarce: losses, calibration and decisions for when one class is rare."""
