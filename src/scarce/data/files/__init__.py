"""From bytes to columns of text: which files are meant, how they are written, and where each row stands."""
