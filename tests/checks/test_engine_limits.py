"""PF601."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import Feedback, GraphError, Join, Pipe, Sink, Switch, Transform, balance
from pipeflow.engines._restarting import restartable
from pipeflow.graph import build_graph
from pipeflow.plan import compile_plan
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import show, sink, source, work

S1, S2, Z, K = source("s1"), source("s2"), work("z"), sink()


def test_the_whole_text() -> None:
    assert text((S1, S2) >> Z.with_(on_crash="restart") >> K) == (
        "PF601 can't be restarted: 'z' has several inputs and on_crash='restart'.\n"
        "    (s1, s2) >> z\n"
        "    'z' was created at HERE.\n"
        "    After a crash it isn't known which of the items that were being paired have been used.\n"
        "    Fix: pair in front of it:  ... >> Join() >> z\n"
        '         or let a crash end the run:  z.with_(on_crash="fail")'
    )


def test_what_can_be_restarted() -> None:
    assert codes(S1 >> Z.with_(on_crash="restart") >> K) == []
    assert codes((S1, S2) >> Z >> K) == []
    assert codes((S1, S2) >> Join() >> Z.with_(on_crash="restart") >> K) == []


def test_a_sink_must_say_that_it_may_run_twice() -> None:
    found = only(S1 >> Sink(show).with_(on_crash="restart"))
    assert found.fixes[0] == "show.with_(idempotent=True)"
    assert codes(S1 >> Sink(show).with_(on_crash="restart", idempotent=True)) == []


def test_where_no_worker_dies_alone_there_is_nothing_to_restart() -> None:
    assert codes((S1, S2) >> Z.with_(on_crash="restart") >> K, engine="thread") == []


def test_nobody_looks_at_a_timeout_in_the_callers_thread() -> None:
    timed = S1 >> Z.with_(timeout=0.2) >> K
    assert text(timed, engine="inline") == (
        "PF601 no timeout on engine 'inline': an item may keep 'z' for as long as it likes.\n"
        "    'z' was created at HERE.\n"
        "    For its timeout of 0.2 s somebody must look while it works, and it works in your thread.\n"
        '    Fix: run it on another engine, threads for instance:  .run("thread")'
    )
    assert report(timed, engine="inline").ok
    for engine in ("thread", "process"):
        assert codes(timed, engine=engine) == []
    assert codes(S1 >> Z >> K, engine="inline") == []


# ---------------------------------------------------------------- what the engine refuses, and nothing else

A: Pipe = work("a").with_(on_crash="restart")


async def waiting(item: int) -> int:
    return item


def three(pipe: Any, ordered: bool = True) -> Any:
    return pipe.with_(n_processes=3, ordered=ordered)


def diamond(hub: Any) -> Any:
    return (hub >> work("b"), hub >> work("c")) >> Z >> K


def looped(pipe: Any) -> Any:
    loop = Feedback(init=[])
    return (S1 | loop) >> pipe >> Switch(len, "sw") >> {1: K, 2: loop}


SHAPES: dict[str, Any] = {
    "plain": S1 >> A >> K,
    "several workers": S1 >> A * 3 >> K,
    "async": S1 >> Transform(waiting).with_(on_crash="restart") >> K,
    "copied": S1 >> A >> (work("b") | work("c")) >> K,
    "split": S1 >> A >> (sink("k1"), sink("k2")),
    "merged": (S1 | S2) >> A >> K,
    "failures elsewhere": S1 >> A >> K | A.errors >> sink("k2"),
    "joins": (S1, S2) >> A >> K,
    "joins, several workers": (S1, S2) >> A * 2 >> K,
    "behind a join": (S1, S2) >> Join() >> A >> K,
    "before a join": (S1 >> A, S2) >> Z >> K,
    "in an arm": (S1 >> work("b") >> A, S1 >> work("b") >> work("c")) >> Z >> K,
    "in an arm of a diamond": ((S1 >> Z) >> A, (S1 >> Z) >> work("c")) >> work("y") >> K,
    "a fork": diamond(S1 >> A),
    "one behind a fork": (S1 >> work("h") >> A >> work("b"), S1 >> work("h2") >> work("c")) >> Z >> K,
    "in a loop": looped(A),
    "before a loop": (S1 >> A | S2) >> K,
    "a switch": S1 >> Switch(len, "sw").with_(on_crash="restart") >> {1: K, 2: sink("k2")},
    "competing": S1 >> balance(A, work("b")) >> K,
    "ordered": S1 >> three(A) >> K,
    "before ordered": S1 >> A >> three(work("b")) >> K,
    "workers before ordered": S1 >> A * 2 >> three(work("b")) >> K,
    "behind ordered": S1 >> three(work("b")) >> A >> K,
    "workers behind ordered": S1 >> three(work("b")) >> A * 2 >> K,
    "between ordered": S1 >> three(work("b")) >> A >> three(work("c")) >> K,
    "ordered in front of a join": (S1 >> three(A), S2) >> Z >> K,
    "joins, ordered": (S1, S2) >> three(A) >> K,
    "a sink": S1 >> sink().with_(on_crash="restart", idempotent=True),
    "a sink behind ordered": S1 >> three(work("b")) >> sink().with_(on_crash="restart", idempotent=True),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_as_the_engine_does(shape: str) -> None:
    graph = build_graph(SHAPES[shape])
    try:
        restartable(compile_plan(graph))
        refused = False
    except GraphError:
        refused = True
    said = [finding for finding in report(SHAPES[shape]).findings if finding.code == "PF601"]
    assert bool(said) == refused
    for finding in said:
        assert finding.fixes[-1].endswith('.with_(on_crash="fail")')


def test_what_is_put_in_its_place_helps() -> None:
    passing = Transform(lambda item: item, "pass")
    assert codes(diamond(S1 >> A)) == ["PF601"]
    assert codes(diamond(S1 >> A >> passing)) == []
    assert codes(S1 >> A >> three(work("b")) >> K) == ["PF601"]
    assert codes(S1 >> A >> passing >> three(work("b")) >> K) == []
    assert codes(S1 >> three(work("b")) >> A >> K) == ["PF601"]
    assert codes(S1 >> three(work("b")) >> passing >> A >> K) == []


# ---------------------------------------------------------------- what waits for nothing


def test_several_items_in_flight_are_of_no_use_to_a_plain_function() -> None:
    async def waiting(x: int) -> int:
        return x

    class Client:
        async def run(self, x: int) -> int:
            return x

    plain = S1 >> Z.with_(concurrency=8) >> K
    assert text(plain) == (
        "PF601 concurrency=8 does nothing: the functor of 'z' is no  async def .\n"
        "    'z' was created at HERE.\n"
        "    Only what awaits lets other items go on meanwhile: this one has an item in hand at a time.\n"
        "    Fix: make it an  async def,  or use several workers:  z.with_(n_processes=8)"
    )
    assert report(plain).ok
    for functor in (waiting, Client()):
        assert codes(S1 >> Transform(functor).with_(concurrency=8) >> K) == []
    assert codes(S1 >> Transform.of(Client).with_(concurrency=8) >> K) == []
    assert codes(S1 >> Z.with_(concurrency=1) >> K) == []
