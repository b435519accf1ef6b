"""What travels in each stream, as far as annotations tell: carried from the sources down.

A stream may carry several types (a merge), each remembers the pipe that made it. Type variables of a functor
are solved from what reaches it, so they are known behind it. What comes round a loop is known in a second
pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeflow import hints
from pipeflow.checks._code import class_of
from pipeflow.checks._drawing import ports_of
from pipeflow.checks._functors import SENDING, functor_of
from pipeflow.checks._selecting import MOST, alternatives, combined, guarded_type, selects
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
from pipeflow.hints.unions import same
from pipeflow.pipes import Pipe
from pipeflow.pipes.failures import FailedItem
from pipeflow.streams import Stream


@dataclass(frozen=True)
class Carried:
    """One type of item in a stream.

    Attributes:
        annotation: the type; `hints.UNKNOWN` where it is not known.
        maker: the pipe that makes these items; None for a Join's pairs and the like.
        part: which part of what the maker returns, as a person counts it; 0 for the whole.
        among: behind a Switch or a filter the types that may come, some of them or all; empty elsewhere.
        selector: the pipe where it was left open what comes of them; None where `among` is empty.
    """

    annotation: object
    maker: Pipe | None
    part: int = 0
    among: tuple[object, ...] = ()
    selector: Pipe | None = None


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
            return self._selected(pipe) if selects(pipe) else self._received(pipe)
        if pipe.spreads:
            return (joined(self.arguments(pipe), pipe),)
        return (self._made(pipe),)

    def _selected(self, pipe: Pipe) -> Items:
        said = guarded_type(effective(self.graph, pipe))
        return tuple(
            replace(item, among=(*_each_of(item), *said), selector=pipe) for item in self._received(pipe)
        )

    def _initial(self, pipe: Any) -> Items:
        sent = (item for item in pipe.init if item is not None)  # None is not sent
        return tuple(Carried(kind, pipe) for kind in dict.fromkeys(class_of(item) for item in sent))

    def _received(self, pipe: Pipe) -> Items:
        received = self.arguments(pipe)
        if len(received) == 1:
            return received[0]
        return (joined(received, pipe),) if received else ()

    def _made(self, pipe: Pipe) -> Carried:
        arguments = self.arguments(pipe)
        made = self._result(pipe, [union_of(items) for items in arguments])
        among = _distinct([self._result(pipe, each) for each in _choices(arguments)])
        if all(same(each, made) for each in among):  # its result is the same, whatever was chosen
            return Carried(made, pipe)
        return Carried(made, pipe, among=among, selector=pipe)

    def _result(self, pipe: Pipe, received: Sequence[object]) -> object:
        """What it sends when this is what its arguments receive."""
        kind: Any = SENDING.get(pipe.kind)
        functor = functor_of(effective(self.graph, pipe)).facts
        made = hints.produced(functor, kind) if kind else pipe.reshaped(_as_one(received))
        if not variables(made):
            return made
        kind = kind or "transform"
        if kind == "regulator" and len(received) > 1:
            received = [_as_one(received)]
        accepted = [hints.accepted(functor, kind, position) for position in range(len(received))]
        return _without_variables(hints.substitute(made, hints.solve(accepted, received)))


def union_of(items: Items) -> object:
    """One annotation for all that a stream carries."""
    return hints.union([item.annotation for item in items]) if items else hints.UNKNOWN


def _without_variables(annotation: object) -> object:
    left = variables(annotation)
    return hints.substitute(annotation, dict.fromkeys(left, hints.UNKNOWN)) if left else annotation


def joined(arguments: list[Items], pipe: Pipe) -> Carried:
    """What several arguments of a pipe are as one item."""
    among = tuple(_tuple_of(each) for each in _choices(arguments))
    annotation = _tuple_of([union_of(items) for items in arguments])
    return Carried(annotation, None, among=among, selector=pipe if among else None)


def _as_one(received: Sequence[object]) -> object:
    if len(received) == 1:
        return received[0]
    return _tuple_of(received) if received else hints.UNKNOWN


def _tuple_of(annotations: Sequence[object]) -> object:
    parts = tuple(annotations)
    try:
        return tuple[parts]  # type: ignore[valid-type]
    except TypeError:
        return hints.UNKNOWN


def _each_of(item: Carried) -> list[object]:
    return [each for annotation in item.among or (item.annotation,) for each in alternatives(annotation)]


def _choices(arguments: list[Items]) -> list[tuple[object, ...]]:
    """What may come as the arguments where something chooses in front; nothing where nothing does."""
    if not any(item.among for items in arguments for item in items):
        return []
    return combined([_chosen(items) for items in arguments])


def _chosen(items: Items) -> list[object]:
    """What a stream may carry: what comes in any case, with each type that may be chosen."""
    always = [item.annotation for item in items if not item.among]
    among = [each for item in items for each in item.among]
    return [hints.union([*always, each]) for each in among] or [union_of(items)]


def _distinct(annotations: list[object]) -> tuple[object, ...]:
    found: list[object] = []
    for annotation in annotations:
        if not any(same(annotation, other) for other in found):
            found.append(annotation)
    return tuple(found)


def _part(item: Carried, selector: Part) -> Carried:
    def part_of(annotation: object) -> object:
        parts = hints.parts(annotation, selector.of)
        return hints.UNKNOWN if parts is None else hints.strip_none(parts[selector.index])

    among = tuple(part_of(each) for each in item.among)
    return replace(item, annotation=part_of(item.annotation), part=selector.index + 1, among=among)


def _few(items: Items) -> Items:
    """Each once; too many to be worth comparing are one unknown."""
    unique: list[Carried] = []
    seen: set[tuple[int, Any, int, Any]] = set()
    for item in items:
        key = (id(item.annotation), item.maker, item.part, item.selector)
        if key not in seen:
            seen.add(key)
            unique.append(item)
    return tuple(unique) if len(unique) <= MOST else (Carried(hints.UNKNOWN, None),)
