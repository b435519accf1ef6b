"""Reading what stands on either side of an operator: flows, brackets, bare functions."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeflow import advice, ends
from pipeflow.ends import End
from pipeflow.errors import CompositionError
from pipeflow.expression import Bracket, Described, Expression, Written, is_a
from pipeflow.spelling import short

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Operand:
    """An operand as it was written, with its open ends."""

    written: Written
    entry: End | None
    exit: End | None


def left(value: Any) -> Operand:
    """What stands on the left of ``>>``.

    Raises:
        CompositionError: when it is neither a flow nor a bracket of flows.
    """
    if isinstance(value, Described):
        return _flow(value)
    if is_a(value, tuple):
        return _round_left(value)
    if is_a(value, Mapping):
        return _curly(value)
    raise CompositionError(f"{advice.describe(value)} >> ...: {advice.instead_of(value, left=True)}")


def right(value: Any) -> Operand:
    """What stands on the right of ``>>``; a bare function becomes a pipe.

    Raises:
        CompositionError: when it is none of a flow, a bracket of flows, a function.
    """
    if isinstance(value, Described):
        return _flow(value)
    if is_a(value, tuple):
        return _round_right(value)
    if is_a(value, Mapping):
        return _curly(value)
    return _flow(_function(value))


def loops(end: End | None) -> frozenset[Any]:
    """The pipes of an end that may stand on both sides of their own graph."""
    return frozenset(pipe for pipe in ends.lanes(end) if pipe.closes_loops)


def flow(value: Described) -> Expression:
    """The expression of a pipe or flow, unless it can't be used as it is.

    Raises:
        CompositionError: for a decorated function whose settings were not given.
    """
    if value.lacks:
        raise CompositionError(value.lacks)
    return value.expression


def _flow(value: Described) -> Operand:
    written = flow(value)
    return Operand(written, written.entry, written.exit)


def _round_left(value: tuple[Any, ...]) -> Operand:
    items = _round_items(value, "left")
    for position, item in enumerate(items):
        if item.exit is None:
            raise CompositionError(
                f"position {position} of the round brackets, {advice.name(value[position])}, has no open "
                "output to be joined"
            )
    entry, exit = ends.parts([item.entry for item in items]), ends.parts([item.exit for item in items])
    return Operand(Bracket(items), entry, exit)


def _round_right(value: tuple[Any, ...]) -> Operand:
    items = _round_items(value, "right")
    for position, item in enumerate(items):
        _check_branch(item, value[position], f"position {position} of the round brackets")
    entry = ends.Parts(tuple(item.entry for item in items))
    exit = ends.parts([ends.without(item.exit, loops(item.entry)) for item in items])
    return Operand(Bracket(items), entry, exit)


def _round_items(value: tuple[Any, ...], side: Side) -> tuple[Expression, ...]:
    if len(value) < 2:
        raise CompositionError(
            f"round brackets with {len(value)} part{'s' if len(value) != 1 else ''}: they split or join by "
            "position and need two or more. For a single pipe leave the comma out:  (a)"
        )
    return tuple(_item(item, side) for item in value)


def _curly(value: Mapping[Any, Any]) -> Operand:
    if not value:
        raise CompositionError(
            "empty curly brackets: name a branch for each key,  switch >> {True: a, False: b}"
        )
    keys = tuple(value)
    items = tuple(_item(item, "right") for item in value.values())
    for key, item in zip(keys, items, strict=True):
        _check_branch(item, value[key], f"branch {short(key)} of the curly brackets")
    branches = tuple((key, item.entry) for key, item in zip(keys, items, strict=True))
    exit = ends.bar([ends.without(item.exit, loops(item.entry)) for item in items])
    return Operand(Bracket(items, keys), ends.Choice(branches), exit)


def _item(value: Any, side: Side) -> Expression:
    if isinstance(value, Described):
        return flow(value)
    if is_a(value, tuple, Mapping):
        # A nested bracket is a fragment of its own: positions within positions.
        operand = right(value) if side == "right" else left(value)
        return Expression("bracket", (operand.written,), operand.entry, operand.exit)
    if side == "right":
        return _function(value).expression
    raise CompositionError(
        f"{advice.describe(value)} in round brackets: {advice.instead_of(value, left=True)}"
    )


def _check_branch(item: Expression, value: Any, where: str) -> None:
    if item.entry is None:
        raise CompositionError(
            f"{where}, {advice.name(value)}, has no open input. A branch takes what arrives; "
            "to throw it away on purpose write  Discard()"
        )


def _function(value: Any) -> Described:
    if inspect.isgeneratorfunction(_unwrap_partial(value)):
        raise CompositionError(
            advice.which_kind(getattr(_unwrap_partial(value), "__name__", "this_function"))
        )
    if not _can_be_called(value) or is_a(value, list, set, frozenset):
        raise CompositionError(f">> {advice.describe(value)}: {advice.instead_of(value)}")
    return Described.wrap_function(value)


def _can_be_called(value: object) -> bool:
    return callable(value) or hasattr(type(value), "run")


def _unwrap_partial(value: Any) -> Any:
    while hasattr(value, "func") and hasattr(value, "keywords"):
        value = value.func
    return value
