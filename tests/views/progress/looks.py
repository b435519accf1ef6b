"""Plans, and what their workers' meters would show."""

from __future__ import annotations

from typing import Any

from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.runtime.report import Sample
from pipeflow.views.progress.panel import PanelRow


def plan_of(flow: Any, iterate: bool = False) -> Plan:
    return compile_plan(build_graph(flow), iterate=iterate)


def look(plan: Plan, seconds: float, **pipes: dict[str, Any]) -> Sample:
    """A sample in which each worker of the named pipes shows the same."""
    readings = {
        Worker(number, replica): shows(**pipes.get(stage.name, {}))
        for number, stage in enumerate(plan.stages)
        if stage.pipe is not None
        for replica in range(stage.replicas)
    }
    return Sample(seconds, readings)


def shows(
    taken: int = 0, sent: int | None = None, busy: float = 0.0, waiting: float = 0.0, blocked: float = 0.0,
    state: str = "busy", item: int = 0,
) -> Reading:  # fmt: skip
    return Reading(item, taken, taken if sent is None else sent, busy, waiting, blocked, state, 0.0)


def row(name: str = "a", **values: Any) -> PanelRow:
    plain: dict[str, Any] = {
        "kind": "Transform", "workers": 1, "taken": 0, "total": None, "rate": 0.0, "busy": 0.0,
        "waiting": 0.0, "blocked": 0.0, "waiting_items": None, "room": None, "over": False,
    }  # fmt: skip
    return PanelRow(name=name, **{**plain, **values})
