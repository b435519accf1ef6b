"""PF303 and what really happens: what it refuses locks up, and runs once the named sizes are given."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipeflow import PipeError, Rate, Regulator, Source, Stream, Transform
from pipeflow.checks import Finding
from pipeflow.system import PipeSystem
from tests.checks.asking import report
from tests.functors import collected, collector

ITEMS = 72
Given = dict[str, int]


def regulate(consumes: int, produces: int) -> Any:
    def change() -> Any:
        held: list[Any] = []
        while True:
            held.append((yield))
            if len(held) == consumes:
                for number in range(produces):
                    yield held[number % consumes]
                held = []

    return Regulator(change, f"{consumes}to{produces}", rate=Rate(consumes, produces))


def both(*parts: Any) -> tuple[Any, ...]:
    return parts


def diamond(arms: list[list[tuple[int, int]]], given: Given) -> Any:
    """A fork and a join, between them arms of pipes with rates; `given`: the sizes of streams by name."""
    hub: Any = Source(range(ITEMS), "s") >> Transform(abs, "hub")
    made: list[Any] = []
    for number, rates in enumerate(arms):
        arm = hub
        for place, rate in enumerate(rates):
            name = f"{'abc'[number]}{place}"
            pipe = Transform(abs, name) if rate == (1, 1) else regulate(*rate).with_(name=name)
            arm = arm >> _stream(name, given) >> pipe if name in given else arm >> pipe
        name = f"{'abc'[number]}end"
        made.append(arm >> _stream(name, given) if name in given else arm)
    return tuple(made) >> Transform(both, "z") >> collector()


def _stream(name: str, given: Given) -> Stream:
    return Stream(name, buffer_size=given[name])


def ends(flow: Any, engine: str = "inline") -> bool:
    """Whether it comes to its end, unchecked, no stream growing."""
    system = flow.compile(engine, grow=False, check=False)
    system.run()
    if engine == "inline":
        try:
            system.close()
        except PipeError as error:
            return "is full, and its reader waits for something else" not in str(error)
        return True
    return _ends_elsewhere(system)


def _ends_elsewhere(system: PipeSystem) -> bool:
    """Locked is what has not moved for a while, though everybody says that he waits."""
    run: Any = system._run
    seen: list[Any] = []
    while not run.wait(0.1):
        waiting = run.supervisor.alive - run.supervisor._said_over <= run.supervisor.blocked
        seen.append(waiting and {worker: each.taken for worker, each in run.readings().items()})
        if len(seen) > 10 and seen[-1] and all(each == seen[-1] for each in seen[-10:]):
            system.stop(1)
            return False
    system.close()
    return True


def refused(flow: Any) -> list[Finding]:
    return [finding for finding in report(flow).errors if finding.code == "PF303"]


def sizes(found: list[Finding]) -> Given:
    """The sizes that the fixes name."""
    named: Given = {}
    for finding in found:
        for fix in finding.fixes:
            name, size = fix.split("Stream('")[1].split("', buffer_size=")
            named[name] = int(size.split(")")[0])
    return named


SLOW = [(8, 1), (1, 8)]


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_it_locks_up_with_a_size_that_is_refused(engine: str) -> None:
    flow = diamond([SLOW, []], {"bend": 5})
    assert refused(flow)
    assert not ends(flow, engine)


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_it_ends_with_the_size_that_is_named(engine: str) -> None:
    named = sizes(refused(diamond([SLOW, []], {"bend": 3})))
    assert named == {"bend": 7}
    flow = diamond([SLOW, []], named)
    assert not refused(flow)
    assert ends(flow, engine)


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_it_ends_without_sizes_and_nothing_has_to_grow(engine: str) -> None:
    assert ends(diamond([SLOW, [(1, 1)]], {}), engine)


def test_more_than_streams_without_a_size_have_otherwise() -> None:
    hub = Source(range(300), "s") >> Transform(abs, "hub")
    slow = hub >> regulate(100, 1) >> regulate(1, 100)
    assert ends((slow, hub) >> Transform(both, "z") >> collector(), "thread")
    large = Source([np.zeros(1 << 17)] * 16, "s") >> Transform(np.negative, "hub")
    slow = large >> regulate(8, 1) >> regulate(1, 8)
    counted = Transform(lambda *parts: len(parts), "z") >> collector()
    assert ends((slow, large) >> counted, "process"), "4 MiB hold four of them"


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_a_stream_that_was_given_too_little_grows_and_the_report_says_so(engine: str) -> None:
    system = diamond([SLOW, []], {"bend": 3}).compile(engine, check=False)
    system.run()
    system.close()
    assert system.report is not None
    assert len(collected(system.report)) == ITEMS
    assert [
        note for note in system.report.notes if note.startswith("stream 'bend' was given room for 6 items")
    ]
    assert len(system.report.notes) == 1


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
def test_the_same_where_the_caller_takes_the_items(engine: str) -> None:
    hub = Source(range(ITEMS), "s") >> Transform(abs, "hub")
    slow = hub >> regulate(8, 1) >> regulate(1, 8)
    flow = (slow, hub >> Stream("x", buffer_size=3)) >> Transform(both, "z")
    with flow.stream(engine=engine, check=False) as items:
        assert len(list(items)) == ITEMS


def cases(seed: int, count: int) -> Iterator[tuple[list[list[tuple[int, int]]], Given]]:
    """Arms whose counts are equal in the end, with small sizes here and there."""
    rng = random.Random(seed)
    rates = [(1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (6, 1), (1, 6), (3, 2), (2, 3), (4, 1), (1, 4)]
    for _ in range(count):
        arms: list[list[tuple[int, int]]] = []
        for _ in range(rng.choice((2, 2, 3))):
            there = rng.sample(rates, rng.randint(0, 2))
            back = [(produces, consumes) for consumes, produces in there]
            arms.append([*there, *rng.sample(back, len(back)), *[(1, 1)] * rng.randint(0, 1)])
        names = [f"{'abc'[n]}{place}" for n, arm in enumerate(arms) for place in (*range(len(arm)), "end")]
        yield arms, {name: rng.randint(1, 3) for name in names if rng.random() < 0.7}


def test_random_diamonds() -> None:
    locked = 0
    for arms, given in cases(seed=5, count=80):
        flow = diamond(arms, given)
        found = refused(flow)
        if found:
            assert not ends(flow), f"{arms} {given} was refused, and runs"
            mended = diamond(arms, {**given, **sizes(found)})
            assert ends(mended), f"{arms} {given} locks up with {sizes(found)} too"
            locked += 1
    assert locked > 5


def test_who_awaits_something_does_not_wait_for_others() -> None:
    async def slow(item: int) -> int:
        await asyncio.sleep(0.3)
        return item

    work = Transform(slow).with_(concurrency=2, buffer_size=1)
    report = (Source(range(9), "s") >> work >> collector()).run(engine="thread")
    assert sorted(collected(report)) == list(range(9))
    assert report.notes == ()
