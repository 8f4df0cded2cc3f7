"""Reports: one format a file; `wording` is the one place of sentences."""
