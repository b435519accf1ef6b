"""PF301: a join that can't pair by origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pipeflow import origins
from pipeflow.checks._base import Finding, Severity, Target
from pipeflow.checks._drawing import listed, short, spelled
from pipeflow.checks._findings import counted, finding, kind_of
from pipeflow.checks._functors import functor_of, is_called
from pipeflow.graph import Errors, Graph, Key, after, before, effective, is_documented, name_of, routes
from pipeflow.origins import Arm, JoinPlan
from pipeflow.pipes import Pipe

_ORIGIN_TEXT = "{} start at {!r}, so you expect results of the same item to meet; they would not."


_DONE = {
    "Regulator": "batch",
    "Batch": "batch",
    "Shuffle": "shuffle",
    "Window": "take windows",
    "Unbatch": "take batches apart",
    "FlatMap": "make several items of one",
}
_OTHERWISE = "change how many items there are"


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """The documented classes pair as items arrive: there it is a warning that this may not be meant."""
    severity: Severity = "warning" if is_documented(graph) else "error"
    for plan in origins.joins(graph):
        if not plan.match.pairable and (plan.pairing == "origin" or is_documented(graph)):
            yield _unpairable(graph, plan, severity)


def _unpairable(graph: Graph, plan: JoinPlan, severity: Severity) -> Finding:
    heads = [_head(graph, arm) for arm in plan.arms]
    target = _behind(graph, plan.join)
    written = f"({', '.join(heads)}) >> {spelled(graph, target)}"
    told, consequence, first = _REASONS[plan.match.cause](graph, plan)
    name = spelled(graph, target)
    joined = f"({', '.join(heads)})"
    by_key = f'{joined} >> Join(key=attrgetter("id")) >> {name}'
    by_arrival = f'{joined} >> Join(pairing="arrival") >> {name}'
    fix = [*first, f"or pair by key:  {by_key}", f"or, if any pairing will do:  {by_arrival}"]
    fixes = [by_key, by_arrival]
    if is_documented(graph):
        consequence += " They are paired as they arrive."
        fix, fixes = [*(first or ["make the arms alike"])], list(first)
    elif not first:
        fix[0] = fix[0].removeprefix("or ")
    width = max(len(text.split("  - ")[0]) for text in told)
    return finding(
        "PF301",
        severity,
        f"join can't pair by origin: {written}",
        graph=graph,
        pipes=[plan.join, *([] if target is plan.join else [target])],
        streams=dict.fromkeys(arm.stream for arm in plan.arms),
        body=[*(_aligned(text, width) for text in told), consequence],
        fix=";\n".join(fix),
        fixes=fixes,
    )


def _aligned(text: str, width: int) -> str:
    subject, _, said = text.partition("  - ")
    return f"{subject:{width}}  - {said}"


def _head(graph: Graph, arm: Arm) -> str:
    """The pipes that an argument comes from."""
    writers = [port for writer in before(graph, arm.stream) for port in _ports(graph, writer, arm)]
    return writers[0] if len(writers) == 1 else f"({' | '.join(writers)})" if writers else "?"


def _ports(graph: Graph, writer: Pipe, arm: Arm) -> list[str]:
    """The pipe, or its ``.errors``, or both."""
    failed = [route[:1] == (Errors(),) for route in routes(graph, writer, arm.stream)]
    whole = [spelled(graph, writer)] if not all(failed) else []
    return [*whole, f"{name_of(graph, writer)}.errors"] if any(failed) else whole


def _behind(graph: Graph, join: Pipe) -> Pipe:
    """The pipe that is called with the parts, where the Join is not one that the user wrote."""
    readers = [reader for stream in after(graph, join) for reader in after(graph, stream)]
    return readers[0] if join.spreads and len(readers) == 1 else join


# ---------------------------------------------------------------- the reasons

Told = tuple[list[str], str, list[str]]
"""A line for each argument, the consequence, and a first piece of advice if there is one."""


def _counts(graph: Graph, plan: JoinPlan) -> Told:
    start = _common_start(graph, plan.arms)
    stop = {start} if start is not None else set[Pipe]()
    culprits = [_changing(graph, arm, stop) for arm in plan.arms]
    told = [_arm_text(graph, plan, number, culprit) for number, culprit in enumerate(culprits)]
    consequence = "Items that belong together would not meet."
    if start is not None:
        consequence = _ORIGIN_TEXT.format("Both" if len(plan.arms) == 2 else "All", name_of(graph, start))
    if len({_rate_of(graph, arm, stop) for arm in plan.arms} - {None}) == 1:
        return told, *_uneven(graph, plan, stop, consequence)
    return told, consequence, _later(culprits)


def _later(culprits: list[Pipe | None]) -> list[str]:
    """What each of them does is done to the joined items instead."""
    done = dict.fromkeys(_DONE.get(pipe.kind, _OTHERWISE) for pipe in culprits if pipe is not None)
    return [f"{' and '.join(done)} after the join"] if done else []


def _arm_text(graph: Graph, plan: JoinPlan, number: int, culprit: Pipe | None) -> str:
    if culprit is not None:
        return _argument(number, spelled(graph, culprit), _rate_text(effective(graph, culprit)))
    nearest = next(iter(before(graph, plan.arms[number].stream)), plan.join)
    return _argument(number, spelled(graph, nearest), "one item out for each item in")


def _rate_text(pipe: Pipe) -> str:
    consumes, produces, _ = pipe.rate
    if pipe.kind == "Shuffle":
        return f"{kind_of(pipe)}, which changes the order of the items"
    if consumes is None or produces is None:
        return f"{kind_of(pipe)}, which changes how many items there are"
    return f"{counted(produces, 'item')} out for {consumes} in"


def _changing(graph: Graph, arm: Arm, stop: set[Pipe]) -> Pipe | None:
    """The nearest pipe on the way up that doesn't send one item for each."""
    for pipe in _upward(graph, arm, stop):
        if pipe.has_input and not effective(graph, pipe).rate.keeps_origin:
            return pipe
    return None


def _uneven(graph: Graph, plan: JoinPlan, stop: set[Pipe], consequence: str) -> tuple[str, list[str]]:
    """The rates agree: then it is what the arms count that differs."""
    for pipe in [p for arm in plan.arms for p in _upward(graph, arm, stop)] + list(stop):
        name, whole = name_of(graph, pipe), effective(graph, pipe)
        if origins.leaves_out(graph, pipe):
            said = f"{name!r} drops some items, so the i-th of both sides are not made of the same."
            return said, ["drop after the join"]
        if not origins.orderly(whole):
            said = f"{name!r} finishes items in any order, so the i-th of one side is not that of the other."
            return said, [f"keep the order:  {name}.with_(ordered=True)"]
    return consequence, _later([_changing(graph, arm, stop) for arm in plan.arms])


def _rate_of(graph: Graph, arm: Arm, stop: set[Pipe]) -> Any:
    """What equals that of another arm whose count changes alike; None when that isn't known."""
    pipe = _changing(graph, arm, stop)
    if pipe is None:
        return (1, 1)
    consumes, produces, _ = effective(graph, pipe).rate
    return (consumes, produces) if consumes and produces else getattr(pipe, "counts_as", None)


def _upward(graph: Graph, arm: Arm, stop: set[Pipe]) -> Iterator[Pipe]:
    seen: set[Pipe] = set()
    wave = before(graph, arm.stream)
    while wave:
        further: list[Pipe] = []
        for pipe in wave:
            if pipe not in seen and pipe not in stop:
                seen.add(pipe)
                yield pipe
                further.extend(writer for stream in before(graph, pipe) for writer in before(graph, stream))
        wave = further


def _common_start(graph: Graph, arms: tuple[Arm, ...]) -> Pipe | None:
    """The nearest pipe that all arms come from."""
    others = [set(_upward(graph, arm, set())) for arm in arms[1:]]
    for pipe in _upward(graph, arms[0], set()):
        if all(pipe in other for other in others):
            return pipe
    return None


def _argument(number: int, through: str, said: str) -> str:
    return f"argument {number + 1} comes through  {through}  - {said}"


def _culprits(graph: Graph, plan: JoinPlan, said: Callable[[Arm], str], otherwise: str) -> list[str]:
    """A line for each argument: what is said of those that keep the others from pairing, and of the rest."""
    return [
        _argument(number, _head(graph, arm), (number in plan.match.arms and said(arm)) or otherwise)
        for number, arm in enumerate(plan.arms)
    ]


def _switch(graph: Graph, plan: JoinPlan) -> Told:
    told = [
        _argument(number, _head(graph, arm), _choice(graph, arm) or "all of them")
        for number, arm in enumerate(plan.arms)
    ]
    behind = _behind(graph, plan.join)
    merged = f"({' | '.join(_head(graph, arm) for arm in plan.arms)}) >> {spelled(graph, behind)}"
    several = is_called(behind) and functor_of(effective(graph, behind)).missing(1)
    also = f", and let {name_of(graph, behind)!r} take one item" if several else ""
    return told, "No item goes both ways, so nothing would ever meet.", [f"merge them{also}:  {merged}"]


def _choice(graph: Graph, arm: Arm) -> str:
    """What sent the items this way and not the other."""
    for pipe in _upward(graph, arm, set()):
        for stream in before(graph, pipe):
            if len(after(graph, stream)) > 1:
                return "those that it takes before another does"
            for writer in before(graph, stream):
                keys = [r[0].key for r in routes(graph, writer, stream) if r and isinstance(r[0], Key)]
                if keys:
                    return f"those for which {name_of(graph, writer)!r} returns {short(keys[0])}"
    return ""


def _copies(graph: Graph, plan: JoinPlan) -> Told:
    def said(arm: Arm) -> str:
        names = [name_of(graph, writer) for writer in _merging(graph, arm)]
        return f"{listed(names)} each send a result: {len(names)} items for one" if names else ""

    return (
        _culprits(graph, plan, said, "one item out for each item in"),
        "It is not known which of them should meet the other argument.",
        ["send each item one way only, by a Switch"],
    )


def _sources(graph: Graph, plan: JoinPlan) -> Told:
    def said(arm: Arm) -> str:
        names = [name_of(graph, writer) for writer in _merging(graph, arm)]
        return f"{listed(names)} are merged, as they come: there is no i-th item" if names else ""

    told = _culprits(graph, plan, said, "counted from its beginning")
    return told, "Items that belong together would not meet.", []


def _merging(graph: Graph, arm: Arm) -> list[Pipe]:
    """The pipes that the nearest merge on the way up brings together."""
    stream = arm.stream
    for _ in range(graph.number_of_nodes()):
        writers = before(graph, stream)
        if len(writers) != 1:
            return writers
        streams = before(graph, writers[0])
        if len(streams) != 1:
            return []
        stream = streams[0]
    return []


def _workers(graph: Graph, plan: JoinPlan) -> Told:
    def said(arm: Arm) -> str:
        many = next((pipe for pipe in _upward(graph, arm, set()) if _many(graph, pipe)), None)
        if many is None:
            return ""
        return f"{spelled(graph, many)} makes them in several workers at once: there is no i-th item"

    told = _culprits(graph, plan, said, "counted from its beginning")
    return told, "Items that belong together would not meet.", ["make them in one worker"]


def _many(graph: Graph, pipe: Pipe) -> bool:
    whole = effective(graph, pipe)
    return not whole.rate.keeps_origin and (whole.options.n_processes or 1) > 1


_REASONS: dict[str, Callable[[Graph, JoinPlan], Told]] = {
    "counts": _counts,
    "switch": _switch,
    "copies": _copies,
    "sources": _sources,
    "workers": _workers,
}
