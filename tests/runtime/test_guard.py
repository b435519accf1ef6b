from __future__ import annotations

import pickle

import pytest

import pipeflow as pf
from pipeflow.runtime import guard as guards
from pipeflow.runtime.guard import Guard, Skip, UserError
from pipeflow.runtime.messages import Worker
from pipeflow.runtime.shown import reserve


class Boom(Exception):
    pass


class Picky(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__("two")


def guard(interrupts: bool = False, **options) -> Guard:
    pipe = pf.Transform(abs, "work").with_(**options)
    return Guard(pipe, "work", Worker(1, 2), 77, interrupts=interrupts)


def raising(error: BaseException):
    def work(*_):
        raise error

    return work


def test_room_for_the_news_of_a_memory_error_is_made_at_once_and_kept_again() -> None:
    failing = guard()
    assert reserve
    with pytest.raises(UserError):
        failing.call(raising(MemoryError()))
    assert not reserve  # to send the news takes some, too
    guard()  # of the next run in this process
    assert reserve


@pytest.mark.parametrize("options", [{"on_error": "skip"}, {"ignore_exceptions": [MemoryError]}])
def test_it_is_kept_again_where_the_item_is_skipped(options: dict[str, object]) -> None:
    with pytest.raises(Skip):
        guard(**options).call(raising(MemoryError()))
    assert reserve


def test_it_is_kept_again_where_the_item_is_tried_again() -> None:
    errors = iter([MemoryError()])

    def work() -> str:
        for error in errors:
            raise error
        return "done"

    assert guard(retries=1).call(work) == "done"
    assert reserve


def test_a_result_passes() -> None:
    assert guard().call(pow, 2, 5) == 32


@pytest.mark.parametrize(
    "error", [Boom("x"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), StopIteration(), MemoryError()]
)
def test_every_exception_is_a_failure_that_names_its_item(error: BaseException) -> None:
    watch = guard()
    watch.item, watch.value = 12, ("the item",)
    with pytest.raises(UserError) as caught:
        watch.call(raising(error))
    failure = caught.value.failure
    assert (failure.worker, failure.pid, failure.during) == ((1, 2), 77, "run")
    assert (failure.item, failure.item_repr, failure.kind) == (12, "'the item'", type(error).__name__)
    assert "in work" in failure.traceback
    assert "runtime/guard.py" not in failure.traceback  # it begins in the user's code


def test_the_users_own_interrupt_passes_in_the_callers_thread() -> None:
    with pytest.raises(KeyboardInterrupt):
        guard(interrupts=True).call(raising(KeyboardInterrupt()))


def test_an_exception_that_does_not_survive_a_pickle_travels_as_text() -> None:
    with pytest.raises(UserError) as caught:
        guard().call(raising(Picky(1, 2)))
    assert caught.value.failure.pickled is None
    assert (caught.value.failure.kind, caught.value.failure.text) == ("Picky", "two")
    with pytest.raises(UserError) as caught:
        guard().call(raising(Boom("whole")))
    assert isinstance(pickle.loads(caught.value.failure.pickled or b""), Boom)


def test_ignored_exceptions_skip_subclasses_too_and_are_counted_by_name() -> None:
    watch = guard(ignore_exceptions=[LookupError])
    for error in (KeyError(1), IndexError(2), KeyError(3)):
        with pytest.raises(Skip):
            watch.call(raising(error))
    assert watch.ignored == {"KeyError": 2, "IndexError": 1}
    with pytest.raises(UserError):
        watch.call(raising(KeyError(1)), during="local_term")  # only items can be skipped


def test_on_error_skip_is_for_exceptions_and_not_for_exits() -> None:
    watch = guard(on_error="skip")
    with pytest.raises(Skip):
        watch.call(raising(Boom()))
    with pytest.raises(UserError):
        watch.call(raising(SystemExit()))


def test_retries_repeat_the_call_and_then_give_up(monkeypatch) -> None:
    pauses = []
    monkeypatch.setattr(guards.time, "sleep", pauses.append)
    watch, calls = guard(retries=3), []

    def flaky(fails: int):
        calls.append(fails)
        if len(calls) <= fails:
            raise Boom
        return "got it"

    assert watch.call(flaky, 2) == "got it"
    assert watch.retried == len(pauses) == 2
    assert pauses[0] < 0.02 < 2 * pauses[1] + 0.02
    calls.clear()
    with pytest.raises(UserError):
        watch.call(flaky, 9)
    assert len(calls) == 4


def test_failed_items_are_buried_where_there_is_a_place_for_them() -> None:
    watch, buried = guard(), []
    watch.bury = buried.append
    watch.value = (5,)
    with pytest.raises(Skip):
        watch.call(raising(Boom("five")))
    assert (buried[0].item, buried[0].pipe) == (5, "work")
    watch.value = ()
    with pytest.raises(UserError):  # without an item there is nothing to bury
        watch.call(raising(Boom()))
