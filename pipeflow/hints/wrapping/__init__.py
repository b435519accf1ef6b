"""What the source of a wrapper shows: whether it passes on what it is given, and what it gets.

``functools.wraps`` copies the annotations of what is wrapped onto a wrapper that may do anything. They hold
where its source shows that it calls the wrapped function with what it was given, and returns what that
returns. Nothing else is believed: a wrapper whose source can't be read, or goes another way, is not known.
"""
