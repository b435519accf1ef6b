"""Programs for the ancestor and for pipeflow: ``python -m tests.documented.programs.<name> minipipe``.

Each gets the package as `mp` from `delivery`, and says what its sinks received with `deliver`.
"""
