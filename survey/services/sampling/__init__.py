"""Planning a sample, promising it, drawing it, and drawing it again to check."""
