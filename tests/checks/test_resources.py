"""PF501."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pipeflow import Transform
from pipeflow.checks import resources
from tests.checks.asking import codes, only, text
from tests.checks.pieces import sink, source

S, K = source("s"), sink()


def crunch(item: int) -> int:
    total = 0
    for number in range(item):
        total += number * number
    return total


def wait(item: int) -> int:
    for _ in range(3):
        time.sleep(1)
    return item


def call(item: int) -> int:
    return crunch(item)


def straight(item: int) -> int:
    return item + 1


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_cores", lambda: 2)
    monkeypatch.setattr(resources, "available_gpus", lambda: 1)
    monkeypatch.setattr(resources, "_has_lock", lambda: True)


def test_the_whole_text() -> None:
    assert text(S >> Transform(crunch) * 8 >> K) == (
        "PF501 more workers than cores: crunch*8 on 2 cores.\n"
        "    'crunch' was created at HERE.\n"
        "    'crunch' only computes, so the further 6 wait for a core.\n"
        "    Fix: as many as there are cores:  crunch * 2"
    )
    assert only(S >> Transform(crunch) * 8 >> K).severity == "note"


def test_as_many_as_there_are_cores() -> None:
    assert codes(S >> Transform(crunch) * 2 >> K) == []


@pytest.mark.parametrize("functor", [wait, call, straight, lambda item: item, len])
def test_what_may_wait_may_have_many(functor: Any) -> None:
    assert codes(S >> Transform(functor, "t") * 8 >> K) == []


def test_threads_take_turns() -> None:
    found = only(S >> Transform(crunch) * 2 >> K, engine="thread")
    assert found.fixes == ('engine="process"',)
    assert codes(S >> Transform(crunch) >> K, engine="thread") == []
    assert codes(S >> Transform(crunch) * 8 >> K, engine="inline") == []


def test_gpus() -> None:
    asking = Transform(straight, "t").with_(resources={"num_gpus": 1})
    found = only(S >> asking * 2 >> K)
    assert found.title == "more GPUs than there are: 2 asked for, 1 GPU here."
    assert codes(S >> asking >> K) == []
    assert codes(S >> asking * 2 >> K, engine="ray") == []
    assert codes(S >> asking.with_(resources={"num_gpus": "many"}) * 2 >> K) == []


def test_the_real_machine_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert resources.available_cores() >= 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert resources.available_gpus() == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert resources.available_gpus() == 0
