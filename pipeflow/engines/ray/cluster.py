"""The cluster: connecting to it, and what it must have before anything is started."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any, Final

from pipeflow.engines.ray.library import ray
from pipeflow.errors import GraphError, PipelineStateError
from pipeflow.plan import Plan, StagePlan

_NAMES: Final = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}
_lock = threading.Lock()
_runs = 0
"""Runs that use the cluster that we have started ourselves."""


def connect(address: str | None, options: Mapping[str, Any]) -> bool:
    """Connect to a cluster: the one this process is connected to, or that of the address, or a new one here.

    Returns:
        whether it was started (or joined) by us, and `disconnect` is to be called.

    Raises:
        PipelineStateError: this process is connected to another cluster.
        GraphError: there is no such cluster, or an option that `ray.init` doesn't have.
    """
    global _runs
    with _lock:
        if ray.is_initialized():
            if _runs:
                _runs += 1
                return True
            _same(address)
            return False
        # What workers print is shown; what Ray says of its own start is not.
        own = {"include_dashboard": False, "log_to_driver": True, "logging_level": logging.ERROR}
        said: dict[str, Any] = {**own, **options}
        if address not in (None, "local") and "include_dashboard" not in options:
            said.pop("include_dashboard")
        try:
            ray.init(address=address or "local", **said)
        except (ConnectionError, ValueError, TypeError, RuntimeError) as error:
            where = f"the Ray cluster at {address!r}" if address else "a Ray cluster on this machine"
            raise GraphError(f"{where} can't be used: {error}\nNothing was started.") from error
        _runs = 1
        return True


def _same(address: str | None) -> None:
    known = str(ray.get_runtime_context().gcs_address)
    if address in (None, "auto", known):
        return
    raise PipelineStateError(
        f"this process is connected to the Ray cluster at {known}, not to {address!r}. Leave  address=  "
        "out, or call  ray.shutdown()  first"
    )


def disconnect() -> None:
    """A run that `connect` has connected is over; the last one ends the connection."""
    global _runs
    with _lock:
        _runs -= 1
        if _runs == 0:
            ray.shutdown()


# ---------------------------------------------------------------- what pipes ask for


def demands(stage: StagePlan) -> dict[str, Any]:
    """What a pipe's ``resources`` say, as options of an actor."""
    said: Any = None if stage.pipe is None else stage.pipe.options.resources
    return {} if said is None else dict(said)


def check_demands(plan: Plan) -> None:
    """Compare what all workers need with what the cluster has: Ray would wait for ever for what isn't there.

    Raises:
        GraphError: something is asked for that no node has, or more of it than all of them have.
    """
    nodes: list[Any] = [node for node in ray.nodes() if node["Alive"]]
    totals: dict[str, float] = {}
    for node in nodes:
        for name, amount in node["Resources"].items():
            totals[name] = totals.get(name, 0.0) + amount
    wanted: dict[str, float] = {}
    for stage in plan.stages:
        if stage.pipe is None or stage.hosted:
            continue
        each = amounts(stage)
        if not any(_fits(node, each, _labels(stage)) for node in nodes):
            raise GraphError(_impossible(stage, each, nodes))
        for name, amount in each.items():
            wanted[name] = wanted.get(name, 0.0) + amount * stage.replicas
            if wanted[name] > totals.get(name, 0.0):
                raise GraphError(_too_much(plan, name, totals))


def amounts(stage: StagePlan) -> dict[str, float]:
    """What one worker needs, by Ray's names."""
    said = demands(stage)
    found = {_NAMES[key]: float(said[key]) for key in _NAMES if said.get(key)}
    found.update({str(name): float(amount) for name, amount in dict(said.get("resources") or {}).items()})
    return found


def _labels(stage: StagePlan) -> dict[str, str]:
    return {str(name): str(value) for name, value in dict(demands(stage).get("label_selector") or {}).items()}


def _fits(node: Any, each: dict[str, float], labels: dict[str, str]) -> bool:
    has, known = node["Resources"], dict[str, str](node.get("Labels") or {})
    plain = {name: value for name, value in labels.items() if value.isidentifier()}
    return all(has.get(name, 0.0) >= amount for name, amount in each.items()) and all(
        known.get(name) == value for name, value in plain.items()
    )


def _impossible(stage: StagePlan, each: dict[str, float], nodes: list[Any]) -> str:
    assert stage.pipe is not None
    labels = ", ".join(f"{name}={value}" for name, value in _labels(stage).items())
    asks = ", ".join([_amount(name, amount) for name, amount in each.items()] + ([labels] if labels else []))
    have = "\n".join(f"    node {number}: {_shown(node)}" for number, node in enumerate(nodes, 1))
    return (
        f"{stage.pipe.label_with_place}: each of its workers asks for {asks}, and no node of the cluster has "
        f"that. Ray would wait for ever. Nothing was started.\n{have}\n"
        f"Ask for less:  {stage.name}.with_(resources=dict(...)) , or add a node that has it"
    )


def _too_much(plan: Plan, name: str, totals: dict[str, float]) -> str:
    asking = [(stage, amounts(stage)[name]) for stage in plan.stages if amounts(stage).get(name)]
    total = sum(amount * stage.replicas for stage, amount in asking)
    who = ", ".join(
        f"{stage.name} * {stage.replicas} ({_amount(name, amount)} each)" for stage, amount in asking
    )
    first = asking[0][0].pipe
    assert first is not None
    return (
        f"{first.label_with_place}: the workers ask for {_amount(name, total)} in all, and the cluster has "
        f"{totals.get(name, 0.0):g}: {who}. All workers run at once, so some would wait for ever. "
        "Nothing was started.\nAsk for less, use fewer workers, or add nodes"
    )


def _amount(name: str, amount: float) -> str:
    return f"{amount:g} {name}"


def _shown(node: Any) -> str:
    hidden = ("node:", "object_store_memory")
    has = [_amount(n, a) for n, a in sorted(node["Resources"].items()) if not n.startswith(hidden)]
    return ", ".join(has)
