"""What is said about an operand that does not fit: what it is, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeflow.expression import Described, Expression, is_a, pipes_in
from pipeflow.spelling import short, spell


def name(value: Any) -> str:
    """An operand in a message: a pipe with the place where it was made, a flow as it is spelled."""
    if isinstance(value, Described) and value.expression.op == "pipe":
        return str(value.expression.pipe.label_with_place)
    return describe(value)


def describe(value: Any) -> str:
    """An operand of any type, in a few words."""
    if isinstance(value, Described):
        return spell(value.expression)
    if is_a(value, list, set, frozenset):
        return f"the {type(value).__name__} {short(value)}"
    if is_a(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    return f"{short(value)} ({type(value).__name__})"


def ends_here(value: Any) -> str:
    """Why nothing can follow an operand without an open output."""
    written = value.expression if isinstance(value, Described) else None
    sinks = [] if written is None else [pipe for pipe in pipes_in(written) if not pipe.has_output]
    loops = [] if written is None else [pipe for pipe in pipes_in(written) if pipe.closes_loops]
    if written is not None and loops and not sinks:
        return _goes_round(written, loops[-1])
    if written is None or not sinks:
        return "what its last pipes send already leads somewhere"
    last = sinks[-1]
    who = "a sink" if written.op == "pipe" else last.label_with_place
    return (
        f"{who} ends its chain. To do something with each item and pass it on use Transform "
        f"instead; to send items to several places write  ... >> ({last.label} | other)"
    )


def _goes_round(written: Expression, loop: Any) -> str:
    """A Feedback at the end, which only takes there."""
    said = f"{loop.label_with_place} on the right of >> takes items back and gives none. "
    front, last = written.operands if written.op == ">>" else (None, None)
    if not isinstance(front, Expression) or not isinstance(last, Expression) or last.pipe is not loop:
        front = None
    if front is not None and loop in pipes_in(front):
        return f"{said}To send items on as well write  ... >> ({loop.label} | next_pipe)"
    first = "my_source" if front is None else spell(front)
    return f"{said}What it gives stands on the left:  ({first} | {loop.label}) >> ... >> {loop.label}"


def instead_of(value: Any, *, left: bool = False) -> str:
    """What to write instead of an operand that is no pipe; `left`: it stands on the left of ``>>``."""
    if is_a(value, list, set, frozenset):
        return (
            f"a {type(value).__name__} is ambiguous here. Say what is meant:  a | b  (each gets every "
            "item),  (a, b)  (split by position),  balance(a, b)  (each item to one of them),  "
            "or  Source([...])  for data"
        )
    if is_a(value, tuple, dict):
        return "round and curly brackets only stand beside >> ; lanes side by side are  a | b"
    if value is None:
        return "None is no pipe; to throw items away write  Discard()"
    if is_a(value, int, float):
        return (
            "a number is no pipe; replicas are written  pipe * 3 , "
            "and a function stands without its call:  f , not  f(x)"
        )
    if callable(value):
        made = (
            "Source(f) if it makes items, Transform(f) if it changes them"
            if left
            else "Transform(f) or Sink(f)"
        )
        return f"a bare function can only stand after >> ; make it a pipe:  {made}"
    if is_a(value, Iterable):
        return "data becomes a pipe with  Source(data)"
    return "only pipes and flows can be composed"


def which_kind(name: str) -> str:
    """The three things that a bare generator function could mean."""
    return (
        f">> {name}: a generator function can mean three things. Say which:\n"
        f"    Regulator({name})   it receives items with  x = yield\n"
        f"    flat_map({name})    it is called with an item and yields any number of results\n"
        f"    Source({name})      it takes nothing and yields items (then it belongs on the left)"
    )
