"""One intake for all field clients."""
