"""Operators that mean nothing between flows, and what was probably meant by them.

They are hidden from type checkers, which so refuse them, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pipeflow import advice
from pipeflow.errors import CompositionError
from pipeflow.expression import Described

_AFTER = "What comes after what is written  >>"
_BEFORE = "What comes first stands on the left, and is followed by  >>"
_BESIDE = "Lanes side by side are written  a | b , positions  (a, b)"
_EITHER = "Lanes side by side are written  a | b , one after the other  a >> b"


class NoSuchOperator(CompositionError, TypeError):
    """Also a TypeError, which is what Python's own sorting and printing of containers expect here."""


class Refusals(Described):
    """What a flow can't be asked."""

    def __bool__(self) -> bool:
        raise CompositionError(
            "a Flow has no truth value. Compose with >> and | instead of 'and', 'or' and 'not'; "
            "to ask whether it is sound use  flow.check().ok"
        )

    def __contains__(self, item: object) -> bool:
        raise CompositionError("'in' would run the Flow; ask  pipe in flow.graph  for its pipes")

    if not TYPE_CHECKING:

        def __gt__(self, other: Any) -> Any:
            return _refused(self, ">", other, _AFTER)

        def __ge__(self, other: Any) -> Any:
            return _refused(self, ">=", other, _AFTER)

        def __lt__(self, other: Any) -> Any:
            return _refused(self, "<", other, _BEFORE)

        def __le__(self, other: Any) -> Any:
            return _refused(self, "<=", other, _BEFORE)

        def __lshift__(self, other: Any) -> Any:
            return _refused(self, "<<", other, _BEFORE)

        def __and__(self, other: Any) -> Any:
            return _refused(self, "&", other, _BESIDE)

        def __add__(self, other: Any) -> Any:
            return _refused(self, "+", other, _EITHER)


def _refused(left: Any, operator: str, right: Any, fix: str) -> NoReturn:
    """Say which operands, and what was meant."""
    raise NoSuchOperator(
        f"{advice.name(left)} {operator} {advice.name(right)}: {operator} is no operator of flows. {fix}"
    )
