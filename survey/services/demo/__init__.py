"""The demonstration: a synthetic wave with a known truth.  Everything it makes says synthetic."""
