"""Arrays in, frozen results out: sampling, weighting, estimation, index.  No files, no clock."""
