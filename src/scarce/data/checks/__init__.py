"""What is odd about a data set: each check a small class with a code."""
