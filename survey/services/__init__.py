"""One module a step of the survey's life, one function a use.  The caller owns the transaction."""
