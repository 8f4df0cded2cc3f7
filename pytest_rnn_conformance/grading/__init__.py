"""Grading: a rubric read, the checks that count for it, and what outcomes are worth."""
