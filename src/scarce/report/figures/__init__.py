"""Figures: SVG drawn from plain arrays, each at two widths (a page column and a phone)."""
