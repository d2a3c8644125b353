"""Files of rows for statistical programs, written as a stream: memory does not grow with rows."""
