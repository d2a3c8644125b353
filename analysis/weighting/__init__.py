"""From inclusion probabilities to final weights, each step with its diagnostics."""
