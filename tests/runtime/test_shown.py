"""Exceptions and items are shown, whatever they do when they are looked at."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.runtime import shown
from pipeflow.runtime.guard import Guard, UserError
from pipeflow.runtime.messages import Failure, Worker
from pipeflow.runtime.shown import cut_repr


class Boom(Exception):
    pass


def guard() -> Guard:
    return Guard(pf.Transform(abs, "work"), "work", Worker(1, 2), 77)


def raising(error: BaseException) -> Any:
    def work(*_: Any) -> Any:
        raise error

    return work


def test_reprs_are_cut_and_never_raise() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise Boom

    assert len(cut_repr("x" * 10_000)) == shown.REPR_LENGTH
    assert cut_repr(Shy()) == "<Shy whose repr raises Boom>"


class Mute(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__


def test_an_exception_that_ends_the_interpreter_when_it_is_shown_is_a_failure_all_the_same() -> None:
    watch = guard()
    watch.item, watch.value = 4, (Mute(),)
    with pytest.raises(UserError) as caught:
        watch.call(raising(Mute()))
    failure = caught.value.failure
    assert (failure.kind, failure.text) == ("Mute", "(its text can't be shown)")
    assert failure.item_repr == "<Mute whose repr raises SystemExit>"


def test_a_message_of_many_megabytes_is_cut_in_its_middle_and_does_not_travel_as_the_cause() -> None:
    with pytest.raises(UserError) as caught:
        guard().call(raising(ValueError("begin " + "x" * 30_000_000 + " end")))
    failure = caught.value.failure
    assert failure.text.startswith("begin x")
    assert failure.text.endswith("x end")
    assert "characters left out" in failure.text
    assert len(failure.text) < 25_000
    assert len(failure.traceback) < 25_000
    assert failure.pickled is None


class Endless(Exception):
    def __str__(self) -> str:
        threading.Event().wait()
        return ""


def test_an_exception_that_never_ends_to_show_itself_is_a_failure_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shown, "PATIENCE", 0.1)
    watch = guard()
    watch.item, watch.value = 4, (7,)
    failures: list[Failure] = []

    def fail() -> None:
        with pytest.raises(UserError) as caught:
            watch.call(raising(Endless()))
        failures.append(caught.value.failure)

    failing = threading.Thread(target=fail, daemon=True)
    failing.start()
    failing.join(10)
    [failure] = failures
    assert (failure.kind, failure.item, failure.text) == ("Endless", 4, "(its text doesn't end)")
