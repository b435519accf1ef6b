"""Ways to move entries between workers: one protocol (`_base`), one file per way."""

from pipeflow.transports._base import (
    ENDED,
    WOKEN,
    Counts,
    Endpoint,
    Signal,
    State,
    Stopped,
    Unpicklable,
    Unreadable,
)
from pipeflow.transports.wiring import StreamEnds

__all__ = [
    "ENDED",
    "WOKEN",
    "Counts",
    "Endpoint",
    "Signal",
    "State",
    "Stopped",
    "StreamEnds",
    "Unpicklable",
    "Unreadable",
]
