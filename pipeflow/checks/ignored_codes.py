"""PF109: a pipe ignores a code that no check has."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._drawing import listed
from pipeflow.checks._findings import created, finding
from pipeflow.graph import Graph, effective, name_of, pipe_nodes
from pipeflow.pipes import Pipe


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """``with_(ignore=...)`` takes any text: which codes there are isn't known where pipes are composed."""
    asked = [(pipe, codes) for pipe in pipe_nodes(graph) if (codes := effective(graph, pipe).options.ignore)]
    if not asked:
        return
    from pipeflow.checks._running import titles  # which finds this file, too

    known = sorted(titles())
    for pipe, codes in asked:
        strange = [code for code in codes if code not in known]
        if strange:
            yield _unknown(graph, pipe, codes, strange, known)


def _unknown(
    graph: Graph, pipe: Pipe, codes: tuple[str, ...], strange: list[str], known: list[str]
) -> Finding:
    name = name_of(graph, pipe)
    meant = {code: difflib.get_close_matches(code.upper(), known, 1, 0.8) for code in strange}
    kept = dict.fromkeys(each for code in codes for each in meant.get(code, [code]))
    fixes = [f"{name}.with_(ignore=[{', '.join(map(repr, kept))}])"]
    guess = "did you mean  " if any(meant.values()) else "leave it out:  "
    return finding(
        "PF109",
        "warning",
        f"unknown code: {name!r} ignores {listed(strange)}, which no check has.",
        graph=graph,
        pipes=[pipe],
        body=[created(graph, pipe), f"That does nothing. There are {' '.join(known)}."],
        fix=f"{guess}{fixes[0]}",
        fixes=fixes,
    )
