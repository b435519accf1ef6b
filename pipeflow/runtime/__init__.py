"""Everything about running that is the same on every engine."""
