"""Pipelines as graphs: composed with ``>>`` and ``|``, checked before they start, run in bounded memory."""

from typing import TYPE_CHECKING

from pipeflow.combinators import balance, chain, lanes
from pipeflow.errors import (
    CompetingReadersWarning,
    CompositionError,
    DanglingStreamWarning,
    GraphError,
    GraphWarning,
    PipeError,
    PipeflowError,
    PipeflowWarning,
    PipelineStateError,
    WorkerDied,
)
from pipeflow.flow import Flow, same_structure
from pipeflow.markers import EndOfStream, Sentinel
from pipeflow.pipes import (
    Discard,
    FailedItem,
    Feedback,
    Join,
    Pipe,
    Rate,
    Regulator,
    Sink,
    Source,
    Switch,
    Transform,
    batch,
    collate,
    filter,
    flat_map,
    map,
    shuffle,
    take,
    unbatch,
    window,
)
from pipeflow.pipes.decorators import regulator, sink, source, transform
from pipeflow.shapes import ClosedFlow, InFlow, OutFlow, ThroughFlow
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow import base as base
    from pipeflow import pipelines as pipelines
    from pipeflow import pipes as pipes
    from pipeflow.pipelines import PipeLine, PipeSystem
    from pipeflow.runtime.identity import worker
    from pipeflow.system.logs import Logger

__all__ = [
    "ClosedFlow",
    "CompetingReadersWarning",
    "CompositionError",
    "DanglingStreamWarning",
    "Discard",
    "EndOfStream",
    "FailedItem",
    "Feedback",
    "Flow",
    "GraphError",
    "GraphWarning",
    "InFlow",
    "Join",
    "Logger",
    "OutFlow",
    "Pipe",
    "PipeError",
    "PipeLine",
    "PipeSystem",
    "PipeflowError",
    "PipeflowWarning",
    "PipelineStateError",
    "Rate",
    "Regulator",
    "Sentinel",
    "Sink",
    "Source",
    "Stream",
    "Switch",
    "ThroughFlow",
    "Transform",
    "WorkerDied",
    "balance",
    "batch",
    "chain",
    "collate",
    "filter",
    "flat_map",
    "lanes",
    "map",
    "regulator",
    "same_structure",
    "shuffle",
    "sink",
    "source",
    "take",
    "transform",
    "unbatch",
    "window",
    "worker",
]

_ON_DEMAND = {
    "Logger": "pipeflow.system.logs",
    "PipeLine": "pipeflow.pipelines",
    "PipeSystem": "pipeflow.pipelines",
    "worker": "pipeflow.runtime.identity",
}
"""Where names are that need networkx and the engines, which composing does without."""
_MODULES = ("base", "pipelines")
"""The documented import paths, which need them too: ``mp.base.Stream`` after ``import pipeflow as mp``."""


if not TYPE_CHECKING:

    def __getattr__(name):  # noqa: ANN001, ANN202
        if name not in (*_ON_DEMAND, *_MODULES):
            raise AttributeError(f"module 'pipeflow' has no attribute {name!r}")
        import importlib

        if name in _MODULES:
            return importlib.import_module(f"pipeflow.{name}")
        return getattr(importlib.import_module(_ON_DEMAND[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
