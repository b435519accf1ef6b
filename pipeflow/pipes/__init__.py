"""The kinds of pipe, one file each; the documented import path of Source, Transform, Regulator and Sink."""

from pipeflow.pipes._base import Pipe
from pipeflow.pipes.discard import Discard
from pipeflow.pipes.failures import FailedItem
from pipeflow.pipes.feedback import Feedback
from pipeflow.pipes.join import Join
from pipeflow.pipes.options import Rate
from pipeflow.pipes.ready import batch, collate, filter, flat_map, map, shuffle, take, unbatch, window
from pipeflow.pipes.regulator import Regulator
from pipeflow.pipes.sink import Sink
from pipeflow.pipes.source import Source
from pipeflow.pipes.switch import Switch
from pipeflow.pipes.transform import Transform

__all__ = [
    "Discard",
    "FailedItem",
    "Feedback",
    "Join",
    "Pipe",
    "Rate",
    "Regulator",
    "Sink",
    "Source",
    "Switch",
    "Transform",
    "batch",
    "collate",
    "filter",
    "flat_map",
    "map",
    "shuffle",
    "take",
    "unbatch",
    "window",
]
