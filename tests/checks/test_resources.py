"""PF501."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
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
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0, ,3,")
    assert resources.available_gpus() == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert resources.available_gpus() == 0
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert resources.available_gpus() == 0


# ---------------------------------------------------------------- what only computes

FACTOR, TABLE = 3, {1: 2}


def by_a_constant(item: int) -> int:
    return sum(number * FACTOR for number in range(item)) if item else max(min(1, 2), FACTOR)


def squares(item: int) -> list[int]:
    found = []
    for number in range(item):
        found += [number * FACTOR]
    return found


def while_true(item: int) -> int:
    while item > 1:
        item -= 1
    return item


def for_ever(item: int) -> int:
    while True:
        item -= 1
        if item < 1:
            return item


def that_imports(item: int) -> int:
    for _ in range(item):
        import json  # noqa: F401
    return item


def that_calls_another(item: int) -> int:
    for _ in range(item):
        crunch(1)
    return item


def that_reads_a_table(item: int) -> int:
    for _ in range(item):
        TABLE[1]
    return item


def that_prints(item: int) -> int:
    for _ in range(item):
        print(item)
    return item


def that_names_nothing(item: int) -> int:
    for _ in range(item):
        nowhere(item)  # type: ignore[name-defined]  # noqa: F821
    return item


def that_calls_a_method(item: Any) -> Any:
    for each in item:
        each.wait()
    return item


async def that_awaits(item: Any) -> Any:
    for each in range(3):
        await each  # type: ignore[misc]
    return item


def that_yields(item: Any) -> Any:
    yield from range(3)


def closed_over(other: Any) -> Any:
    def loop(item: Any) -> Any:
        for _ in range(3):
            other(item)
        return item

    return loop


@pytest.mark.parametrize("functor", [crunch, squares, while_true, for_ever])
def test_what_computes(functor: Any) -> None:
    assert resources._only_computes(functor) is True


@pytest.mark.parametrize(
    "functor",
    [
        wait, call, straight, by_a_constant, that_imports, that_calls_another, that_reads_a_table,
        that_prints, that_names_nothing, that_calls_a_method, that_awaits, that_yields, len,
        closed_over(crunch),
    ],
)  # fmt: skip
def test_what_may_wait(functor: Any) -> None:
    assert resources._only_computes(functor) is False


def test_only_threads_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_has_lock", lambda: False)
    assert codes(S >> Transform(crunch) * 8 >> K, engine="thread") == []
    assert codes(S >> Transform(crunch) * 8 >> K) == ["PF501"]


# ---------------------------------------------------------------- the machine


def test_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    assert resources._has_lock() is False
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)
    assert resources._has_lock() is True
    monkeypatch.delattr(sys, "_is_gil_enabled")
    assert resources._has_lock() is True


def test_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5} if pid == 0 else {}, raising=False)
    assert resources.available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert resources.available_cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert resources.available_cores() == 1


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (["proc/driver/nvidia/gpus/0", "proc/driver/nvidia/gpus/1", "proc/self"], 2),
        (["proc/self"], 0),
        (["proc/self", "dev/kfd"], None),
        ([], None),
        (["dev/kfd"], None),
    ],
)
def test_cards(
    there: list[str], expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in there:
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(resources, "Path", lambda path: tmp_path / path.removeprefix("/"))
    assert resources.available_gpus() == expected


def test_no_cards_are_asked_for_or_they_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Transform(straight, "t").with_(resources={"num_gpus": 1, "num_cpus": 7})
    monkeypatch.setattr(resources, "available_gpus", lambda: None)
    assert codes(S >> asking * 9 >> K) == []
    monkeypatch.setattr(resources, "available_gpus", lambda: 1)
    found = only(S >> asking * 2 >> Transform(straight, "u") >> K)
    assert found.pipes == ("t",)
    assert "t*2  asks for 2" in found.message
    assert codes(S >> Transform(straight, "t").with_(resources={"num_cpus": 7}) * 2 >> K) == []
    assert codes(S >> asking.with_(resources=["num_gpus"]) * 2 >> K) == []
