"""Computed tables as readers see them: pages, files, one unit, what was lost, where from."""
