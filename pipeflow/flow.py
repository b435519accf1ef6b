"""What ``>>`` and ``|`` mean.

A `Flow` is an immutable value: the expression the user wrote, with its two open ends. Composing starts nothing,
owns no queue and looks at no graph; `pipeflow.graph` reads the expression later, all at once. A Flow keeps
its operands instead of copying their content, so composing n pipes costs n steps.

This module knows no kind of pipe. What it asks of one is said by a few class attributes of `Flow`
(`closes_loops`, `chooses`) and by the ends the pipe opens with.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pipeflow import ends
from pipeflow.ends import End
from pipeflow.errors import CompositionError
from pipeflow.streams import Stream


@dataclass(frozen=True)
class Link:
    """One use of ``>>``: the output end on its left meets the input end on its right."""

    left: End
    right: End


@dataclass(frozen=True)
class Bracket:
    """Operands in round or curly brackets; `keys` is None for round ones."""

    items: tuple[Flow, ...]
    keys: tuple[Any, ...] | None = None


class Flow:
    """A description of pipes and how they are joined; made by operators, never by hand.

    Its open ends are its shape: with none open it can run, with one open output it can be iterated,
    with an open input it is a fragment to be composed further.
    """

    closes_loops: ClassVar[bool] = False
    """The pipe may stand on both sides of its own graph (Feedback): out-only on the left, in-only on the right."""
    chooses: ClassVar[bool] = False
    """The pipe's output needs curly brackets (Switch)."""
    wrap_function: ClassVar[Callable[[Any], Flow]]
    """What a bare function after ``>>`` becomes; set by the layer that knows the kinds of pipe."""

    __array_ufunc__ = None  # numpy on the left of an operator must not broadcast into us

    _entry: End | None
    _exit: End | None
    _op: str
    _operands: tuple[Flow | Bracket, ...]
    _link: Link | None

    if not TYPE_CHECKING:  # the shapes below say these with their item types

        def __rshift__(self, other: Any) -> Any:
            return chain_two(self, other)

        def __rrshift__(self, other: Any) -> Any:
            return chain_two(other, self)

        def __or__(self, other: Any) -> Any:
            return beside(self, other)

        def __ror__(self, other: Any) -> Any:
            return beside(other, self)

        def __mul__(self, other: Any) -> Any:
            raise CompositionError(
                f"{self!r} * {other!r}: only a single pipe can have replicas. "
                "Put the star on the pipes inside:  a * 3 >> b * 3"
            )

        __rmul__ = __mul__

    def __bool__(self) -> bool:
        raise CompositionError(
            "a Flow has no truth value. Compose with >> and | instead of 'and', 'or' and 'not'; "
            "to ask whether it is sound use  flow.check().ok"
        )

    def __contains__(self, item: object) -> bool:
        raise CompositionError("'in' would run the Flow; ask  pipe in flow.graph  for its pipes")

    def __iter__(self) -> Iterator[Any]:
        if _is_unpacked(sys._getframe(1)):
            raise CompositionError(
                "a Flow can't be unpacked into names: that would run it. Use  list(flow)  or  for item in flow"
            )
        from pipeflow.verbs import stream

        return iter(stream(self))

    def __repr__(self) -> str:
        from pipeflow.spelling import with_places

        return with_places(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Flow) or other._op == "pipe":
            return NotImplemented
        return signature(self) == signature(other)

    def __hash__(self) -> int:
        return hash(signature(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unflatten, (_flatten(self),))


def pipes_of(flow: Flow) -> list[Any]:
    """The pipes of a flow in the order they were written, one entry for each use."""
    return [node for node in walk(flow) if node._op == "pipe"]


def links_of(flow: Flow) -> list[Link]:
    """Every use of ``>>``, in the order they were written; repeated ones once."""
    return list(dict.fromkeys(node._link for node in walk(flow) if node._link is not None))


def walk(flow: Flow) -> Iterator[Flow]:
    """Every sub-expression once, left to right, operands before what they are operands of."""
    # Own stack: a chain of 10,000 pipes is 10,000 levels deep.
    seen: set[int] = set()
    stack: list[tuple[Flow, bool]] = [(flow, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)))


def children(flow: Flow) -> list[Flow]:
    """The operands of a flow, those inside brackets included."""
    found: list[Flow] = []
    for operand in flow._operands:
        found.extend(operand.items if isinstance(operand, Bracket) else (operand,))
    return found


def signature(flow: Flow) -> tuple[Any, ...]:
    """What makes two flows the same value: their pipes, links and open ends."""
    return (frozenset(pipes_of(flow)), frozenset(links_of(flow)), flow._entry, flow._exit)


# ---------------------------------------------------------------- composing


def make(
    op: str, operands: tuple[Flow | Bracket, ...], entry: End | None, exit: End | None, link: Link | None
) -> Flow:
    """A new Flow of the class that its open ends ask for."""
    flow: Flow = object.__new__(_shape(entry, exit))
    flow._op, flow._operands, flow._entry, flow._exit, flow._link = op, operands, entry, exit, link
    return flow


def chain_two(left: Any, right: Any) -> Any:
    """``left >> right``, where at least one of them is a Flow."""
    if isinstance(right, Stream):
        return _through(left, right)
    if isinstance(left, Stream):
        return _from_stream(left, right)
    if not isinstance(right, Flow) and not _is_bracket(right) and _reflects(right, "__rrshift__"):
        return NotImplemented
    source = _left_operand(left)
    target = _right_operand(right)
    if source.exit is None:
        raise CompositionError(
            f"{_name(left)} has no open output, so nothing can follow it: {_sink_advice(left)}"
        )
    if target.entry is None:
        raise CompositionError(
            f"{_name(right)} has no open input, so nothing can be sent to it. "
            "Side by side is  a | b ;  a source belongs on the left of >>"
        )
    _check_choice(source.exit, target.entry, right)
    _check_via(source.exit, target.entry)
    link = Link(source.exit, target.entry)
    entry = ends.without(source.entry, _loops(source.exit))
    exit = ends.without(target.exit, _loops(target.entry))
    return make(">>", (source.written, target.written), entry, exit, link)


def beside(left: Any, right: Any) -> Any:
    """``left | right``."""
    for mine, other, reflected in ((left, right, "__ror__"), (right, left, "__or__")):
        if not isinstance(other, Flow):
            if mine is left and _reflects(other, reflected):
                return NotImplemented
            raise CompositionError(f"{_name(mine)} | {_describe(other)}: {_operand_advice(other)}")
    exit = ends.bar([left._exit, right._exit])
    if isinstance(exit, ends.Bar) and any(isinstance(end, ends.Parts) for end in exit.ends):
        if not all(isinstance(end, ends.Parts) for end in exit.ends):
            raise CompositionError(
                f"{_name(left)} | {_name(right)}: one side ends in round brackets (its parts would be joined), "
                "the other does not, so what follows could not know how it is called. "
                "Put the pipe that joins them inside:  (x >> (b, c) >> z) | d"
            )
    return make("|", (left, right), ends.bar([left._entry, right._entry]), exit, None)


@dataclass(frozen=True)
class _Operand:
    written: Flow | Bracket
    entry: End | None
    exit: End | None


def _left_operand(value: Any) -> _Operand:
    if isinstance(value, Flow):
        return _Operand(value, value._entry, value._exit)
    if isinstance(value, tuple):
        items = tuple(_bracket_item(item, side="left") for item in value)
        _check_bracket(items, value)
        for position, item in enumerate(items):
            if item._exit is None:
                raise CompositionError(
                    f"position {position} of the round brackets, {_name(item)}, has no open output to be joined"
                )
        entry, exit = ends.parts([i._entry for i in items]), ends.parts([i._exit for i in items])
        return _Operand(Bracket(items), entry, exit)
    if isinstance(value, Mapping):
        return _choice(value)
    raise CompositionError(f"{_describe(value)} >> ...: {_operand_advice(value, left=True)}")


def _right_operand(value: Any) -> _Operand:
    if isinstance(value, Flow):
        return _Operand(value, value._entry, value._exit)
    if isinstance(value, tuple):
        items = tuple(_bracket_item(item, side="right") for item in value)
        _check_bracket(items, value)
        for position, item in enumerate(items):
            _check_branch(item, f"position {position} of the round brackets")
        entry = ends.Parts(tuple(item._entry for item in items))
        exit = ends.parts([ends.without(i._exit, _loops(i._entry)) for i in items])
        return _Operand(Bracket(items), entry, exit)
    if isinstance(value, Mapping):
        return _choice(value)
    flow = _wrapped(value)
    return _Operand(flow, flow._entry, flow._exit)


def _choice(value: Mapping[Any, Any]) -> _Operand:
    keys, items = tuple(value), tuple(_bracket_item(item, side="right") for item in value.values())
    if not items:
        raise CompositionError(
            "empty curly brackets: name a branch for each key,  switch >> {True: a, False: b}"
        )
    for key, item in zip(keys, items):
        _check_branch(item, f"branch {key!r} of the curly brackets")
    branches = tuple((key, item._entry) for key, item in zip(keys, items))
    exit = ends.bar([ends.without(item._exit, _loops(item._entry)) for item in items])
    return _Operand(Bracket(items, keys), ends.Choice(branches), exit)


def _bracket_item(value: Any, side: str) -> Flow:
    if isinstance(value, Flow):
        return value
    if isinstance(value, (tuple, Mapping)):
        # A nested bracket is a fragment of its own: positions within positions.
        operand = _right_operand(value) if side == "right" else _left_operand(value)
        return make("bracket", (operand.written,), operand.entry, operand.exit, None)
    if side == "right":
        return _wrapped(value)
    raise CompositionError(f"{_describe(value)} in round brackets: {_operand_advice(value, left=True)}")


def _wrapped(value: Any) -> Flow:
    if inspect.isgeneratorfunction(_unwrap_partial(value)):
        name = getattr(value, "__name__", "this generator function")
        raise CompositionError(
            f">> {name}: a generator function can mean three things. Say which:\n"
            f"    Regulator({name})   it receives items with  x = yield\n"
            f"    flat_map({name})    it is called with an item and yields any number of results\n"
            f"    Source({name})      it takes nothing and yields items (then it belongs on the left)"
        )
    if isinstance(value, (list, set, frozenset)) or not (callable(value) or hasattr(type(value), "run")):
        raise CompositionError(f">> {_describe(value)}: {_operand_advice(value)}")
    return Flow.wrap_function(value)


def _through(left: Any, stream: Stream) -> Flow:
    operand = _left_operand(left)
    if operand.exit is None:
        raise CompositionError(f"{_name(left)} has no open output, so {stream!r} can't follow it")
    if isinstance(operand.exit, ends.Via):
        raise CompositionError(
            f"{operand.exit.stream!r} >> {stream!r}: two streams in a row; put a pipe between"
        )
    base = operand.written
    via = ends.Via(operand.exit, stream)
    return make(">> stream", (base,), ends.without(operand.entry, _loops(operand.exit)), via, None)


def _from_stream(stream: Stream, right: Any) -> Flow:
    operand = _right_operand(right)
    if operand.entry is None:
        raise CompositionError(f"{_name(right)} has no open input, so {stream!r} can't lead to it")
    via = ends.Via(operand.entry, stream)
    return make("stream >>", (operand.written,), via, ends.without(operand.exit, _loops(operand.entry)), None)


# ---------------------------------------------------------------- saying no


def _check_choice(exit: End, entry: End, right: Any) -> None:
    inner = entry.end if isinstance(entry, ends.Via) else entry
    choosers = [pipe for pipe in ends.lanes(exit) if pipe.chooses]
    if isinstance(inner, ends.Choice):
        others = [pipe for pipe in ends.lanes(exit) if not pipe.chooses]
        if others:
            raise CompositionError(
                f"curly brackets choose by key, but {_name(others[0])} is not a Switch. "
                f"Put one before them:  ... >> {others[0].label} >> Switch(fn) >> {{...}}"
            )
    elif choosers:
        raise CompositionError(
            f"{_name(choosers[0])} chooses a branch for each item, so curly brackets must follow it:  "
            f"{choosers[0].label} >> {{True: a, False: b}} , not {_describe(right)}"
        )


def _check_via(exit: End, entry: End) -> None:
    if isinstance(exit, ends.Via) and isinstance(entry, ends.Via):
        raise CompositionError(
            f"{exit.stream!r} >> {entry.stream!r}: two streams in a row; put a pipe between"
        )


def _check_bracket(items: tuple[Flow, ...], value: tuple[Any, ...]) -> None:
    if len(items) < 2:
        raise CompositionError(
            f"round brackets with {len(items)} part{'s' if len(items) != 1 else ''}: they split or join by position "
            "and need two or more. For a single pipe leave the comma out:  (a)"
        )


def _check_branch(item: Flow, where: str) -> None:
    if item._entry is None:
        raise CompositionError(
            f"{where}, {_name(item)}, has no open input. A branch takes what arrives; "
            "to throw it away on purpose write  Discard()"
        )


def _loops(end: End | None) -> frozenset[Any]:
    return frozenset(pipe for pipe in ends.lanes(end) if pipe.closes_loops)


def _is_bracket(value: Any) -> bool:
    return isinstance(value, (tuple, Mapping))


def _reflects(value: Any, method: str) -> bool:
    # Arrays define every reflected operator, but answer __array_ufunc__ = None with NotImplemented themselves.
    return (
        method in dir(type(value))
        and not hasattr(type(value), "__array_ufunc__")
        and not isinstance(value, (int, float, bool, Mapping, set, frozenset, type))
    )


def _unwrap_partial(value: Any) -> Any:
    while hasattr(value, "func") and hasattr(value, "keywords"):
        value = value.func
    return value


def _name(value: Any) -> str:
    return value.label_with_place if isinstance(value, Flow) and value._op == "pipe" else _describe(value)


def _describe(value: Any) -> str:
    if isinstance(value, Flow):
        from pipeflow.spelling import spell

        return spell(value)
    if isinstance(value, (list, set, frozenset)):
        return f"the {type(value).__name__} {_short(value)}"
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    return f"{_short(value)} ({type(value).__name__})"


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # a user's __repr__ must not hide our message
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def _sink_advice(value: Any) -> str:
    if isinstance(value, Flow) and value._op == "pipe":
        return (
            "a sink ends its chain. To do something with each item and pass it on use Transform instead; "
            f"to send items to several places write  ... >> ({value.label} | other)"
        )
    return "its last pipes are sinks or already lead somewhere"


def _operand_advice(value: Any, left: bool = False) -> str:
    if isinstance(value, (list, set, frozenset)):
        return (
            f"a {type(value).__name__} is ambiguous here. Say what is meant:  a | b  (each gets every item),  "
            "(a, b)  (split by position),  balance(a, b)  (each item to one of them),  or  Source([...])  for data"
        )
    if value is None:
        return "None is no pipe; to throw items away write  Discard()"
    if isinstance(value, (int, float)):
        return "a number is no pipe; replicas are written  pipe * 3"
    if callable(value):
        kinds = (
            "Source(f) if it makes items, Transform(f) if it changes them"
            if left
            else "Transform(f) or Sink(f)"
        )
        return f"a bare function can only stand after >> ; make it a pipe:  {kinds}"
    if hasattr(type(value), "__iter__"):
        return "data becomes a pipe with  Source(data)"
    return "only pipes and flows can be composed"


def _is_unpacked(frame: Any) -> bool:
    """Whether `frame` is in the middle of ``a, b = flow``."""
    code = frame.f_code.co_code
    opcode = code[frame.f_lasti] if 0 <= frame.f_lasti < len(code) else 0
    return dis.opname[opcode].startswith("UNPACK_")


# ---------------------------------------------------------------- pickling


def _flatten(flow: Flow) -> list[tuple[Any, ...]]:
    """The expression as a list, operands before what uses them, so that depth costs no recursion."""
    nodes = list(walk(flow))
    index = {id(node): position for position, node in enumerate(nodes)}
    records: list[tuple[Any, ...]] = []
    for node in nodes:
        if node._op == "pipe":
            records.append((node,))
            continue
        operands = [
            (tuple(index[id(item)] for item in operand.items), operand.keys)
            if isinstance(operand, Bracket)
            else index[id(operand)]
            for operand in node._operands
        ]
        records.append((node._op, operands, node._entry, node._exit, node._link))
    return records


def _unflatten(records: list[tuple[Any, ...]]) -> Flow:
    nodes: list[Flow] = []
    for record in records:
        if len(record) == 1:
            nodes.append(record[0])
            continue
        op, operands, entry, exit, link = record
        rebuilt: list[Flow | Bracket] = [
            Bracket(tuple(nodes[i] for i in operand[0]), operand[1])
            if isinstance(operand, tuple)
            else nodes[operand]
            for operand in operands
        ]
        nodes.append(make(op, tuple(rebuilt), entry, exit, link))
    return nodes[-1]


def _shape(entry: End | None, exit: End | None) -> type[Flow]:
    from pipeflow import shapes

    return shapes.of(entry is not None, exit is not None)
