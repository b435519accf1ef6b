"""What of a plan the coordinator is told: nothing of the user's, for it has none of the user's modules."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from pipeflow.pipes import Pipe
from pipeflow.plan import Plan
from pipeflow.runtime.messages import Worker


class Facts(NamedTuple):
    """What of a pipe must be known here.

    Attributes:
        first: how many entries its first order has: enough for all that may be in flight.
        one_to_one: no more leave than enter.
    """

    first: int = 1
    one_to_one: bool = False


class Outline(NamedTuple):
    """A plan without anything of the user's.

    Attributes:
        plan: its stages have no pipes.
        facts: by stage.
        caller: who takes the items of an iteration.
    """

    plan: Plan
    facts: tuple[Facts, ...]
    caller: Worker | None


def outlined(plan: Plan) -> Outline:
    """What of a plan the coordinator is told."""
    bare = tuple(replace(stage, pipe=None, keys=None, fused=()) for stage in plan.stages)
    streams = tuple(replace(stream, initial=()) for stream in plan.streams)
    caller = None if plan.caller is None else Worker(plan.caller, 0)
    return Outline(Plan(bare, streams), tuple(_facts(stage.pipe) for stage in plan.stages), caller)


def _facts(pipe: Pipe | None) -> Facts:
    if pipe is None:
        return Facts()
    rate = pipe.rate
    return Facts(max(1, 2 * (pipe.options.concurrency or 1)), rate.consumes == 1 and rate.produces == 1)
