"""scarce: losses, calibration and decisions for when one class is rare."""

__version__ = "0.1.0"
