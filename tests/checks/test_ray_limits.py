"""PF601 on engine "ray"."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import Sink, Stream, Transform
from tests.checks.asking import codes, only, text
from tests.checks.pieces import show, sink, source, work

S, Z, K = source("s"), work("z"), sink()
AGAIN = Z.with_(on_crash="restart")


async def fetch(item: int) -> int:
    return item


def pair(one: int, other: int) -> int:
    return one + other


def test_the_whole_text() -> None:
    assert text(S >> Transform(fetch).with_(on_crash="restart") >> K, engine="ray") == (
        "PF601 can't be restarted on engine 'ray': 'fetch' knows what a new worker wouldn't.\n"
        "    'fetch' was created at HERE.\n"
        "    Its functor is async: which of the items in flight have been dealt with is not known.\n"
        '    Fix: let a crash end the run:  fetch.with_(on_crash="fail")'
    )


def test_what_ray_can_restart() -> None:
    assert codes(S >> AGAIN >> K, engine="ray") == []
    assert codes(S >> AGAIN * 3 >> K, engine="ray") == []
    assert codes(S >> Sink(show).with_(on_crash="restart", idempotent=True), engine="ray") == []
    assert codes(S >> AGAIN >> (work("a") | work("b")) >> K, engine="ray") == []
    assert codes(S >> AGAIN.with_(ordered=True, n_processes=2) >> K, engine="ray") == []


def test_what_counts_can_t_be_restarted() -> None:
    hub = (S | source("s2")) >> AGAIN
    flow = (hub >> work("a"), hub >> work("b")) >> Transform(pair) >> K
    assert "for a join" in only(flow, engine="ray").message


def test_order_is_lost_in_front_of_and_behind_ordered_workers() -> None:
    ordered = work("o").with_(ordered=True, n_processes=2)
    assert "begin anew" in only(S >> AGAIN >> ordered >> K, engine="ray").message
    assert "restores the order" in only(S >> ordered >> AGAIN >> K, engine="ray").message


def test_initial_items_would_come_twice() -> None:
    stream = Stream()
    stream.q.put(1)
    assert "would come twice" in only(S >> stream >> AGAIN >> K, engine="ray").message
    assert codes(S >> Stream() >> AGAIN >> K, engine="ray") == []


@pytest.mark.parametrize("asked", [4, "gpu", [1]])
def test_resources_have_names(asked: Any) -> None:
    found = only(S >> Z.with_(resources=asked) >> K, engine="ray")
    assert found.fixes == ("z.with_(resources=dict(num_cpus=1))",)
    assert codes(S >> Z.with_(resources={"num_cpus": 1}) >> K, engine="ray") == []


def test_other_engines_are_not_asked() -> None:
    assert codes(S >> Z.with_(resources=4) >> K, engine="process") == []
    assert codes(S >> Transform(fetch).with_(on_crash="restart") >> K, engine="process") in ([], ["PF601"])
