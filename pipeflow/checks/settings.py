"""PF202: the number of parts or streams against branches and parameters."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._classes import is_class, says_what_it_takes
from pipeflow.checks._code import receives
from pipeflow.checks._drawing import listed
from pipeflow.checks._findings import finding
from pipeflow.checks._functors import Functor, arguments_of, functor_of, is_called
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._keywords import Keywords, keywords_of, twice
from pipeflow.graph import Graph, effective, is_documented, name_of
from pipeflow.pipes import Pipe
from pipeflow.places import Place, cell_number

_CALLED_ONCE = ("Source", "Regulator")


@dataclass(frozen=True)
class Called:
    """A functor or its ``local_init``, and what is wrong with the settings it is called with.

    Attributes:
        name: as the title has it.
        line: where it is, and its ``def``.
        when: it is called.
        missing: the names that nobody gives.
        strange: those given that it has not.
        known: those it has, and nothing else gives.
        settable: whether ``init_kwargs`` arrive there.
    """

    name: str
    line: str
    when: str
    missing: list[str]
    strange: list[str]
    known: list[str]
    settable: bool = True


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """``init_kwargs`` against the parameters of ``local_init``, else of the functor itself."""
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe))


def _judged(graph: Graph, pipe: Pipe) -> Iterator[Finding]:
    if pipe.functor is None:
        return
    functor = functor_of(effective(graph, pipe))
    keywords = keywords_of(functor)
    items = (arguments_of(graph, pipe) or 0) if is_called(pipe) else 0
    doubled = twice(functor, items)
    if doubled:
        yield _doubled(graph, pipe, functor, doubled)
        return
    if keywords is not None and keywords.method:
        init = _local_init(graph, pipe, functor, keywords)
        if init.missing or init.strange:
            yield _wrong(graph, pipe, functor, init)
        own = replace(_functor(graph, pipe, functor, None, items), settable=False)
    else:
        own = _functor(graph, pipe, functor, keywords, items)
    if own.missing or own.strange:
        yield _wrong(graph, pipe, functor, own)


def _local_init(graph: Graph, pipe: Pipe, functor: Functor, keywords: Keywords) -> Called:
    name, place = name_of(graph, pipe), keywords.place
    where = Place(place.file or "", place.line or 0, cell_number(place.file or ""))
    return Called(
        f"local_init of {name!r}",
        f"{name}  ({where})  {place.source_line or ''}".rstrip(),
        "It is called once in each worker, to begin with.",
        [each for each in keywords.needed if each not in functor.given],
        _strange(functor, keywords),
        list(keywords.by_name),
    )


def _functor(graph: Graph, pipe: Pipe, functor: Functor, keywords: Keywords | None, items: int) -> Called:
    name = name_of(graph, pipe)
    when = "Every item would fail."
    if pipe.kind in _CALLED_ONCE:
        when = f"The functor of a {pipe.kind} is called once, without items, to begin with."
    return Called(
        repr(name),
        f"{name}  ({functor.place})  {functor.source_line}".rstrip(),
        when,
        functor.missing(0) if _is_called_alone(pipe, functor) else [],
        [] if keywords is None else _strange(functor, keywords),
        []
        if keywords is None
        else [each for each in keywords.by_name if each not in keywords.by_position[:items]],
    )


def _is_called_alone(pipe: Pipe, functor: Functor) -> bool:
    """Whether its settings are all that it is called with."""
    if pipe.kind not in _CALLED_ONCE or not functor.facts.has_signature:
        return False
    if is_class(functor):
        return pipe.kind == "Source" and says_what_it_takes(functor)
    if functor.facts.form in ("started_generator", "iterable"):
        return False
    # Of a Regulator that never receives PF203 says what is wrong with it.
    return pipe.kind != "Regulator" or bool(functor.function and receives(functor.function))


def _strange(functor: Functor, keywords: Keywords) -> list[str]:
    return [] if keywords.takes_any else [name for name in functor.given if name not in keywords.by_name]


# ---------------------------------------------------------------- what is said


def _wrong(graph: Graph, pipe: Pipe, functor: Functor, called: Called) -> Finding:
    if not called.strange:
        title = f"{called.name} needs {listed(called.missing)}, which nobody gives it."
        fixes = [f"{pipe.kind}({_spelled(functor)}, {_settings(called.missing)})"]
        fix = f"say it where the pipe is made:  {fixes[0]}"
        if not called.settable:
            fixes = ["def run(self):"]
            fix = f"keep it in  local_init , where init_kwargs arrive:  {fixes[0]}"
    else:
        needs = f"needs {listed(called.missing)} and " if called.missing else ""
        title = f"{called.name} {needs}takes no {listed(called.strange)}, which init_kwargs give it."
        fix, fixes = _replaced(functor, called)
    takes = f"By name it takes {listed(called.known)}." if called.known and called.strange else ""
    body = [called.line, *([takes] if takes else []), called.when]
    return _finding(graph, pipe, title, body, fix, fixes)


def _replaced(functor: Functor, called: Called) -> tuple[str, list[str]]:
    """What was probably meant by a name that isn't one."""
    free = [*called.missing, *(name for name in called.known if name not in called.missing)]
    free = [name for name in free if name not in functor.given]
    meant: dict[str, str] = {}
    for name in called.strange:
        near = difflib.get_close_matches(name, [each for each in free if each not in meant.values()], 1)
        meant.update((name, each) for each in near)
    kept = [meant.get(name, name) for name in functor.given if name in meant or name not in called.strange]
    fixes = [_settings([*kept, *(name for name in called.missing if name not in kept)])]
    if meant:
        said = ", ".join(f"{new!r} instead of {old!r}" for old, new in meant.items())
        return f"did you mean {said}?  {fixes[0]}", fixes
    return f"give it only what it takes:  {fixes[0]}", fixes


def _doubled(graph: Graph, pipe: Pipe, functor: Functor, names: list[str]) -> Finding:
    name = name_of(graph, pipe)
    fixes = [_settings([each for each in functor.given if each not in names])]
    return _finding(
        graph,
        pipe,
        f"{name!r} is given {listed(names)} twice: by position and by init_kwargs.",
        [f"{name}  ({functor.place})  {functor.source_line}".rstrip(), "Every call would fail."],
        f"leave it out:  {fixes[0]} ,  or let items be taken by the first parameters, settings by the last",
        fixes,
    )


def _spelled(functor: Functor) -> str:
    return f"{functor.spelled}(...)" if functor.facts.form in ("instance", "callable") else functor.spelled


def _settings(names: Iterable[str]) -> str:
    return f"init_kwargs=dict({', '.join(f'{name}=...' for name in names)})"


def _finding(graph: Graph, pipe: Pipe, title: str, body: list[str], fix: str, fixes: list[str]) -> Finding:
    return finding(
        "PF202",
        "warning" if is_documented(graph) else "error",
        f"arity mismatch: {title}",
        graph=graph,
        pipes=[pipe],
        body=body,
        fix=fix,
        fixes=fixes,
    )
