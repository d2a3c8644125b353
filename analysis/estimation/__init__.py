"""Estimates with their design-based uncertainty."""
