"""PF201: type mismatch between two pipes."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow import hints
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed, path_to
from pipeflow.checks._findings import created, finding
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._items import Items, ItemTypes, union_of
from pipeflow.checks._iterating import has_no_items, is_text
from pipeflow.graph import Graph, effective, is_documented, name_of, pipe_nodes
from pipeflow.hints.unions import arms
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """What `unbatch` is given must have items inside; of which type, it doesn't say."""
    if not any(pipe.takes_apart for pipe in pipe_nodes(graph)):
        return iter(())
    items = ItemTypes(graph)
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, items, pipe))


def _judged(graph: Graph, items: ItemTypes, pipe: Pipe) -> Iterator[Finding]:
    arguments = items.arguments(pipe) if pipe.takes_apart else []
    if len(arguments) != 1 or effective(graph, pipe).options.unchecked:
        return  # what is joined is a tuple
    received = arguments[0]
    makers = list(dict.fromkeys(item.maker for item in received if item.maker is not None))
    if any(effective(graph, maker).options.unchecked for maker in makers):
        return
    if has_no_items(union_of(received), by_index=True):
        yield _mismatch(graph, pipe, received, makers)


def _mismatch(graph: Graph, pipe: Pipe, received: Items, makers: list[Pipe]) -> Finding:
    name, shown = name_of(graph, pipe), hints.show(union_of(received))
    makes = "produce" if len(makers) > 1 else "produces"
    sending = listed([name_of(graph, maker) for maker in makers]) if makers else "what is in front"
    text = all(is_text(arm) for arm in arms(union_of(received)))
    why = "text is one item, not a batch of letters" if text else f"{shown} has none inside"
    fixes = [f"{name}.with_(unchecked=True)"]
    return finding(
        "PF201",
        "warning" if is_documented(graph) else "error",
        f"type mismatch: {sending} {makes} {shown}, {name!r} takes batches.",
        graph=graph,
        pipes=[*makers, pipe],
        body=[path_to(graph, pipe, 2), created(graph, pipe), f"It sends the items of each batch; {why}."],
        fix=f"leave {name!r} out, or put something in front that makes lists.",
        fixes=fixes,
        after=[f"If the annotations are wrong on purpose:  {fixes[0]}"],
    )
