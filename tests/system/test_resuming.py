"""A stream that is left and gone on with: every item is delivered once, over both."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.flow import Flow
from tests.system.runs import double, endless, numbers

IN_PROCESSES = ("a class", "workers", "parts", "async")


class Lines:
    """A source that says where it is."""

    def __init__(self, n: int) -> None:
        self.n, self.at = n, 0

    def run(self) -> Iterator[int]:
        while self.at < self.n:
            self.at += 1
            yield self.at - 1

    def state_dict(self) -> dict[str, int]:
        return {"at": self.at}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.at = state["at"]


def not_thirds(x: int) -> int | None:
    return x if x % 3 else None


def some(x: int) -> list[float | None]:
    return [x + part / 10 if part != 1 else None for part in range(x % 4)]


async def awaited(x: float) -> float | None:
    return x if x % 7 else None


def fail_on_tens(x: int) -> int:
    if x % 10 == 0:
        raise ValueError(x)
    return x


def flat(item: Any) -> list[Any]:
    return [part for each in item for part in flat(each)] if isinstance(item, list) else [item]


def read(
    flow: Flow, engine: str, leave_after: Iterator[int], state: Any = None
) -> tuple[list[Any], list[Any]]:
    """Read with a break after each of `leave_after` items, then to the end; the items, and the states."""
    items: list[Any] = []
    states: list[Any] = []
    while True:
        with flow.stream(engine, resumable=True) as stream:  # type: ignore[attr-defined]
            if states:
                stream.load_state_dict(json.loads(json.dumps(states[-1])))
            left = next(leave_after, None)
            for item in stream:
                items.append(item)
                left = None if left is None else left - 1
                if left == 0:
                    break
            states.append(stream.state_dict())
            if left is None:
                return items, states


FLOWS: dict[str, Any] = {
    "a list": lambda: pf.Source(list(range(60))) >> pf.Transform(double),
    "a class": lambda: pf.Source(Lines(60)) >> pf.Transform(double),
    "dropped": lambda: pf.Source(range(60)) >> pf.Transform(not_thirds) >> pf.filter(lambda x: x % 5),
    "shuffled": lambda: pf.Source(Lines(60)) >> pf.shuffle(10) >> pf.Transform(double),
    "batches": lambda: pf.Source(range(60)) >> pf.Transform(not_thirds) >> pf.batch(7),
    "batches of batches": lambda: pf.Source(range(60)) >> pf.batch(3) >> pf.batch(4) >> pf.Transform(flat),
    "workers": lambda: pf.Source(range(60)) >> pf.Transform(double) * 3 >> pf.shuffle(5) >> pf.batch(4),
    "parts": lambda: pf.Source(range(60)) >> pf.flat_map(some) >> pf.shuffle(9) >> pf.batch(5),
    "parts of parts": lambda: pf.Source(range(20)) >> pf.Transform(lambda x: [[x, x], [], [x]])
    >> pf.unbatch() >> pf.unbatch() >> pf.shuffle(4),
    "async": lambda: pf.Source(range(60)) >> pf.flat_map(some) >> pf.Transform(awaited).with_(concurrency=4),
    "skipped": lambda: pf.Source(range(60)) >> pf.Transform(fail_on_tens).with_(on_error="skip"),
    "sources' None": lambda: pf.Source([1, None, 2, None, None, 3, None]) >> pf.Transform(double),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "engine"),
    [(name, engine) for name in FLOWS for engine in ("inline", "thread")]
    + [(name, "process") for name in IN_PROCESSES],
)
def test_every_item_once(name: str, engine: str, no_process_left: None) -> None:
    wanted = sorted(flat(list(FLOWS[name]().stream("inline"))))
    items, states = read(FLOWS[name](), engine, iter([1, 3, 2]))
    assert sorted(flat(items)) == wanted
    assert len(states) == 4
    assert states[-1]["items"] == len(items)


@pytest.mark.parametrize("seed", range(10))
def test_wherever_it_is_left(seed: int) -> None:
    some_numbers = random.Random(seed)
    flow = pf.Source(Lines(100)) >> pf.flat_map(some) >> pf.shuffle(20, seed) >> pf.batch(3)
    breaks = [some_numbers.randint(1, 12) for _ in range(8)]
    items, _ = read(flow, "thread", iter(breaks))
    wanted = [value for x in range(100) for value in some(x) if value is not None]
    assert sorted(flat(items)) == sorted(wanted)


def test_the_order_of_a_plain_chain_is_kept() -> None:
    items, states = read(pf.Source(Lines(30)) >> double, "process", iter([4, 9]))
    assert items == [2 * number for number in range(30)]
    assert states[0] == {
        "version": 1,
        "pipes": ["Source", "Transform"],
        "items": 4,
        "source": {"at": 4},
        "ahead": [],
    }


def test_what_was_read_ahead_is_not_counted() -> None:
    with (pf.Source(Lines(1000)) >> pf.shuffle(100, seed=1) >> pf.batch(5)).stream(
        "process", resumable=True
    ) as stream:
        batch = next(stream)
        state = stream.state_dict()
    assert state["source"] is None or state["source"]["at"] <= min(batch) + 1
    assert len(state["ahead"]) in (4, 5)


def test_options_may_differ_when_it_goes_on() -> None:
    first = (pf.Source(range(40)) >> double >> pf.batch(4)).stream("inline", resumable=True)
    items = [next(first), next(first)]
    state = first.state_dict()
    first.close()
    second = (pf.Source(range(40)) >> pf.Transform(double) * 2 >> pf.batch(16)).stream(
        "thread", resumable=True
    )
    second.load_state_dict(state)
    assert sorted(flat(items + list(second))) == [2 * number for number in range(40)]


def test_the_callers_source_stays_where_it_is() -> None:
    lines = Lines(5)
    stream = (pf.Source(lines) >> double).stream("inline", resumable=True)
    assert len(list(stream)) == 5
    assert lines.at == 0


def test_a_failure_shows_the_item_itself() -> None:
    with pytest.raises(pf.PipeError, match="fail_on_tens") as raised:
        list((pf.Source(range(1, 20)) >> pf.Transform(fail_on_tens)).stream("inline", resumable=True))
    assert raised.value.item_repr == "10"


REFUSED: dict[str, tuple[Any, str]] = {
    "a generator": (lambda: pf.Source(numbers) >> double, "numbers.*can't say where it is"),
    "a set": (lambda: pf.Source({1, 2}) >> double, "can't say where it is"),
    "a regulator": (lambda: pf.Source([1]) >> pf.Regulator(endless_regulator), "is a Regulator"),
    "a window": (lambda: pf.Source([1]) >> pf.window(2), "is a Window"),
    "take": (lambda: pf.Source([1]) >> pf.take(2), "is a Take"),
    "a join": (lambda: (pf.Source([1]), pf.Source([1])) >> pf.Transform(lambda a, b: a), "only a chain"),
    "a merge": (lambda: (pf.Source([1], "one") | pf.Source([2], "two")) >> double, "is beside the chain"),
    "a copy": (lambda: pf.Source([1]) >> (pf.Transform(double) | pf.Sink(print)), "only a chain|beside"),
    "batches taken apart": (lambda: pf.Source([1]) >> pf.batch(2) >> pf.unbatch(), "takes batches apart"),
}


def endless_regulator() -> Any:
    while True:
        yield (yield)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_followed_is_refused(name: str) -> None:
    make, why = REFUSED[name]
    with pytest.raises(pf.PipelineStateError, match=f"can't be resumed: .*({why})"):
        make().stream("inline", resumable=True)


def test_fused_pipes_are_refused() -> None:
    flow = pf.Source([1]) >> pf.Transform(double, "one") >> pf.Transform(double, "two")
    with pytest.raises(pf.PipelineStateError, match="Leave out  fuse=True"):
        flow.stream("process", resumable=True, fuse=True)


def test_a_stream_that_was_not_asked_to_follow() -> None:
    stream = (pf.Source([1]) >> double).stream("inline")
    with pytest.raises(pf.PipelineStateError, match=r"flow\.stream\(resumable=True\)"):
        stream.state_dict()
    with pytest.raises(pf.PipelineStateError, match=r"flow\.stream\(resumable=True\)"):
        stream.load_state_dict({})


def test_states_that_do_not_fit() -> None:
    stream = (pf.Source([1, 2]) >> double).stream("inline", resumable=True)
    state = stream.state_dict()
    with pytest.raises(ValueError, match="not a state"):
        stream.load_state_dict({"version": 0})
    with pytest.raises(pf.PipelineStateError, match="of another flow: of Source >> Batch"):
        stream.load_state_dict({**state, "pipes": ["Source", "Batch"]})
    with pytest.raises(ValueError, match="not a list of paths"):
        stream.load_state_dict({**state, "ahead": [3]})
    with pytest.raises(
        ValueError, match=r"not a state of Source .*: where a sequence is is .* not {'at': 1}"
    ):
        stream.load_state_dict({**state, "source": {"at": 1}})
    with pytest.raises(ValueError, match="it is at item 3 of 2; was it made of other data"):
        stream.load_state_dict({**state, "source": {"position": 3}})
    assert next(stream) == 2
    with pytest.raises(pf.PipelineStateError, match="new stream"):
        stream.load_state_dict(state)
    stream.close()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (None, "not a state of this version of pipeflow: None"),
        ([["version", 1]], "not a state of this version"),
        ({"items": "a"}, "'items' are a number of items, not 'a'"),
        ({"items": -1}, "'items' are a number"),
        ({"items": None}, "'items' are a number"),
        ({"pipes": None}, "'pipes' are a list of names, not None"),
        ({"pipes": [1, 2]}, "'pipes' are a list of names"),
        ({"ahead": None}, "not a list of paths"),
        ({"source": 3}, "{'position': a number} , not 3"),
        ({"source": {"position": "3"}}, "{'position': a number} , not "),
    ],
)
def test_what_is_no_state_is_refused_before_anything_runs(wrong: Any, text: str) -> None:
    stream = (pf.Source([1, 2]) >> double).stream("inline", resumable=True)
    state = {**stream.state_dict(), **wrong} if isinstance(wrong, dict) else wrong
    with pytest.raises(ValueError, match=re.escape(text)):
        stream.load_state_dict(state)
    assert list(stream) == [2, 4], "it begins where it would have"


def test_where_another_source_is_is_its_own_business() -> None:
    stream = (pf.Source(Lines(3)) >> double).stream("inline", resumable=True)
    stream.load_state_dict({**stream.state_dict(), "items": 1, "source": {"at": 1}})
    assert list(stream) == [2, 4]


def test_an_endless_source_that_is_a_generator_still_streams() -> None:
    with (pf.Source(endless) >> double).stream("process") as stream:
        assert [next(stream) for _ in range(3)] == [0, 2, 4]
