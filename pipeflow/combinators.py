"""The brackets' functional forms: `balance`, `chain` and `lanes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from typing_extensions import TypeVar

from pipeflow import advice, compose, ends, operands
from pipeflow.errors import CompositionError
from pipeflow.expression import Bracket, Expression
from pipeflow.flow import Flow, shaped
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow.shapes import ClosedFlow, InFlow, OutFlow, ThroughFlow

A = TypeVar("A", bound=Any, default=Any)
B = TypeVar("B", bound=Any, default=Any)
C = TypeVar("C", bound=Any, default=Any)
D = TypeVar("D", bound=Any, default=Any)
I = TypeVar("I", bound=Any, default=Any)  # noqa: E741
F = TypeVar("F", bound=Flow)
Unnamed: TypeAlias = tuple[Any, ...] | Mapping[Any, Any] | Callable[..., Any] | Stream
"""What may stand in a chain without being a flow."""


@overload
def balance(a: ThroughFlow[I, A], b: ThroughFlow[I, B], /) -> ThroughFlow[I, A | B]: ...
@overload
def balance(
    a: ThroughFlow[I, A], b: ThroughFlow[I, B], c: ThroughFlow[I, C], /
) -> ThroughFlow[I, A | B | C]: ...
@overload
def balance(  # type: ignore[overload-overlap] # pyright: ignore[reportOverlappingOverload]
    *flows: InFlow[I],
) -> InFlow[I]: ...
@overload
def balance(*flows: ThroughFlow[I, Any]) -> ThroughFlow[I, Any]: ...
@overload
def balance(*flows: ThroughFlow[I, Any] | InFlow[I]) -> ThroughFlow[I, Any]: ...
def balance(*flows: Any) -> Any:
    """Workers with different code that compete for one stream: each item goes to exactly one of them.

    Args:
        flows: pipes or flows, each with one open input (``a * 3`` counts as three workers).

    Raises:
        CompositionError: with fewer than two, for one whose input is not a single pipe's, or for one that
            begins with the same pipe as another.
    """
    if len(flows) < 2:
        raise CompositionError(
            "balance needs two or more pipes; replicas of a single one are written  pipe * 3"
        )
    for number, flow in enumerate(flows):
        if not isinstance(flow, Flow) or not isinstance(flow.expression.entry, ends.Lane):
            raise CompositionError(
                f"balance: argument {number}, {advice.name(flow)}, must be a pipe or a chain that begins "
                "with one pipe, so that it can compete for items"
            )
    _refuse_twice(flows)
    written = tuple(operands.flow(flow) for flow in flows)
    entry = ends.Compete(tuple(each.entry for each in written if each.entry is not None))
    exit = ends.bar([ends.without(each.exit, operands.loops(each.entry)) for each in written])
    return shaped(Expression("balance", (Bracket(written),), entry, exit))


@overload
def chain(a: OutFlow[A], b: ThroughFlow[A, B], /) -> OutFlow[B]: ...
@overload
def chain(a: OutFlow[A], b: InFlow[A], /) -> ClosedFlow: ...
@overload
def chain(a: ThroughFlow[I, A], b: ThroughFlow[A, B], /) -> ThroughFlow[I, B]: ...
@overload
def chain(a: ThroughFlow[I, A], b: InFlow[A], /) -> InFlow[I]: ...
@overload
def chain(a: OutFlow[A], b: ThroughFlow[A, B], c: ThroughFlow[B, C], /) -> OutFlow[C]: ...
@overload
def chain(a: OutFlow[A], b: ThroughFlow[A, B], c: InFlow[B], /) -> ClosedFlow: ...
@overload
def chain(a: ThroughFlow[I, A], b: ThroughFlow[A, B], c: ThroughFlow[B, C], /) -> ThroughFlow[I, C]: ...
@overload
def chain(a: ThroughFlow[I, A], b: ThroughFlow[A, B], c: InFlow[B], /) -> InFlow[I]: ...
@overload
def chain(
    a: OutFlow[A], b: ThroughFlow[A, B], c: ThroughFlow[B, C], d: ThroughFlow[C, D], /
) -> OutFlow[D]: ...
@overload
def chain(a: OutFlow[A], b: ThroughFlow[A, B], c: ThroughFlow[B, C], d: InFlow[C], /) -> ClosedFlow: ...
@overload
def chain(
    a: ThroughFlow[I, A], b: ThroughFlow[A, B], c: ThroughFlow[B, C], d: ThroughFlow[C, D], /
) -> ThroughFlow[I, D]: ...
@overload
def chain(a: ThroughFlow[I, A], b: ThroughFlow[A, B], c: ThroughFlow[B, C], d: InFlow[C], /) -> InFlow[I]: ...
@overload
def chain(a: Flow, b: Unnamed, /, *rest: Any) -> Any: ...
@overload
def chain(a: Unnamed, b: Flow, /, *rest: Any) -> Any: ...
@overload
def chain(a: Flow, b: Flow, c: Unnamed, /, *rest: Any) -> Any: ...
@overload
def chain(a: Flow, b: Flow, c: Flow, d: Unnamed, /, *rest: Any) -> Any: ...
@overload
def chain(a: Any, b: Any, c: Any, d: Any, e: Any, /, *rest: Any) -> Any: ...
@overload
def chain(a: F, /) -> F: ...
def chain(*flows: Any) -> Any:
    """``chain(a, b, c)`` is ``a >> b >> c``.

    Raises:
        CompositionError: with none, or where two neighbours don't fit.
    """
    if not flows:
        raise CompositionError("chain needs at least one pipe")
    chained = flows[0]
    for flow in flows[1:]:
        chained = chained >> flow
    return chained


@overload
def lanes(a: OutFlow[A], b: OutFlow[B], /) -> OutFlow[A | B]: ...
@overload
def lanes(a: OutFlow[A], b: OutFlow[B], c: OutFlow[C], /) -> OutFlow[A | B | C]: ...
@overload
def lanes(a: ThroughFlow[I, A], b: ThroughFlow[I, B], /) -> ThroughFlow[I, A | B]: ...
@overload
def lanes(
    a: ThroughFlow[I, A], b: ThroughFlow[I, B], c: ThroughFlow[I, C], /
) -> ThroughFlow[I, A | B | C]: ...
@overload
def lanes(*flows: ClosedFlow) -> ClosedFlow: ...
@overload
def lanes(*flows: InFlow[I]) -> InFlow[I]: ...
@overload
def lanes(*flows: OutFlow[Any]) -> OutFlow[Any]: ...
@overload
def lanes(*flows: ThroughFlow[Any, Any]) -> ThroughFlow[Any, Any]: ...
@overload
def lanes(*flows: Flow) -> Any: ...
def lanes(*flows: Any) -> Any:
    """``lanes(a, b, c)`` is ``a | b | c``.

    Raises:
        CompositionError: with none, or for an operand that is no flow.
    """
    if not flows:
        raise CompositionError("lanes needs at least one pipe")
    for flow in flows:
        if not isinstance(flow, Flow):
            raise CompositionError(f"lanes({advice.describe(flow)}): {advice.instead_of(flow)}")
    return flows[0] if len(flows) == 1 else shaped(compose.side_by_side(list(flows)))


def _refuse_twice(flows: tuple[Any, ...]) -> None:
    """A pipe that competes with itself: each item would have to go to it and not to it."""
    first: dict[Any, int] = {}
    for number, flow in enumerate(flows):
        pipe = flow.expression.entry.pipe
        if pipe in first:
            raise CompositionError(
                f"balance: {pipe.label_with_place} stands twice, arguments {first[pipe]} and {number} begin "
                f"with it. Two workers of it are  {pipe.label} * 2 ; another pipe with the same functor is  "
                f"{pipe.label}.copy({f'{pipe.label}_2'!r})"
            )
        first[pipe] = number
