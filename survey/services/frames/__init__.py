"""From a province's file to a frame: rows in, a check of each, one transaction that stores all."""
