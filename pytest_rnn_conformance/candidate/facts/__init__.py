"""What was found out of an implementation, and why, for those who read it."""
