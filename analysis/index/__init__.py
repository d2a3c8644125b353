"""From estimates and verified points to an index: scheme, scoring, composition, bands."""
