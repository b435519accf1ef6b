"""The relation "is assignable to" between two annotations."""
