"""Writing findings: the layout that all messages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeflow.checks._base import Finding, Severity
from pipeflow.graph import Graph, effective, name_of
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream

INDENT = "    "


def finding(
    code: str,
    severity: Severity,
    title: str,
    *,
    graph: Graph,
    pipes: Iterable[Pipe] = (),
    streams: Iterable[Stream] = (),
    body: Sequence[str] = (),
    fix: str = "",
    fixes: Sequence[str] = (),
    after: Sequence[str] = (),
) -> Finding:
    """A finding with its whole text.

    Args:
        code: PFnnn.
        severity: how bad it is.
        title: one line, without the code.
        graph: names the pipes.
        pipes: what it is about, the one to blame first.
        streams: what it is about.
        body: where it is and what would happen, a line each.
        fix: what to do; further lines are indented as written.
        fixes: what can be pasted, piece by piece.
        after: lines behind the fix.
    """
    about = list(dict.fromkeys(pipes))
    text = [f"{code} {title}", *(INDENT + line for line in body)]
    if fix:
        first, *more = fix.split("\n")
        text.append(f"{INDENT}Fix: {first}")
        text.extend(f"{INDENT}     {line}" for line in more)
    text.extend(INDENT + line for line in after)
    return Finding(
        code,
        severity,
        title,
        tuple(name_of(graph, pipe) for pipe in about),
        "\n".join(text),
        tuple(fixes),
        tuple(effective(graph, pipe).place for pipe in about),
        tuple(name_of(graph, stream) for stream in dict.fromkeys(streams)),
    )


def created(graph: Graph, pipe: Pipe) -> str:
    """``'sum' was created at train.py:12.``"""
    place = effective(graph, pipe).place
    return f"{name_of(graph, pipe)!r} was created at {place}."


def counted(number: int, noun: str) -> str:
    """``1 value``, ``3 values``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def kind_of(pipe: Pipe) -> str:
    """The kind of a pipe with its article: ``a Regulator``."""
    return f"{'an' if pipe.kind[:1] in 'AEIOU' else 'a'} {pipe.kind}"
