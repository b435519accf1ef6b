"""How fast pipeflow is beside others, and beside itself. See `__main__` for what to type."""
