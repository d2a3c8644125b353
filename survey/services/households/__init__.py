"""Household rounds: areas drawn, listings from the field, households and adults drawn from them."""
