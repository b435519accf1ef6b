"""PF501: more workers than cores, or more GPUs asked for than there are."""

from __future__ import annotations

import builtins
import dis
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._code import function_of, instructions
from pipeflow.checks._drawing import spelled
from pipeflow.checks._findings import counted, created, finding
from pipeflow.graph import Graph, effective, name_of, pipe_nodes
from pipeflow.pipes import Pipe

_WAITING = frozenset({"print", "input", "open", "eval", "exec", "compile", "__import__", "breakpoint"})


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Notes only. Pipes that wait (for disks, networks, sleeping) profit from any number of workers."""
    if target.engine in ("ray", "inline"):
        return
    cores = available_cores()
    for pipe in pipe_nodes(graph):
        whole = effective(graph, pipe)
        count = whole.options.n_processes or 1
        usable = cores if target.engine == "process" else 1
        if count > usable and _only_computes(whole.functor) and (target.engine == "process" or _has_lock()):
            yield _too_many(graph, pipe, count, cores, target.engine)
    yield from _graphics(graph)


def available_cores() -> int:
    """The cores this process may use."""
    allowed: Any = getattr(os, "sched_getaffinity", None)  # not on every platform
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def _has_lock() -> bool:
    """Whether threads of this interpreter take turns."""
    enabled: Any = getattr(sys, "_is_gil_enabled", None)
    return enabled is None or bool(enabled())


def _only_computes(functor: Any) -> bool:
    """Whether it certainly holds the interpreter: it loops, and calls nothing but builtins that compute."""
    function = function_of(functor)
    if function is None:
        return False
    loops = False
    for each in instructions(function.__code__):
        if "JUMP" in each.opname and each.argval < each.offset:
            loops = True
        if each.opname in ("IMPORT_NAME", "LOAD_ATTR", "LOAD_METHOD", "YIELD_VALUE", "GET_AWAITABLE"):
            return False
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME") and not _computes(function, each):
            return False
        if each.opname == "LOAD_DEREF":
            return False
    return loops


def _computes(function: FunctionType, each: dis.Instruction) -> bool:
    name = str(each.argval)
    if name in function.__globals__:
        return isinstance(function.__globals__[name], (int, float, complex, str, bytes, tuple))
    found = getattr(builtins, name, None)
    return isinstance(found, (BuiltinFunctionType, type)) and name not in _WAITING


def _too_many(graph: Graph, pipe: Pipe, count: int, cores: int, engine: str) -> Finding:
    name = name_of(graph, pipe)
    if engine == "process":
        title = f"more workers than cores: {spelled(graph, pipe)} on {counted(cores, 'core')}."
        why, fixes = (
            f"{name!r} only computes, so the further {count - cores} wait for a core.",
            [f"{name} * {cores}"],
        )
        fix = f"as many as there are cores:  {fixes[0]}"
    else:
        title = f"more workers than can compute: {spelled(graph, pipe)} in threads."
        why, fixes = (
            f"{name!r} only computes, and threads of one interpreter take turns.",
            ['engine="process"'],
        )
        fix = f"use processes:  flow.run({fixes[0]})"
    return finding(
        "PF501",
        "note",
        title,
        graph=graph,
        pipes=[pipe],
        body=[created(graph, pipe), why],
        fix=fix,
        fixes=fixes,
    )


# ---------------------------------------------------------------- GPUs


def _graphics(graph: Graph) -> Iterator[Finding]:
    asked = {pipe: _asked(effective(graph, pipe)) for pipe in pipe_nodes(graph)}
    asking = [pipe for pipe, number in asked.items() if number > 0]
    if not asking:
        return
    there, total = available_gpus(), sum(asked.values())
    if there is None or total <= there:
        return
    yield finding(
        "PF501",
        "note",
        f"more GPUs than there are: {total:g} asked for, {counted(there, 'GPU')} here.",
        graph=graph,
        pipes=asking,
        body=[f"{spelled(graph, pipe)}  asks for {asked[pipe]:g}" for pipe in asking],
        fix="ask for fewer workers or for a part of a GPU each:  resources=dict(num_gpus=0.5)",
        fixes=["resources=dict(num_gpus=0.5)"],
    )


def _asked(pipe: Pipe) -> float:
    resources: Any = pipe.options.resources
    try:
        return float(resources.get("num_gpus", 0)) * (pipe.options.n_processes or 1)
    except (AttributeError, TypeError, ValueError):
        return 0


def available_gpus() -> int | None:
    """How many GPUs this machine shows to this process; None when that isn't known."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([each for each in visible.split(",") if each.strip() not in ("", "-1")])
    cards = Path("/proc/driver/nvidia/gpus")
    if cards.is_dir():
        return sum(1 for _ in cards.iterdir())
    return 0 if Path("/proc/self").exists() and not Path("/dev/kfd").exists() else None
