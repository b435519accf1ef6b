"""PF101: results that go nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeflow import hints
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed, path_to, spelled
from pipeflow.checks._findings import created, finding
from pipeflow.checks._loops import undeclared_loops
from pipeflow.graph import (
    Errors,
    Graph,
    after,
    before,
    effective,
    is_documented,
    name_of,
    pipe_nodes,
    routes,
    stream_nodes,
)
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """An open output is fine where it can be iterated; any other throws results away."""
    if is_documented(graph):
        yield from _documented(graph)
        return
    open_outputs = [s for s in stream_nodes(graph) if graph.nodes[s]["open"] == "output"]
    unbranched = [stream for stream in open_outputs if _choosing(graph, stream)]
    for stream in unbranched:
        yield _unbranched(graph, stream)
    if _wanted(graph, target, open_outputs):
        return
    if not open_outputs:
        yield _nothing_to_iterate(graph)
        return
    looping = {pipe for loop in undeclared_loops(graph) for pipe in loop}
    for stream in open_outputs:
        writers = before(graph, stream)
        if stream not in unbranched and looping.isdisjoint(writers):  # else the loop is what is wrong
            yield _dangling(graph, stream, writers, target, len(open_outputs))


def _choosing(graph: Graph, stream: Stream) -> list[Pipe]:
    """The Switches whose items leave by a stream without having gone to a branch."""
    return [pipe for pipe in before(graph, stream) if pipe.chooses and () in routes(graph, pipe, stream)]


def _unbranched(graph: Graph, stream: Stream) -> Finding:
    switches = _choosing(graph, stream)
    names = listed([name_of(graph, switch) for switch in switches])
    fix = f"{path_to(graph, switches[0])} >> {{True: a, False: b}}"
    return finding(
        "PF101",
        "error",
        f"dangling output: no branches follow {names}.",
        graph=graph,
        pipes=switches,
        streams=[stream],
        body=[
            f"{path_to(graph, switches[0])} >> ?",
            *(created(graph, switch) for switch in switches),
            "A Switch only names the branch of each item; curly brackets must follow, with the branches.",
        ],
        fix=f"a branch for each key:  {fix}",
        fixes=[fix],
    )


def _wanted(graph: Graph, target: Target, open_outputs: list[Stream]) -> bool:
    if target.intent == "run" or len(open_outputs) != 1:
        return not open_outputs and target.intent != "stream"
    return target.intent == "stream" or not _has_sinks(graph)


def _has_sinks(graph: Graph) -> bool:
    """Whether running it alone does something; a Discard does nothing with what it takes."""
    return any(not pipe.has_output and pipe.kind != "Discard" for pipe in pipe_nodes(graph))


def _dangling(graph: Graph, stream: Stream, writers: list[Pipe], target: Target, count: int) -> Finding:
    pipe = writers[0]
    chain = path_to(graph, pipe)
    last = f"... >> {spelled(graph, pipe)}" if before(graph, pipe) else spelled(graph, pipe)
    if len(writers) > 1:
        last = chain = f"({' | '.join(spelled(graph, writer) for writer in writers)})"
    names = listed([name_of(graph, writer) for writer in writers])
    what = "failed items" if routes(graph, pipe, stream)[0][:1] == (Errors(),) else "results"
    if what == "failed items":
        last, chain = f"{name_of(graph, pipe)}.errors", f"{chain}.errors"
    fixes = [f"{last} >> next_pipe", f"{last} >> Discard()"]
    fix = (
        f"continue with  {fixes[0]},  iterate the graph (for x in graph: ...), "
        f"or drop on purpose:  {fixes[1]}"
    )
    if count > 1 and not _has_sinks(graph):
        fix = (
            f"one output alone can be iterated, this graph has {count} open. Merge them,  (a | b) , "
            f"or drop on purpose:  {fixes[1]}"
        )
    if _returns_nothing(pipe) and len(writers) == 1:
        sink = f"Sink({name_of(graph, pipe)})"
        fix, fixes = f"{name_of(graph, pipe)} returns nothing, so make it a Sink:  ... >> {sink}", [sink]
    return finding(
        "PF101",
        "error",
        f"dangling output: the {what} of {names} go nowhere.",
        graph=graph,
        pipes=writers,
        streams=[stream],
        body=[
            f"{chain} >> ?",
            *(created(graph, writer) for writer in writers),
            f"Every {'result' if what == 'results' else 'one of them'} would be thrown away.",
        ],
        fix=fix,
        fixes=fixes,
        after=_left_of_a_bar(graph, writers),
    )


def _returns_nothing(pipe: Pipe) -> bool:
    functor: Any = pipe.functor
    if pipe.kind != "Transform":
        return False
    return functor is print or hints.produced(functor, "transform") is hints.Never


def _nothing_to_iterate(graph: Graph) -> Finding:
    sinks = [pipe for pipe in pipe_nodes(graph) if not pipe.has_output]
    return finding(
        "PF101",
        "error",
        "no open output: there is nothing to iterate.",
        graph=graph,
        pipes=sinks,
        body=[path_to(graph, pipe) for pipe in sinks[:3]],
        fix="run it instead:  flow.run() ,  or leave out the pipe at the end whose items you want",
        fixes=["flow.run()"],
    )


# ---------------------------------------------------------------- the slip with the bar


def _left_of_a_bar(graph: Graph, writers: list[Pipe]) -> list[str]:
    """``s1 | s2 >> a`` reads as ``s1 | (s2 >> a)``: sources left alone, in front of a chain that isn't."""
    sources = [pipe for pipe in pipe_nodes(graph) if not pipe.has_input]
    if not all(writer in sources for writer in writers):
        return []
    later = sources[max(sources.index(writer) for writer in writers) + 1 :]
    right = next((source for source in later if _reader(graph, source)), None)
    if right is None:
        return []
    left = " | ".join(spelled(graph, writer) for writer in writers)
    meant = f"({left} | {spelled(graph, right)}) >> {_reader(graph, right)}"
    chain = f"{spelled(graph, right)} >> {_reader(graph, right)}"
    hint = (
        f"Did you mean  {meant} ?  You wrote  {left} | {chain} , which Python reads as  {left} | ({chain})."
    )
    return [f"[left of a bar]  {hint}"]


def _reader(graph: Graph, pipe: Pipe) -> str:
    readers = [spelled(graph, r) for stream in after(graph, pipe) for r in after(graph, stream)]
    return readers[0] if len(readers) == 1 else f"({' | '.join(readers)})" if readers else ""


# ---------------------------------------------------------------- the documented classes


def _documented(graph: Graph) -> Iterator[Finding]:
    for stream in stream_nodes(graph):
        if before(graph, stream) and not after(graph, stream):
            yield _unread(graph, stream)
    for pipe in pipe_nodes(graph):
        if pipe.has_output and not after(graph, pipe):
            yield finding(
                "PF101",
                "warning",
                f"dangling output: {name_of(graph, pipe)!r} writes to no stream.",
                graph=graph,
                pipes=[pipe],
                body=[created(graph, pipe), "Every result is thrown away."],
                fix="give it  downstreams=[stream] , or make it a Sink",
                fixes=["downstreams=[stream]"],
            )


def _unread(graph: Graph, stream: Stream) -> Finding:
    writers = before(graph, stream)
    names = listed([name_of(graph, writer) for writer in writers])
    text = f"{name_of(graph, stream)!r} (created at {stream.place})"
    slip = _slip(graph, stream, writers)
    return finding(
        "PF101",
        "warning",
        f"dangling output: nobody reads the stream {text}.",
        graph=graph,
        pipes=writers,
        streams=[stream],
        body=[f"{names} write{'s' if len(writers) == 1 else ''} to it.", "Everything in it is thrown away."],
        fix=slip or "name it in the  upstreams=[...]  of the pipe that should read it",
        fixes=["upstreams=[...]"],
    )


def _slip(graph: Graph, stream: Stream, writers: list[Pipe]) -> str:
    """A pipe that reads what the writers read, though it does something else, may have meant their output."""
    functors = [effective(graph, writer).functor for writer in writers]
    for source in before(graph, writers[0]):
        for rival in after(graph, source):
            if rival not in writers and not any(rival.functor is functor for functor in functors):
                return (
                    f"{name_of(graph, rival)!r} reads {name_of(graph, source)!r}, "
                    f"as {name_of(graph, writers[0])!r} does. "
                    f"Did you mean  upstreams=[{name_of(graph, stream)}] ?"
                )
    return ""
