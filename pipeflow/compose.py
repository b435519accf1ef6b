"""What ``>>`` and ``|`` mean: from operands to a new expression.

Composing starts nothing and looks at no graph. It raises only for operands of the wrong shape; what is wrong
with the graph as a whole is for the checks, which say everything together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeflow import advice, ends, operands
from pipeflow.ends import End
from pipeflow.errors import CompositionError
from pipeflow.expression import Described, Expression, Link, is_a
from pipeflow.streams import Stream, check_name


def then(left: Any, right: Any) -> Expression | None:
    """``left >> right``, where at least one of them is a pipe, a flow or a Stream.

    Returns:
        None when `right` is a stranger that says itself what ``>>`` means to it.

    Raises:
        CompositionError: when the two don't fit; the text names the fix.
    """
    if isinstance(right, Stream):
        return _into_stream(left, right)
    if not is_a(right, Described, tuple, Mapping) and _reflects(right, "__rrshift__"):
        return None
    if isinstance(left, Stream):
        return _out_of_stream(left, right)
    source, target = operands.left(left), operands.right(right)
    if source.exit is None:
        raise CompositionError(
            f"{advice.name(left)} has no open output, so nothing can follow it: {advice.ends_here(left)}"
        )
    if target.entry is None:
        raise CompositionError(
            f"{advice.name(right)} has no open input, so nothing can be sent to it. "
            "Side by side is  a | b ;  a source belongs on the left of >>"
        )
    _check_choice(source.exit, target.entry, right)
    _check_streams(source.exit, target.entry)
    entry = ends.without(source.entry, operands.loops(source.exit))
    exit = ends.without(target.exit, operands.loops(target.entry))
    return Expression(">>", (source.written, target.written), entry, exit, Link(source.exit, target.entry))


def beside(left: Any, right: Any) -> Expression | None:
    """``left | right``, where at least one of them is a pipe or a flow.

    Returns:
        None when `right` is a stranger that says itself what ``|`` means to it.

    Raises:
        CompositionError: when the two don't fit; the text names the fix.
    """
    if not isinstance(right, Described):
        if _reflects(right, "__ror__"):
            return None
        raise CompositionError(f"{advice.name(left)} | {advice.describe(right)}: {advice.instead_of(right)}")
    if not isinstance(left, Described):
        raise CompositionError(f"{advice.describe(left)} | {advice.name(right)}: {advice.instead_of(left)}")
    return side_by_side([left, right])


def side_by_side(flows: list[Described]) -> Expression:
    """``a | b | c``.

    Raises:
        CompositionError: when some end in round brackets and others don't.
    """
    written = tuple(operands.flow(each) for each in flows)
    exit = ends.bar([each.exit for each in written])
    if isinstance(exit, ends.Bar):
        joined = [isinstance(each.exit, ends.Parts) for each in written if each.exit is not None]
        if any(joined) and not all(joined):
            raise CompositionError(
                f"{' | '.join(advice.name(each) for each in flows)}: one side ends in round brackets (its "
                "parts would be joined), another does not, so what follows could not know how it is called. "
                "Put the pipe that joins them inside:  (x >> (b, c) >> z) | d"
            )
    return Expression("|", written, ends.bar([each.entry for each in written]), exit)


def _into_stream(left: Any, stream: Stream) -> Expression:
    check_name(stream)
    if isinstance(left, Stream):
        raise CompositionError(_two_streams(left, stream))
    operand = operands.left(left)
    if operand.exit is None:
        raise CompositionError(f"{advice.name(left)} has no open output, so {stream!r} can't follow it")
    if isinstance(operand.exit, ends.Via):
        raise CompositionError(_two_streams(operand.exit.stream, stream))
    entry = ends.without(operand.entry, operands.loops(operand.exit))
    return Expression(">> stream", (operand.written,), entry, ends.Via(operand.exit, stream))


def _out_of_stream(stream: Stream, right: Any) -> Expression:
    check_name(stream)
    operand = operands.right(right)
    if operand.entry is None:
        raise CompositionError(f"{advice.name(right)} has no open input, so {stream!r} can't lead to it")
    if isinstance(operand.entry, ends.Via):
        raise CompositionError(_two_streams(stream, operand.entry.stream))
    exit = ends.without(operand.exit, operands.loops(operand.entry))
    return Expression("stream >>", (operand.written,), ends.Via(operand.entry, stream), exit)


def _check_choice(exit: End, entry: End, right: Any) -> None:
    wanted = isinstance(entry.end if isinstance(entry, ends.Via) else entry, ends.Choice)
    for pipe, port in ((lane.pipe, lane.port) for lane in ends.leaves(exit)):
        chooses = pipe.chooses and not port
        if wanted and not chooses:
            raise CompositionError(
                f"curly brackets choose by key, but {pipe.label_with_place} is not a Switch. "
                f"Put one before them:  ... >> {pipe.label} >> Switch(fn) >> {{...}}"
            )
        if chooses and not wanted:
            raise CompositionError(
                f"{pipe.label_with_place} chooses a branch for each item, so curly brackets must follow it:  "
                f"{pipe.label} >> {{True: a, False: b}} , not {advice.describe(right)}"
            )


def _check_streams(exit: End, entry: End) -> None:
    if isinstance(exit, ends.Via) and isinstance(entry, ends.Via):
        raise CompositionError(_two_streams(exit.stream, entry.stream))


def _two_streams(first: Stream, second: Stream) -> str:
    return f"{first!r} >> {second!r}: two streams in a row; put a pipe between"


def _reflects(value: object, method: str) -> bool:
    kind = type(value)
    # Arrays define every reflected operator, but seeing __array_ufunc__ = None they say NotImplemented.
    if method not in dir(kind) or hasattr(kind, "__array_ufunc__"):
        return False
    return not is_a(value, int, float, bool, Mapping, set, frozenset, type)
