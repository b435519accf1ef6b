"""What a Flow can be told to do. Each verb is a function of the layers above; this is the one module that
reaches up to them, and only when it is called."""

from __future__ import annotations

from typing import Any

from pipeflow.flow import Flow


def stream(flow: Flow, **options: Any) -> Any:
    """An iterator, and context manager, of the items of the one open output."""
    from pipeflow.system import stream as start

    return start(flow, **options)
