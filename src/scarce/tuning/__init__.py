"""Choosing the numbers of a loss: what is tried, in which order, and when the plain loss stays."""
