"""Finding the rules, running them all, and deciding what of it is reported."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from types import ModuleType

import pipeflow.checks as package
from pipeflow.checks._base import SEVERITIES, Finding, Report, Target, Unchecked
from pipeflow.checks._functors import forget
from pipeflow.checks._guarding import guarded
from pipeflow.choices import no_flag
from pipeflow.choices import unknown as unknown_word
from pipeflow.errors import GraphError
from pipeflow.expression import is_a
from pipeflow.graph import Graph, effective, name_of, pipe_nodes, stream_nodes

Rule = Callable[[Graph, Target], Iterator[Finding | Unchecked]]

_TITLE = re.compile(r"^(PF\d+): (.+?)\.?$", re.MULTILINE)


@functools.cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(
        importlib.import_module(f"{package.__name__}.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
        if not info.name.startswith("_") and not info.ispkg
    )


def rules() -> dict[str, Rule]:
    """The rules by the name of their file."""
    return {module.__name__.rpartition(".")[2]: module.check for module in _modules()}


def titles() -> dict[str, str]:
    """Every code and what it means, from the first lines of the rules' own files."""
    found: dict[str, str] = {}
    for module in _modules():
        found.update(_TITLE.findall(module.__doc__ or ""))
    return found


def check(
    graph: Graph, target: Target | None = None, *, strict: bool = False, ignore: Collection[str] = ()
) -> Report:
    """Everything that is wrong with a graph. Starts nothing, and never raises on a user's graph.

    Args:
        graph: from `build_graph`.
        target: what it is to be run on, and how; left out, the default engine.
        strict: warnings count as errors.
        ignore: codes that are not reported.

    Raises:
        GraphError: `ignore` names a code that no check has, `strict` is no flag.
    """
    target = target or Target()
    _must_be_codes(ignore)
    if wrong := no_flag("strict", strict):
        raise GraphError(wrong)
    found: list[Finding] = []
    unknown: list[Unchecked] = []
    for name, rule in rules().items():
        for said in guarded(name, functools.partial(rule, graph, target)):
            if isinstance(said, Finding):
                found.append(said)
            else:
                unknown.append(said)
    forget()
    silent = _ignored(graph)
    order = {name_of(graph, pipe): number for number, pipe in enumerate(pipe_nodes(graph))}
    reported = [
        _promoted(finding, strict or target.strict)
        for finding in found
        if finding.code not in ignore and not any(finding.code in silent.get(n, ()) for n in finding.pipes)
    ]
    reported.sort(key=lambda finding: _position(finding, order))
    return Report(
        tuple(reported),
        tuple(each for each in unknown if each.code not in ignore),
        len(pipe_nodes(graph)),
        len(stream_nodes(graph)),
    )


def _ignored(graph: Graph) -> dict[str, tuple[str, ...]]:
    """The codes that each pipe's own options silence."""
    return {
        name_of(graph, pipe): codes
        for pipe in pipe_nodes(graph)
        if (codes := effective(graph, pipe).options.ignore)
    }


def _must_be_codes(ignore: Collection[str]) -> None:
    if isinstance(ignore, str) or not is_a(ignore, Collection):
        raise GraphError(f"ignore must be a list of codes such as ['PF302'], not {ignore!r}")
    for code in ignore:
        if wrong := unknown_word("code to ignore", code, sorted(titles())):
            raise GraphError(wrong)


def _promoted(finding: Finding, strict: bool) -> Finding:
    return replace(finding, severity="error") if strict and finding.severity == "warning" else finding


def _position(finding: Finding, order: dict[str, int]) -> tuple[int, str, int]:
    first = min((order[name] for name in finding.pipes if name in order), default=-1)
    return SEVERITIES.index(finding.severity), finding.code, first
