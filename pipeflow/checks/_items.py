"""What travels in each stream, as far as annotations tell: carried from the sources down.

A stream may carry several types (a merge), each remembers the pipe that made it. Type variables of a functor
are solved from what reaches it, so they are known behind it. What comes round a loop is known in a second
pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeflow import hints
from pipeflow.checks._code import class_of
from pipeflow.checks._drawing import ports_of
from pipeflow.checks._functors import SENDING, functor_of
from pipeflow.graph import (
    Errors,
    Graph,
    Part,
    Route,
    before,
    downstream,
    effective,
    is_spread,
    pipe_nodes,
    routes,
)
from pipeflow.hints.rebuilding import variables
from pipeflow.pipes import Pipe
from pipeflow.pipes.failures import FailedItem
from pipeflow.streams import Stream

_MOST = 64


@dataclass(frozen=True)
class Carried:
    """One type of item in a stream.

    Attributes:
        annotation: the type; `hints.UNKNOWN` where it is not known.
        maker: the pipe that makes these items; None for a Join's pairs and the like.
        part: which part of what the maker returns, as a person counts it; 0 for the whole.
    """

    annotation: object
    maker: Pipe | None
    part: int = 0


Items = tuple[Carried, ...]


class ItemTypes:
    """The items of every stream of a graph.

    Attributes:
        streams: what each stream carries.
        sent: what each pipe sends.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.streams: dict[Stream, Items] = {}
        self.sent: dict[Pipe, Items] = {}
        order = downstream(graph)
        self._pass(order)
        if any(pipe.closes_loops for pipe in pipe_nodes(graph)):
            self._pass(order)

    def arguments(self, pipe: Pipe) -> list[Items]:
        """What each argument of the pipe's functor receives."""
        ports = ports_of(self.graph, pipe)
        if len(ports) != 1:
            return [self.streams.get(stream, ()) for stream in ports]
        if is_spread(self.graph, ports[0]) and not pipe.spreads:
            return self._spread(before(self.graph, ports[0]))
        return [self.streams.get(ports[0], ())]

    def _spread(self, writers: list[Pipe]) -> list[Items]:
        """Behind a Join the functor is called with the parts."""
        each = [self.arguments(writer) for writer in writers]
        if len({len(parts) for parts in each}) != 1:
            return []
        return [_few(tuple(item for part in parts for item in part)) for parts in zip(*each, strict=True)]

    # ------------------------------------------------------------ one pass

    def _pass(self, order: list[Any]) -> None:
        for node in order:
            if isinstance(node, Stream):
                found: list[Carried] = []
                for writer in before(self.graph, node):
                    for route in routes(self.graph, writer, node):
                        found.extend(self._routed(writer, route))
                self.streams[node] = _few(tuple(found))
            else:
                self.sent[node] = self._sent(node)

    def _routed(self, writer: Pipe, route: Route) -> Items:
        items = self.sent.get(writer, (Carried(hints.UNKNOWN, writer),))
        for selector in route:
            if isinstance(selector, Errors):
                items = (Carried(FailedItem, writer),)
            elif isinstance(selector, Part):
                items = tuple(_part(item, selector) for item in items)
        return items

    def _sent(self, pipe: Pipe) -> Items:
        if pipe.closes_loops:
            return _few((*self._initial(pipe), *self._received(pipe)))
        if pipe.passes_through:
            return self._received(pipe)
        if pipe.spreads:
            return (Carried(tuple_of(self.arguments(pipe)), None),)
        return (Carried(self._made(pipe), pipe),)

    def _initial(self, pipe: Any) -> Items:
        sent = (item for item in pipe.init if item is not None)  # None is not sent
        return tuple(Carried(kind, pipe) for kind in dict.fromkeys(class_of(item) for item in sent))

    def _received(self, pipe: Pipe) -> Items:
        received = self.arguments(pipe)
        if len(received) == 1:
            return received[0]
        return (Carried(tuple_of(received), None),) if received else ()

    def _made(self, pipe: Pipe) -> object:
        kind: Any = SENDING.get(pipe.kind)
        functor = functor_of(effective(self.graph, pipe)).facts
        made = hints.produced(functor, kind) if kind else pipe.reshaped(union_of(self._received(pipe)))
        if not variables(made):
            return made
        received = [union_of(items) for items in self.arguments(pipe)]
        kind = kind or "transform"
        if kind == "regulator" and len(received) > 1:
            received = [tuple_of(self.arguments(pipe))]
        accepted = [hints.accepted(functor, kind, position) for position in range(len(received))]
        return _without_variables(hints.substitute(made, hints.solve(accepted, received)))


def union_of(items: Items) -> object:
    """One annotation for all that a stream carries."""
    return hints.union([item.annotation for item in items]) if items else hints.UNKNOWN


def _without_variables(annotation: object) -> object:
    left = variables(annotation)
    return hints.substitute(annotation, dict.fromkeys(left, hints.UNKNOWN)) if left else annotation


def tuple_of(arguments: list[Items]) -> object:
    """What several arguments are as one item."""
    parts = tuple(union_of(items) for items in arguments)
    try:
        return tuple[parts]  # type: ignore[valid-type]
    except TypeError:
        return hints.UNKNOWN


def _part(item: Carried, selector: Part) -> Carried:
    parts = hints.parts(item.annotation, selector.of)
    annotation = hints.UNKNOWN if parts is None else hints.strip_none(parts[selector.index])
    return Carried(annotation, item.maker, selector.index + 1)


def _few(items: Items) -> Items:
    """Each once; too many to be worth comparing are one unknown."""
    unique: list[Carried] = []
    seen: set[tuple[int, Any, int]] = set()
    for item in items:
        key = (id(item.annotation), item.maker, item.part)
        if key not in seen:
            seen.add(key)
            unique.append(item)
    return tuple(unique) if len(unique) <= _MOST else (Carried(hints.UNKNOWN, None),)
