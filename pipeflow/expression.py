"""What the user wrote: an immutable tree of operators over pipes, and the two ends that are still open.

A tree keeps its operands instead of copying their content, so composing n pipes costs n steps;
`pipeflow.graph` reads it later, all at once. This module knows no kind of pipe: what it asks of one is said
by the attributes of `Described`.
"""

from __future__ import annotations

import copy
import pickle
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Union

from pipeflow import ends
from pipeflow.ends import End
from pipeflow.streams import Stream

Op = Literal["pipe", "errors", ">>", ">> stream", "stream >>", "|", "balance", "bracket"]


@dataclass(frozen=True)
class Link:
    """One use of ``>>``: the output end on its left meets the input end on its right."""

    left: End
    right: End


@dataclass(frozen=True, eq=False)
class Bracket:
    """Operands in round or curly brackets; `keys` is None for round ones."""

    items: tuple[Expression, ...]
    keys: tuple[Any, ...] | None = None


Written = Union["Expression", Bracket]


@dataclass(frozen=True, eq=False)
class Expression:
    """A pipe, or an operator with its operands.

    Attributes:
        op: which operator.
        operands: what it was applied to; none for a pipe.
        entry: the input that is open, None when none is.
        exit: the output that is open, None when none is.
        link: what a ``>>`` joined.
        pipe: the pipe, where it is one.
    """

    op: Op
    operands: tuple[Written, ...]
    entry: End | None
    exit: End | None
    link: Link | None = None
    pipe: Any = None


class Described:
    """Whatever an expression stands for: a pipe or a flow.

    Attributes:
        expression: what the user wrote.
        closes_loops: the pipe may stand on both sides of its own graph (Feedback): it only gives on the left
            of ``>>`` and only takes on the right.
        chooses: the pipe's output needs curly brackets (Switch).
        lacks: why the pipe can't be used as it is; empty when it can.
        wrap_function: what a bare function after ``>>`` becomes; set where the kinds of pipe are known.
    """

    closes_loops: ClassVar[bool] = False
    chooses: ClassVar[bool] = False
    wrap_function: ClassVar[Callable[[Any], Described]]

    expression: Expression

    @property
    def lacks(self) -> str:
        """Why it can't be used as it is; empty when it can."""
        return ""


def is_a(value: object, *kinds: type[Any]) -> bool:
    """``isinstance`` for values of any type: the type checkers shall not make ``list[Unknown]`` of them."""
    return isinstance(value, kinds)


def walk(expression: Expression) -> Iterator[Expression]:
    """Every sub-expression once, left to right, operands before what they are operands of."""
    # Own stack: a chain of 10,000 pipes is 10,000 levels deep.
    seen: set[int] = set()
    stack: list[tuple[Expression, bool]] = [(expression, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)))


def children(expression: Expression) -> list[Expression]:
    """The operands, those inside brackets included."""
    found: list[Expression] = []
    for operand in expression.operands:
        found.extend(operand.items if isinstance(operand, Bracket) else (operand,))
    return found


def pipes_in(expression: Expression) -> list[Any]:
    """The pipes in the order they were written, one entry for each use."""
    return [node.pipe for node in walk(expression) if node.op == "pipe"]


def links_in(expression: Expression) -> list[Link]:
    """Every use of ``>>``, in the order they were written; repeated ones once."""
    return list(dict.fromkeys(node.link for node in walk(expression) if node.link is not None))


# ---------------------------------------------------------------- as a list, and back

Record = tuple[Any, ...]


def flatten(expression: Expression) -> list[Record]:
    """The tree as a list, operands before what uses them, so that depth costs no recursion in a pickle."""
    nodes = list(walk(expression))
    index = {id(node): position for position, node in enumerate(nodes)}
    records: list[Record] = []
    for node in nodes:
        if node.op == "pipe":
            records.append((node.pipe,))
            continue
        operands = [
            (tuple(index[id(item)] for item in operand.items), operand.keys)
            if isinstance(operand, Bracket)
            else index[id(operand)]
            for operand in node.operands
        ]
        records.append((node.op, operands, node.entry, node.exit, node.link))
    return records


def unflatten(records: Iterable[Record]) -> Expression:
    """The tree of a list that `flatten` made."""
    nodes: list[Expression] = []
    for record in records:
        if len(record) == 1:
            nodes.append(record[0].expression)
            continue
        op, operands, entry, exit, link = record
        nodes.append(
            Expression(op, tuple(_operand(operand, nodes) for operand in operands), entry, exit, link)
        )
    return nodes[-1]


def replaced(expression: Expression, pipes: dict[Any, Any], streams: dict[Stream, Stream]) -> Expression:
    """The same tree with other pipes and streams."""

    def end(old: End | None) -> End | None:
        return None if old is None else ends.replaced(old, pipes, streams)

    records: list[Record] = []
    for record in flatten(expression):
        if len(record) == 1:
            records.append((pipes[record[0]],))
            continue
        op, operands, entry, exit, link = record
        new_link = link and Link(
            ends.replaced(link.left, pipes, streams), ends.replaced(link.right, pipes, streams)
        )
        records.append((op, operands, end(entry), end(exit), new_link))
    return unflatten(records)


def streams_in(expression: Expression) -> list[Stream]:
    """The explicit streams, in the order they were written; each once."""
    found: dict[Stream, None] = {}
    for node in walk(expression):
        link_ends: Sequence[End | None] = (node.link.left, node.link.right) if node.link else ()
        for end in (node.entry, node.exit, *link_ends):
            found.update(dict.fromkeys(ends.streams(end)))
    return list(found)


def _operand(record: int | tuple[tuple[int, ...], Any], nodes: list[Expression]) -> Written:
    if isinstance(record, int):
        return nodes[record]
    items, keys = record
    return Bracket(tuple(nodes[item] for item in items), keys)


# ---------------------------------------------------------------- compared, and copied


def structure(expression: Expression) -> tuple[Any, ...]:
    """Which pipes, how they are joined, and what is open."""
    pipes, links = frozenset(pipes_in(expression)), frozenset(links_in(expression))
    return (pipes, links, expression.entry, expression.exit)


def equal(first: Expression, second: Expression) -> bool:
    """The same pipes with the same names and options, joined alike."""
    return structure(first) == structure(second) and _same(_options(first), _options(second))


def alike(first: Expression, second: Expression) -> bool:
    """The same but for the identity and the names of the pipes, and for the names of the streams."""
    pipes = [list(dict.fromkeys(pipes_in(each))) for each in (first, second)]
    streams = [streams_in(each) for each in (first, second)]
    if not _same([pipe.content() for pipe in pipes[0]], [pipe.content() for pipe in pipes[1]]):
        return False
    if [stream.buffer_size for stream in streams[0]] != [stream.buffer_size for stream in streams[1]]:
        return False
    mapped = replaced(first, dict(zip(*pipes, strict=True)), dict(zip(*streams, strict=True)))
    return structure(mapped) == structure(second)


def copied(expression: Expression, suffix: str) -> Expression:
    """The same tree made of new pipes and streams; the pipes' names end in `suffix`."""
    pipes = {pipe: pipe.copy_named(suffix) for pipe in pipes_in(expression)}
    return replaced(expression, pipes, {stream: _twin(stream) for stream in streams_in(expression)})


def _options(expression: Expression) -> list[Any]:
    said = [(pipe.uid, pipe.given_name, pipe.options) for pipe in pipes_in(expression)]
    return sorted(said, key=lambda each: each[0])


def _same(first: Any, second: Any) -> bool:
    try:
        return bool(first == second)
    except Exception:  # noqa: BLE001 - arrays among the settings: what is pickled alike is alike
        return pickle.dumps(first) == pickle.dumps(second)


def _twin(stream: Stream) -> Stream:
    twin = copy.copy(stream)
    twin.uid = uuid.uuid4().hex
    twin.q = copy.deepcopy(stream.q)
    return twin
