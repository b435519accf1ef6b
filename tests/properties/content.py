"""What a flow is made of, by name."""

from __future__ import annotations

import inspect
from typing import Any

import pipeflow as pf
from pipeflow.ends import Bar
from pipeflow.expression import Bracket, links_in, walk
from pipeflow.flow import pipes_of
from pipeflow.pipes.functors import is_coroutine


def content(flow: Any) -> set[str]:
    """Which kinds of pipe, brackets and options a flow has."""
    found = {"merge" for link in links_in(flow.expression) if isinstance(link.left, Bar)}
    for pipe in pipes_of(flow):
        found |= of_pipe(pipe)
    for node in walk(flow.expression):
        found |= {node.op} | {brackets(node, operand) for operand in node.operands}
    return found - {""}


def of_pipe(pipe: Any) -> set[str]:
    said = {
        "replicas": (pipe.options.n_processes or 1) > 1,
        "ordered": bool(pipe.options.ordered),
        "Switch with a default": getattr(pipe, "default", None) is not None,
        f"async {pipe.kind}": is_coroutine(pipe.functor) or inspect.isasyncgenfunction(pipe.functor),
        f"Join by {getattr(pipe, 'pairing', '')}": isinstance(pipe, pf.Join),
    }
    return {type(pipe).__name__, pipe.kind} | {what for what, so in said.items() if so}


def brackets(node: Any, operand: Any) -> str:
    if not isinstance(operand, Bracket) or node.op == "balance":
        return ""
    if operand.keys is not None:
        return "curly"
    return "join" if operand is node.operands[0] else "split"
