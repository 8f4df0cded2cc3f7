"""Grading: what submissions are worth, judged by a process that they never see."""
