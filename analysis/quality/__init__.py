"""Is the answer file to be believed: agreement of items, of raters, of interviewers."""
