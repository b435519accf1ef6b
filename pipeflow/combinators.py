"""The brackets' functional forms: `balance`, `chain` and `lanes`."""

from __future__ import annotations

import functools
import operator
from typing import Any

from pipeflow import ends
from pipeflow.errors import CompositionError
from pipeflow.flow import Bracket, Flow, make


def balance(*flows: Any) -> Any:
    """Workers with different code that compete for one stream: each item goes to exactly one of them.

    Args:
        flows: pipes or flows, each with one open input (``a * 3`` counts as three workers).

    Raises:
        CompositionError: with fewer than two, or for one whose input is not a single pipe's.
    """
    if len(flows) < 2:
        raise CompositionError(
            "balance needs two or more pipes; replicas of a single one are written  pipe * 3"
        )
    for number, flow in enumerate(flows):
        if not isinstance(flow, Flow) or not isinstance(flow._entry, ends.Lane):
            raise CompositionError(
                f"balance: argument {number}, {flow!r}, must be a pipe or a chain that begins with one pipe, "
                "so that it can compete for items"
            )
    entry = ends.Compete(tuple(flow._entry for flow in flows))
    return make("balance", (Bracket(tuple(flows)),), entry, ends.bar([flow._exit for flow in flows]), None)


def chain(*flows: Any) -> Any:
    """``chain(a, b, c)`` is ``a >> b >> c``.

    Raises:
        CompositionError: with none, or where two neighbours don't fit.
    """
    if not flows:
        raise CompositionError("chain needs at least one pipe")
    return functools.reduce(operator.rshift, flows)


def lanes(*flows: Any) -> Any:
    """``lanes(a, b, c)`` is ``a | b | c``.

    Raises:
        CompositionError: with none, or for an operand that is no flow.
    """
    if not flows:
        raise CompositionError("lanes needs at least one pipe")
    return functools.reduce(operator.or_, flows)
