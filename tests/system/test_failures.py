"""What the caller is told of a failure: which pipe, where it was made, what to do."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pipeflow as pf

ENGINES = ["inline", "thread", "process"]


def fails(x: int) -> int:
    raise ValueError(x)


def dies(x: int) -> None:
    os._exit(3)


async def fetch(x: int) -> int:
    return x


def calls_fetch(x: int) -> Any:
    return fetch(x)


def letters(x: int) -> Iterator[str]:
    return (letter for letter in "ab")


def failure(flow: Any, engine: str = "inline", **options: Any) -> pf.PipeError:
    with pytest.raises(pf.PipeError) as caught:
        flow.run(engine, **options)
    return caught.value


def line_of(error: pf.PipeError) -> str:
    """The line of this file where the pipe was made, as the error says it."""
    where = str(error).splitlines()[1]
    assert where.startswith(f"    '{error.pipe}' was created at "), where
    file, line = where.removesuffix(".").rsplit(" ", 1)[1].rsplit(":", 1)
    assert os.path.abspath(file) == os.path.abspath(__file__)
    with open(__file__) as lines:
        return list(lines)[int(line) - 1].strip()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_text_says_where_the_pipe_was_made(engine: str) -> None:
    bad = pf.Transform(fails, "bad")  # here
    error = failure(pf.Source([1]) >> bad >> pf.Sink(print), engine)
    assert line_of(error).endswith("# here")
    assert str(error.place) in str(error)
    assert line_of(pickle.loads(pickle.dumps(error))).endswith("# here")


def test_a_death_says_it_too() -> None:
    last = pf.Sink(dies, "last")  # here
    error = failure(pf.Source([1]) >> last, "process")
    assert isinstance(error, pf.WorkerDied)
    assert line_of(error).endswith("# here")


def test_of_fused_pipes_it_is_the_one_that_failed() -> None:
    good = pf.Transform(abs, "good")
    bad = pf.Transform(fails, "bad")  # here
    error = failure(pf.Source([1]) >> good >> bad >> pf.Sink(print), fuse=True)
    assert (error.pipe, line_of(error)[-6:]) == ("bad", "# here")


class Initialised:
    def local_init(self) -> None:
        raise OSError("no such weights")

    def run(self, x: int) -> int:
        return x


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("flow", "text"),
    [
        (
            pf.Source(lambda: open("no such file"), "lines") >> pf.Sink(print),
            "failed when it was started: FileNotFoundError",
        ),
        (
            pf.Source(lambda: 5, "five") >> pf.Sink(print),
            "failed when it was started: TypeError: a source's functor must return an iterable",
        ),
        (
            pf.Source([1]) >> pf.Transform(Initialised(), "model") >> pf.Sink(print),
            "failed in local_init: OSError: no such weights",
        ),
    ],
    ids=["a function", "of no items", "a class"],
)
def test_local_init_is_named_where_there_is_one(flow: Any, text: str, engine: str) -> None:
    assert text in str(failure(flow, engine))


def test_of_fused_pipes_it_is_asked_whether_it_has_one() -> None:
    flow = (
        pf.Source([1]) >> pf.Transform(abs, "first") >> pf.Transform(Initialised(), "model") >> pf.Sink(print)
    )
    assert "failed in local_init: OSError" in str(failure(flow, fuse=True))


def test_nothing_is_said_of_a_place_that_is_not_known() -> None:
    assert str(pf.PipeError("broken", pipe="p")) == "broken"


# ---------------------------------------------------------------- coroutines that nobody awaits

USES: dict[str, Callable[[], Any]] = {
    "transform": lambda: pf.Transform(calls_fetch, "it") >> pf.Sink(print, "end"),
    "sink": lambda: pf.Sink(calls_fetch, "it"),
    "filter": lambda: pf.filter(calls_fetch, "it") >> pf.Sink(print, "end"),
    "switch": lambda: pf.Switch(calls_fetch, "it") >> {1: pf.Sink(print, "one"), 2: pf.Sink(print, "two")},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("use", USES)
def test_a_coroutine_that_nothing_awaits_is_an_error(use: str, engine: str) -> None:
    error = failure(pf.Source(range(1, 9)) >> USES[use](), engine)
    assert (error.pipe, error.item) == ("it", 1)
    assert "coroutine" in str(error)
    assert "give the pipe the  async def  function itself, not one that calls it" in str(error).lower()


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_an_error_between_fused_pipes(engine: str) -> None:
    flow = pf.Source([1, 2]) >> pf.Transform(calls_fetch, "it") >> pf.Transform(str, "s") >> pf.Sink(print)
    error = failure(flow, engine, fuse=True)
    assert (error.pipe, error.item) == ("it", 1)
    assert "it returned the coroutine fetch, and nothing awaits it" in str(error)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_coroutine_function_itself_is_awaited(engine: str) -> None:
    assert list((pf.Source([1, 2]) >> pf.Transform(fetch)).stream(engine)) == [1, 2]


# ---------------------------------------------------------------- results that can't leave their process


def test_a_generator_as_a_result() -> None:
    error = failure(pf.Source([1]) >> pf.Transform(letters, "it") >> pf.Sink(print), "process")
    first, *_ = str(error).splitlines()
    assert first.endswith(
        "TypeError: cannot pickle 'generator' object. flat_map(f)  sends what it yields one by one;  "
        "list(...)  sends it as one item"
    )


def test_another_result_that_cannot_be_pickled() -> None:
    flow = pf.Source([1]) >> pf.Transform(lambda x: threading.Lock(), "it") >> pf.Sink(print)
    error = failure(flow, "process")
    assert "send plain data, or run it on engine 'thread'" in str(error).splitlines()[0]
