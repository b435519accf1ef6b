"""The tests, as a package: a regular one, so that no other `tests` on the path can stand in front of it."""
