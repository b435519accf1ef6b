"""Ways to move entries between workers: one protocol (`_base`), one file per way."""
