"""How many, how shared out, and who: sample size, allocation, random numbers, the draw."""
