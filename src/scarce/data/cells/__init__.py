"""From text to types: what a column's cells hold, decided over the whole column."""
