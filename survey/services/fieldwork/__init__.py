"""Contact attempts, who is due, outcome rates, reserves, the state of the field."""
