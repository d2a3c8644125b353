"""From weights and answers to the table, and all that is computed beside it."""
