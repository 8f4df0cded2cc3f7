"""Plain functions that take their weights as arguments, and how they are called: torch or NumPy."""
