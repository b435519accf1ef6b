"""Type variables of the consumer: bound as they are met, and judged when everything has been compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pipeflow.hints.relation.outcome import OK, Outcome, Rank, all_of, mismatch
from pipeflow.hints.relation.shapes import Shape, Variable
from pipeflow.hints.relation.walk import Bounds, Walk
from pipeflow.hints.scopes import scope_of_module
from pipeflow.hints.text import resolve
from pipeflow.hints.unions import union
from pipeflow.hints.unknown import UNKNOWN


def to_variable(walk: Walk, producer: Shape, consumer: Variable) -> Outcome:
    """The variable must be able to stand for the producer."""
    if isinstance(producer, Variable) and producer.variable is consumer.variable:
        return OK
    walk.bind_lower(consumer.variable, producer.written)
    constraints = constraints_of(consumer.variable)
    if constraints:
        return _best(walk.relate(producer.written, each) for each in constraints)
    bound = bound_of(consumer.variable)
    return OK if bound is None else walk.relate(producer.written, bound)


def from_variable(walk: Walk, producer: Variable, consumer: Shape) -> Outcome:
    """In the parameter of a callable the variable is given, and must be taken."""
    walk.bind_upper(producer.variable, consumer.written)
    return OK


def judge(walk: Walk) -> Outcome:
    """Whether there is one type for each variable that satisfies everything that was asked of it."""
    return all_of(_judge(walk, variable, bounds) for variable, bounds in list(walk.bounds.items()))


def _judge(walk: Walk, variable: TypeVar, bounds: Bounds) -> Outcome:
    constraints = constraints_of(variable)
    if constraints:
        return _best(_between(walk, bounds, constraint) for constraint in constraints)
    upper = list(bounds.upper)
    bound = bound_of(variable)
    if not bounds.lower and upper and bound is not None:
        # Anything narrow enough would do; type checkers try the bound and the first type that was asked for.
        widest = all_of(walk.relate(bound, each) for each in upper)
        return widest if widest.ok else _best((widest, walk.relate(upper[0], bound).at_most(Rank.LETTER)))
    lower = union(bounds.lower)
    return all_of(walk.relate(lower, each) for each in upper)


def _between(walk: Walk, bounds: Bounds, candidate: object) -> Outcome:
    above = all_of(walk.relate(each, candidate) for each in bounds.lower)
    below = all_of(walk.relate(candidate, each) for each in bounds.upper)
    return above if above.rank >= below.rank else below


def _best(outcomes: Iterable[Outcome]) -> Outcome:
    best: Outcome | None = None
    for outcome in outcomes:
        if outcome.ok:
            return outcome
        if best is None or outcome.rank < best.rank:
            best = outcome
    return best if best is not None else mismatch("no type satisfies the type variable")


def solution(walk: Walk) -> dict[TypeVar, object]:
    """What each variable stands for, as far as that is determined."""
    found: dict[TypeVar, object] = {}
    for variable, bounds in walk.bounds.items():
        constraints = constraints_of(variable)
        if constraints:
            fitting = [c for c in constraints if _between(walk, bounds, c).ok]
            found[variable] = fitting[0] if fitting else UNKNOWN
        elif bounds.lower:
            found[variable] = union(bounds.lower)
        elif bounds.upper:
            found[variable] = bounds.upper[0]
    return found


def bound_of(variable: TypeVar) -> object | None:
    """The upper bound of a variable, its text resolved in the module that made the variable."""
    bound: Any = variable.__bound__
    return None if bound is None else resolve(bound, scope_of_module(variable.__module__))


def constraints_of(variable: TypeVar) -> tuple[object, ...]:
    """The types among which a variable must choose."""
    scope = scope_of_module(variable.__module__)
    return tuple(resolve(constraint, scope) for constraint in variable.__constraints__)
