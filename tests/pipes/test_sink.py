"""Sink: where items end."""

from __future__ import annotations

from typing import Any

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from pipeflow.pipes.concurrent import ConcurrentStep
from tests.functors import Collect
from tests.pipes.feeding import send, send_joined


def test_it_calls_and_sends_nothing() -> None:
    seen: list[Any] = []
    assert send(pf.Sink(seen.append), [1, None, 2]) == []
    assert seen == [1, None, 2]


def test_behind_a_join_with_one_argument_for_each() -> None:
    seen: list[Any] = []
    send_joined(pf.Sink(lambda *args: seen.append(args)), [(1, 2)])
    assert seen == [(1, 2)]


def test_what_local_term_returns_is_its_result() -> None:
    step = pf.Sink(Collect()).step(StepContext("x"))
    step.feed(1)
    step.feed(2)
    assert step.close() == [1, 2]


def test_coroutines_send_nothing_either() -> None:
    async def save(x: int) -> int:
        return x

    step: Any = pf.Sink(save).step(StepContext("x"))
    assert isinstance(step, ConcurrentStep)
    assert not step.sends
    step.close()


def test_nothing_leaves() -> None:
    assert pf.Sink(print).rate == pf.Rate(1, 0)
    assert pf.Sink(print).expression.exit is None
