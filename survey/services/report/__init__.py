"""Reports and sheets that an office sends on."""
