"""PF303: streams between a fork and its join that are too small for the rates between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeflow import origins
from pipeflow.checks._base import Finding, Severity, Target
from pipeflow.checks._drawing import listed, path_to, spelled
from pipeflow.checks._findings import counted, finding
from pipeflow.graph import Graph, after, before, effective, is_documented, name_of
from pipeflow.origins import BufferNeed
from pipeflow.pipes import Pipe
from pipeflow.streams import DOCUMENTED_BUFFER, Stream


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """An error where sizes were given that surely block; a note where the planner chooses them."""
    needs = origins.buffers(graph)
    if not needs:
        return
    plans = {plan.join: plan for plan in origins.joins(graph)}
    for need in needs:
        plan = plans.get(need.join)
        if plan is None or not plan.pairable or plan.pairing == "key":
            continue  # PF301 says it, or there is no order in which items must come
        if need.growing:
            yield _growing(graph, need)
        elif need.short:
            yield _short(graph, need)
        elif need.automatic:
            yield _chosen(graph, need)
        elif not need.known and need.given and not is_documented(graph):
            yield _unknown(graph, need)


def _finding(
    graph: Graph,
    need: BufferNeed,
    severity: Severity,
    title: str,
    *,
    streams: Iterable[Stream],
    told: Sequence[str],
    fix: str,
    fixes: Sequence[str],
) -> Finding:
    """What all of them have: the join, its fork and the pipes between, with their rates."""
    width = max(len(spelled(graph, pipe)) for pipe in need.pipes)
    rates = [f"{spelled(graph, pipe):{width}}  - {_rate(effective(graph, pipe))}" for pipe in need.pipes]
    return finding(
        "PF303",
        severity,
        title,
        graph=graph,
        pipes=[need.join, need.fork, *need.pipes],
        streams=streams,
        body=[path_to(graph, need.join), *rates, *told],
        fix=fix,
        fixes=fixes,
    )


def _rate(pipe: Pipe) -> str:
    consumes, produces, _ = pipe.rate
    if consumes is None or produces is None:
        return "any number of items out"
    return f"{counted(produces, 'item')} out for {consumes} in"


def _short(graph: Graph, need: BufferNeed) -> Finding:
    stream, (given, enough) = next(iter(need.short.items()))
    fixes = _sized(graph, {other: size for other, (_, size) in need.short.items()})
    return _finding(
        graph,
        need,
        "error",
        f"buffers too small: the arms of {name_of(graph, need.join)!r} would wait for each other for ever.",
        streams=need.short,
        told=[
            f"The stream {name_of(graph, stream)!r} holds {counted(given, 'item')}, and must hold {enough}.",
            "Until then the other side has nothing to give.",
        ],
        fix=f"make room:  {' ;  '.join(fixes)}\nor leave the size out: then it is chosen so",
        fixes=fixes,
    )


def _sized(graph: Graph, sizes: Mapping[Stream, int]) -> list[str]:
    """How to give streams these sizes. A pipe has one for all its streams without a name: the largest."""
    named: list[str] = []
    of_readers: dict[Pipe, int] = {}
    for stream, size in sizes.items():
        writer, reader = before(graph, stream)[0], after(graph, stream)[0]
        if stream.buffer_size is not None and stream.name:
            middle = f"Stream({stream.name!r}, buffer_size={size})"
            named.append(f"{spelled(graph, writer)} >> {middle} >> {spelled(graph, reader)}")
        else:
            of_readers[reader] = max(size, of_readers.get(reader, 0))
    return named + [f"{name_of(graph, pipe)}.with_(buffer_size={size})" for pipe, size in of_readers.items()]


def _growing(graph: Graph, need: BufferNeed) -> Finding:
    names = listed([name_of(graph, stream) for stream in need.growing])
    given = not set(need.given).isdisjoint(need.growing)
    fixes = ["batch after the join"]
    return _finding(
        graph,
        need,
        "error" if given else "note",
        f"one arm of {name_of(graph, need.join)!r} gets more items than the other: they pile up in {names}.",
        streams=need.growing,
        told=[
            "It would block as soon as that stream is full: no size suffices."
            if given
            else "The stream grows as long as the run lasts, and at its end they are left over."
        ],
        fix=f"let both arms change the number of items alike, or change it behind the join ({fixes[0]})",
        fixes=fixes,
    )


def _chosen(graph: Graph, need: BufferNeed) -> Finding:
    sizes = [f"{name_of(graph, stream)!r} gets {size}" for stream, size in need.automatic.items()]
    fixes = _sized(graph, need.automatic)
    return _finding(
        graph,
        need,
        "note",
        f"buffers chosen for the rates in front of {name_of(graph, need.join)!r}: {', '.join(sizes)}.",
        streams=need.automatic,
        told=[f"With {DOCUMENTED_BUFFER} items, as otherwise, the arms could wait for each other for ever."],
        fix=f"none is needed. To say it yourself:  {' ;  '.join(fixes)}",
        fixes=fixes,
    )


def _unknown(graph: Graph, need: BufferNeed) -> Finding:
    names = [name_of(graph, stream) for stream in need.given]
    one_of = listed(names) if len(names) == 1 else f"one of {listed(names)}"
    fixes = ["rate=Rate(consumes, produces)"]
    return _finding(
        graph,
        need,
        "note",
        f"buffers not known to suffice: those given between {name_of(graph, need.fork)!r} and "
        f"{name_of(graph, need.join)!r}.",
        streams=need.given,
        told=[f"If {one_of} turns out to be too small, it grows while it runs and the report says so."],
        fix=f"say how many items leave for those that enter:  {fixes[0]}",
        fixes=fixes,
    )
