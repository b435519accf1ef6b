"""Pipes of a graph as the user wrote them: ``(s1 | s2) >> batcher >> sum*3``."""

from __future__ import annotations

import enum
from typing import Any

from pipeflow.graph import (
    Errors,
    Graph,
    Key,
    Part,
    Route,
    after,
    arguments,
    before,
    effective,
    name_of,
    routes,
)
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream

_FURTHEST = 4
_WIDEST = 4
_LONGEST = 60


def spelled(graph: Graph, pipe: Pipe) -> str:
    """A pipe with its replicas."""
    count = effective(graph, pipe).options.n_processes
    return f"{name_of(graph, pipe)}*{count}" if count and count > 1 else name_of(graph, pipe)


def path_to(graph: Graph, pipe: Pipe, depth: int = _FURTHEST) -> str:
    """What leads to a pipe, and the pipe: ``(s1 | s2) >> a >> b``. Long ways are cut at the front."""
    return _path(graph, pipe, depth, frozenset())


def path_into(graph: Graph, stream: Stream, depth: int = _FURTHEST) -> str:
    """What is written to a stream: ``s1 >> a``; ``?`` when nothing is."""
    return _source_of(graph, stream, depth, frozenset())


def path_from(graph: Graph, pipe: Pipe, depth: int = _FURTHEST) -> str:
    """The pipe, and where its results go: ``a >> (b | c)``. Long ways are cut at the end."""
    return _onward(graph, pipe, depth, frozenset())


def listed(names: list[str], most: int = _WIDEST) -> str:
    """``'a', 'b' and 'c'``; a long list is cut."""
    quoted = [repr(name) for name in names]
    if len(quoted) > most + 1:
        quoted = [*quoted[:most], f"{len(quoted) - most} more"]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


# ---------------------------------------------------------------- towards the sources


def _path(graph: Graph, pipe: Pipe, depth: int, seen: frozenset[Any]) -> str:
    own = spelled(graph, pipe)
    ports = ports_of(graph, pipe)
    if pipe in seen or not ports:
        return own
    if depth == 0:
        return f"... >> {own}"
    seen |= {pipe}
    if len(ports) == 1:
        return _entering(graph, ports[0], own, depth - 1, seen)
    arms = [_source_of(graph, stream, depth - 1, seen) for stream in ports]
    return f"({_cut(arms, ', ')}) >> {own}"


def ports_of(graph: Graph, pipe: Pipe) -> list[Stream]:
    """The stream of each argument of a pipe's functor."""
    by_port = {port: s for s in before(graph, pipe) for port in arguments(graph, s, pipe)}
    return [by_port[port] for port in sorted(by_port)]


def _entering(graph: Graph, stream: Stream, own: str, depth: int, seen: frozenset[Any]) -> str:
    taps = [(writer, route) for writer in before(graph, stream) for route in routes(graph, writer, stream)]
    if len(taps) == 1:
        writer, route = taps[0]
        joint = ".errors >> " if route[:1] == (Errors(),) else " >> "
        return f"{_path(graph, writer, depth, seen)}{joint}{routed(own, route)}"
    return f"{_source_of(graph, stream, depth, seen)} >> {own}"


def _source_of(graph: Graph, stream: Stream, depth: int, seen: frozenset[Any]) -> str:
    texts = [_path(graph, writer, depth, seen) for writer in before(graph, stream)]
    if not texts:
        return "?"
    return f"({_cut(texts, ' | ')})" if len(texts) > 1 else texts[0]


def routed(name: str, route: Route) -> str:
    """``(_, a)``: how a reader stands in the brackets that a route came through."""
    text = name
    for selector in reversed(route):
        if isinstance(selector, Key):
            text = f"{{{short(selector.key)}: {text}}}"
        elif isinstance(selector, Part):
            parts = ["_"] * min(selector.of, _WIDEST)
            parts[min(selector.index, len(parts) - 1)] = text
            text = f"({', '.join(parts)})"
    return text


# ---------------------------------------------------------------- towards the sinks


def _onward(graph: Graph, pipe: Pipe, depth: int, seen: frozenset[Any]) -> str:
    own = spelled(graph, pipe)
    if pipe in seen:
        return own
    readers = list(dict.fromkeys(r for stream in after(graph, pipe) for r in after(graph, stream)))
    if not readers:
        return f"{own} >> ?" if after(graph, pipe) else own
    if depth == 0:
        return f"{own} >> ..."
    seen |= {pipe}
    if len(readers) == 1:
        return f"{own} >> {_onward(graph, readers[0], depth - 1, seen)}"
    texts = [_onward(graph, reader, depth - 1, seen) for reader in readers]
    split = all(route for stream in after(graph, pipe) for route in routes(graph, pipe, stream))
    return f"{own} >> ({_cut(texts, ', ' if split else ' | ')})"


def _cut(texts: list[str], between: str) -> str:
    if len(texts) > _WIDEST:
        texts = [*texts[: _WIDEST - 1], "...", texts[-1]]
    return between.join(texts)


def short(value: object) -> str:
    """The repr of a user's value, which may be long or fail; an Enum's member as it is written."""
    try:
        text = _member(value) if isinstance(value, enum.Enum) else repr(value)
    except (Exception, SystemExit):  # noqa: BLE001 - a user's __repr__ must not end a check
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _member(value: enum.Enum) -> str:
    """``Colour.RED``; ``str`` of an IntEnum's member is its value. Combined flags have no name."""
    name: Any = value.name
    return f"{type(value).__name__}.{name}" if isinstance(name, str) and name.isidentifier() else repr(value)
