"""Who is in which call; that handlers of signals may call is in tests/faults/test_signals.py."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

from pipeflow.system.calls import Calls


def nested_elsewhere(calls: Calls) -> bool:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: calls.nested).result()


def test_within_a_call_this_thread_is_nested_and_another_is_not() -> None:
    calls = Calls()
    assert not calls.nested
    with calls.inside():
        assert calls.nested
        assert not nested_elsewhere(calls)
    assert not calls.nested


def test_while_an_item_is_waited_for_this_thread_is_nested_and_another_is_not() -> None:
    calls = Calls()

    def items() -> Generator[tuple[bool, bool], None, None]:
        yield calls.nested, nested_elsewhere(calls)

    iteration = calls.iterate(items())
    assert not calls.nested
    assert next(iteration) == (True, False)
    assert not calls.nested  # the loop has its item
