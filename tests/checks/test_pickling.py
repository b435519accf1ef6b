"""PF401."""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeflow import Feedback, GraphError, Join, Sink, Source, Switch, Transform
from pipeflow.checks import _travel
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import increase, numbers, pair, sink, source, work

S, K = Source(numbers, "s"), sink()
LOCK = threading.Lock()


class Model:
    def __init__(self) -> None:
        self.weights = [1, 2]
        self._lock = threading.Lock()


class Augment:
    def __init__(self) -> None:
        self.model = Model()

    def run(self, item: int) -> int:
        return item


class AugmentLater:
    def local_init(self) -> None:
        self.model = Model()

    def run(self, item: int) -> int:
        return item


class Slotted:
    __slots__ = ("inner", "missing")

    def __init__(self) -> None:
        self.inner = {"a": [1, threading.Lock()]}

    def run(self, item: int) -> int:
        return item


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("don't look")

    def __reduce__(self) -> Any:
        raise RuntimeError("don't pickle")

    def run(self, item: int) -> int:
        return item


def test_the_whole_text() -> None:
    assert text(S >> Transform(Augment(), "augment") >> K, start_method="spawn") == (
        "PF401 cannot be sent to a worker process (start method 'spawn'): functor of 'augment'\n"
        "    augment.functor.model._lock   is a _thread.lock          created at HERE\n"
        "    Pickle said: cannot pickle '_thread.lock' object\n"
        "    Fix: create it inside the worker: move it to  def local_init(self, ...):,  "
        "or pass the arguments with init_kwargs={...}."
    )


def test_made_in_the_worker_it_is_fine() -> None:
    assert codes(S >> Transform(AugmentLater(), "augment") >> K, start_method="spawn") == []
    assert codes(S >> Transform.of(Augment).with_(name="augment") >> K, start_method="spawn") == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"start_method": "fork"}, []),
        ({"start_method": "forkserver"}, ["PF401"]),
        ({"engine": "thread"}, []),
        ({"engine": "inline", "start_method": "spawn"}, []),
        ({"engine": "ray"}, ["PF401"]),
    ],
)
def test_by_engine_and_start_method(target: dict[str, str], expected: list[str]) -> None:
    assert codes(S >> Transform(Augment(), "augment") >> K, **target) == expected


def closure() -> Callable[[int], int]:
    lock = threading.Lock()

    def locked(item: int) -> int:
        with lock:
            return item

    return locked


def globally(item: int) -> int:
    with LOCK:
        return item


@pytest.mark.parametrize(
    ("functor", "path"),
    [
        (closure(), "t.functor.<closure>.lock"),
        (functools.partial(pair, right=LOCK), "t.functor.keywords['right']"),
        (functools.partial(pair, LOCK), "t.functor.args[0]"),
        (Slotted(), "t.functor.inner['a'][1]"),
        (Augment().run, "t.functor.__self__.model._lock"),
        (lambda item, lock=LOCK: item, "t.functor.__defaults__[0]"),
    ],
)
def test_the_leaf_is_named(functor: Any, path: str) -> None:
    assert (
        f"    {path}   is a _thread.lock"
        in only(S >> Transform(functor, "t") >> K, start_method="spawn").message
    )


class Built:
    def __init__(self, lock: Any) -> None: ...

    def run(self, item: int) -> int:
        return item


LOOP = Feedback(init=[LOCK], name="loop")
IN_INIT = "def local_init(self, ...):"


@pytest.mark.parametrize(
    ("flow", "fixes"),
    [
        (S >> Transform(Augment(), "t") >> K, (IN_INIT, "init_kwargs={...}")),
        (S >> Transform(closure(), "t") >> K, (IN_INIT,)),
        (S >> Transform(functools.partial(pair, LOCK), "t") >> K, (IN_INIT,)),
        (S >> Transform(Augment().run, "t") >> K, (IN_INIT,)),
        (S >> Transform(pair, "t", init_kwargs={"right": LOCK}) >> K, (IN_INIT,)),
        (S >> Transform.of(Built, LOCK) >> K, ("Transform.of(build, ...)",)),
        ((S, source("s2")) >> Join(key=closure()) >> work("z") >> K, ("Join(key=attrgetter('id'))",)),
        ((S | LOOP) >> Switch(bool) >> {True: K, False: LOOP}, ("Feedback(init=[...])",)),
    ],
)
def test_the_advice_fits_who_holds_it(flow: Any, fixes: tuple[str, ...]) -> None:
    found = only(flow, start_method="spawn")
    assert found.fixes == fixes
    assert all(fix in found.message for fix in fixes)


def test_functions_of_modules_travel_by_name() -> None:
    assert codes(S >> globally >> K, start_method="spawn") == []


def test_what_travels_besides_the_functor() -> None:
    keyed = Join(key=closure(), name="j")
    assert (
        "j.keys.<closure>.lock"
        in only((S, source("s2")) >> keyed >> work("z") >> K, start_method="spawn").message
    )
    loop = Feedback(init=[LOCK], name="loop")
    flow = (source("u") | loop) >> Switch(bool) >> {True: K, False: loop}
    assert "loop.init[0]" in only(flow, start_method="spawn").message
    kwargs = Transform(pair, "t", init_kwargs={"right": LOCK})
    assert "t.init_kwargs['right']" in only(source("u") >> kwargs >> K, start_method="spawn").message


def test_hostile_objects() -> None:
    found = only(source("u") >> Transform(Hostile(), "h") >> K, start_method="spawn")
    assert "Pickle said: don't pickle" in found.message


def test_a_started_generator_stays_here() -> None:
    found = only(Source(numbers()) >> increase >> K, start_method="spawn")
    assert found.severity == "note"
    assert found.title == "stays with the caller (start method 'spawn'): 'numbers' is a started generator."
    assert codes(Source(numbers()) >> increase >> K, start_method="fork") == []


def test_another_iterator_stays_here() -> None:
    found = only(Source(map(str, [1]), "texts") >> K, start_method="spawn")
    assert found.severity == "note"
    assert found.message == (
        "PF401 stays with the caller (start method 'spawn'): 'texts' is an iterator.\n"
        "    What it has given is gone, so a thread of this process takes its items.\n"
        "    Fix: none is needed. A function that makes it would have its own process:  Source(make_items)"
    )
    assert codes(Source(iter([1])) >> K, start_method="fork") == []


class Lines:
    def __init__(self) -> None:
        self.socket = threading.Lock()

    def __iter__(self) -> Iterator[int]:
        return iter([1])


def test_an_iterable_that_stays_here() -> None:
    found = only(Source(Lines(), "lines") >> K, start_method="spawn")
    assert (found.severity, found.pipes) == ("note", ("lines",))
    assert codes(Source([1, 2], "list") >> K, start_method="spawn") == []


def test_an_iterable_that_stays_here_runs() -> None:
    with (Source(Lines(), "lines") >> increase).stream(start_method="spawn") as items:
        assert list(items) == [2]


class Reading(Lines):
    def run(self) -> Iterator[int]:
        yield 1


def test_the_functor_of_a_source_must_reach_its_worker() -> None:
    found = only(Source(Reading(), "lines") >> K, start_method="spawn")
    assert found.severity == "error"
    assert "lines.functor.socket   is a _thread.lock" in found.message
    with pytest.raises(GraphError):
        (Source(Reading(), "lines") >> K).run(start_method="spawn")


def test_the_platforms_start_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_travel, "default_start_method", lambda: "spawn")
    assert codes(S >> Transform(Augment(), "augment") >> K) == ["PF401"]
    monkeypatch.setattr(_travel, "default_start_method", lambda: "fork")
    assert codes(S >> Transform(Augment(), "augment") >> K) == []


def test_several_are_said_together() -> None:
    with socket.socket() as open_socket:
        flow = S >> Transform(closure(), "a") >> Sink(functools.partial(pair, open_socket), "b")
        assert len(report(flow, start_method="spawn").errors) == 2


def test_lambdas_and_local_functions_travel() -> None:
    assert codes(source("u") >> work("w") >> Sink(lambda item: None), start_method="spawn") == []
