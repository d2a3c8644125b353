"""Figures of the report: SVG text in black, white and greys, so that a copier keeps them."""
