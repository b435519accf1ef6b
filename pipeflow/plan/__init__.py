"""compile_plan: from a checked graph to what an engine launches. Frozen, picklable, printable.

A plan has stages (a pipe, or something the planner adds, with its workers) and channels-to-be (streams
between
stages). The `model` is all that workers see; how a plan is made (`planner`, `fusion`) needs the graph's
library
and is imported when a plan is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeflow.plan.model import InputPlan, OutputPlan, Owed, Plan, StagePlan, StreamPlan, Tracing

if TYPE_CHECKING:
    from pipeflow.graph import Graph

__all__ = ["InputPlan", "OutputPlan", "Owed", "Plan", "StagePlan", "StreamPlan", "Tracing", "compile_plan"]


def compile_plan(graph: Graph, *, iterate: bool = False, fuse: bool = False) -> Plan:
    """The plan of a checked graph.

    Args:
        graph: from `build_graph`; errors of the checks are the caller's business.
        iterate: the items of the one open output go to the caller.
        fuse: adjacent one-to-one pipes with one worker each share a worker.

    Raises:
        GraphError: when there is not exactly one open output to iterate.
    """
    from pipeflow.plan.fusion import fused
    from pipeflow.plan.planner import Planner

    plan = Planner(graph).plan(iterate)
    return fused(plan) if fuse else plan
