"""Feedback: where a loop's items wait."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from tests.pipes.feeding import send, send_joined


def test_it_begins_with_init_and_passes_on() -> None:
    assert send(pf.Feedback(init=[1, 2]), [3]) == [1, 2, 3]
    assert send(pf.Feedback(), [3]) == [3]
    assert send_joined(pf.Feedback(), [(1, 2)]) == [(1, 2)]


def test_its_description() -> None:
    loop = pf.Feedback(init=(x for x in (1, 2)), buffer_size=7, name="back")
    assert (loop.init, loop.options.buffer_size, loop.label) == ((1, 2), 7, "back")
    assert loop.rate == pf.Rate(1, 1)


@pytest.mark.parametrize("init", [3, "abc", b"abc", None])
def test_init_is_a_list(init: Any) -> None:
    with pytest.raises(pf.CompositionError, match=r"init is a list of items,  Feedback\(init=\["):
        pf.Feedback(init=init)


def test_its_buffer_is_checked() -> None:
    with pytest.raises(pf.CompositionError, match=r"Feedback 'loop' .*buffer_size must be"):
        pf.Feedback(buffer_size=0)
