"""The pass of sums over data that a design in memory need not hold."""
