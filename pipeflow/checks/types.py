"""PF201: type mismatch between two pipes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeflow import hints
from pipeflow.checks._base import Finding, Severity, Target, Unchecked
from pipeflow.checks._drawing import ports_of
from pipeflow.checks._findings import finding
from pipeflow.checks._functors import Functor, functor_of, is_called
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._items import Carried, ItemTypes, joined
from pipeflow.checks._selecting import may_fit
from pipeflow.graph import Graph, effective, is_documented, name_of
from pipeflow.hints import FunctorFacts
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


class Edge(NamedTuple):
    """One argument of a pipe's functor, and what reaches it.

    Attributes:
        reader: the pipe.
        position: of the argument, from 0; `of` how many.
        stream: where it comes from.
        accepted: the annotation of the parameter.
        items: what comes.
    """

    reader: Pipe
    position: int
    of: int
    stream: Stream
    accepted: object
    items: tuple[Carried, ...]


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """Each producer of a stream against each of its readers."""
    items = ItemTypes(graph)
    return each_pipe(graph, __name__, lambda pipe: _received(graph, items, pipe))


def _received(graph: Graph, items: ItemTypes, pipe: Pipe) -> Iterator[Said]:
    taking = pipe.functor is not None and pipe.has_input
    if taking and not effective(graph, pipe).options.unchecked:
        for edge in _edges(graph, items, pipe):
            yield from _judged(graph, edge)


def _edges(graph: Graph, items: ItemTypes, pipe: Pipe) -> Iterator[Edge]:
    arguments, streams = items.arguments(pipe), ports_of(graph, pipe)
    functor = functor_of(effective(graph, pipe)).facts
    kind: Any = "regulator" if pipe.kind == "Regulator" else "transform"
    if len(arguments) > 1 and not is_called(pipe):
        arguments = [(joined(arguments, pipe),)]
    for position, carried in enumerate(arguments):
        stream = streams[min(position, len(streams) - 1)]
        accepted = hints.accepted(functor, kind, position)
        yield Edge(pipe, position, len(arguments), stream, accepted, carried)


def _judged(graph: Graph, edge: Edge) -> Iterator[Said]:
    reader = name_of(graph, edge.reader)
    for item in edge.items:
        if item.maker is not None and effective(graph, item.maker).options.unchecked:
            continue
        if item.annotation is hints.Never:
            continue  # nothing arrives: that is PF205
        verdict = hints.assignable(item.annotation, edge.accepted)
        if verdict.verdict == "unknown":
            pipes = (reader,) if item.maker is None else (name_of(graph, item.maker), reader)
            yield Unchecked("PF201", verdict.reason, pipes, (name_of(graph, edge.stream),))
        elif verdict.verdict == "mismatch" and _may_be_left_out(edge, item):
            reason = "some of its types fit, and it isn't known which are chosen in front"
            pipes = (reader,) if item.maker is None else (name_of(graph, item.maker), reader)
            yield Unchecked("PF201", reason, pipes, (name_of(graph, edge.stream),))
        elif verdict.verdict == "mismatch":
            yield _mismatch(graph, edge, item, verdict)


def _may_be_left_out(edge: Edge, item: Carried) -> bool:
    """Whether a Switch or a filter may choose something else, which fits."""
    together = [o for o in edge.items if o.selector is item.selector and o.part == item.part]
    return item.selector is not None and may_fit([each for o in together for each in o.among], edge.accepted)


def _mismatch(graph: Graph, edge: Edge, item: Carried, verdict: hints.Verdict) -> Finding:
    severity: Severity = "error" if verdict.certain and not is_documented(graph) else "warning"
    reader, produced, taken = (
        name_of(graph, edge.reader),
        hints.show(item.annotation),
        hints.show(edge.accepted),
    )
    maker = "a join" if item.maker is None else repr(name_of(graph, item.maker))
    pipes = [edge.reader] if item.maker is None else [item.maker, edge.reader]
    part = f" as part {item.part - 1}" if item.part else ""
    fixes = [f"{reader}.with_(unchecked=True)"]
    return finding(
        "PF201",
        severity,
        f"type mismatch: {maker} produces {produced}{part}, {_taker(edge, reader)} takes {taken}.",
        graph=graph,
        pipes=pipes,
        streams=[edge.stream],
        body=_body(graph, edge, item, verdict, produced),
        fix=f"change one annotation, or put a Transform between them that turns {produced} into {taken}.",
        fixes=fixes,
        after=[f"If the annotations are wrong on purpose:  {fixes[0]}"],
    )


def _taker(edge: Edge, reader: str) -> str:
    return repr(reader) if edge.of == 1 else f"argument {edge.position + 1} of {reader!r}"


def _body(graph: Graph, edge: Edge, item: Carried, verdict: hints.Verdict, produced: str) -> list[str]:
    taker = functor_of(effective(graph, edge.reader))
    lines: list[str] = []
    width = len(name_of(graph, edge.reader))
    if item.maker is not None:
        width = max(width, len(name_of(graph, item.maker)))
        lines.append(_signature(graph, functor_of(effective(graph, item.maker)), item.maker, width))
    lines.append(_signature(graph, taker, edge.reader, width))
    column = _column(taker.facts, edge.position, lines[-1])
    lines.append(f"{' ' * column}^ receives {produced}" if column else f"{'':{width}}  receives {produced}")
    if verdict.reason and verdict.reason != f"{produced} is not {hints.show(edge.accepted)}":
        lines.append(f"Reason: {verdict.reason}")
    return lines


def _signature(graph: Graph, functor: Functor, pipe: Pipe, width: int) -> str:
    return f"{name_of(graph, pipe):{width}}  ({functor.place})  {functor.source_line}".rstrip()


def _column(facts: FunctorFacts, position: int, line: str) -> int:
    """Where in the line the parameter's annotation begins; 0 when it is not there."""
    if position >= len(facts.parameters):
        return 0
    begin = line.find("(", line.find("def ")) if "def " in line else -1
    name = facts.parameters[position].name
    for separator in ("(", ", ", ","):
        found = line.find(f"{separator}{name}:", max(begin, 0))
        if begin >= 0 and found >= 0:
            after_colon = found + len(separator) + len(name) + 1
            return after_colon + len(line[after_colon:]) - len(line[after_colon:].lstrip())
    return 0
