"""Pipelines as graphs: composed with ``>>`` and ``|``, checked before anything starts, run in bounded memory."""

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
from pipeflow.flow import Flow
from pipeflow.markers import EndOfStream, Sentinel
from pipeflow.pipes import Discard, Feedback, Join, Pipe, Rate, Regulator, Sink, Source, Switch, Transform
from pipeflow.streams import Stream

__all__ = [
    "CompetingReadersWarning",
    "CompositionError",
    "DanglingStreamWarning",
    "Discard",
    "EndOfStream",
    "Feedback",
    "Flow",
    "GraphError",
    "GraphWarning",
    "Join",
    "Pipe",
    "PipeError",
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
    "Transform",
    "WorkerDied",
    "balance",
    "chain",
    "lanes",
]
