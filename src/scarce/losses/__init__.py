"""Losses, each with five faces: value, gradient, curvature, posterior and base score."""
