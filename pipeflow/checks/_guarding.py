"""What can't be looked at is unchecked: that one thing, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from pipeflow.checks._base import Finding, Unchecked
from pipeflow.graph import Graph, name_of, pipe_nodes
from pipeflow.pipes import Pipe

Said = Finding | Unchecked

reraise = False
"""Tests set it: then a rule that fails is an error, not something unchecked."""


def guarded(what: str, rule: Callable[[], Iterable[Said]], pipes: tuple[str, ...] = ()) -> list[Said]:
    """All that a rule says; where it fails, what it had said until then, and that it failed.

    Args:
        what: the rule's name, as the reason has it.
        rule: called once.
        pipes: names of the pipes that are unchecked then.
    """
    said: list[Said] = []
    try:
        said.extend(rule())
    except (Exception, SystemExit) as failure:
        if reraise:
            raise
        said.append(Unchecked("", f"the check {what!r} itself failed: {_told(failure)}", pipes))
    return said


def each_pipe(graph: Graph, module: str, rule: Callable[[Pipe], Iterable[Said]]) -> Iterator[Said]:
    """What a rule says of each pipe: one whose functor can't be looked at hides nothing about the others.

    Args:
        graph: whose pipes.
        module: ``__name__`` of the rule's file.
        rule: called with each pipe.
    """
    name = module.rpartition(".")[2]
    for pipe in pipe_nodes(graph):
        yield from guarded(name, partial(rule, pipe), (name_of(graph, pipe),))


def _told(failure: BaseException) -> str:
    try:
        return f"{type(failure).__name__}: {failure}"
    except (Exception, SystemExit):  # noqa: BLE001 - the exception's class may be the user's, too
        return type(failure).__name__
