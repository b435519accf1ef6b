"""How a join ends."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pipeflow as pf
from tests.functors import collected, collector


def endless() -> Iterator[int]:
    yield from itertools.count()


def test_an_arm_that_ends_while_its_last_items_wait_ends_the_other_once_they_are_paired() -> None:
    later = threading.Event()

    def first_comes_late(item: int) -> int:
        if item == 0:
            assert later.wait(30)
        elif item == 8:
            later.set()
        return item

    short = pf.Source("ab", "short")
    long = pf.Source(endless) >> pf.Transform(first_comes_late) * 2
    flow: Any = (short, long) >> pf.Transform(lambda *pair: pair, "both") >> collector()
    report = flow.run(engine="thread")
    assert sorted(collected(report)) == [("a", 0), ("b", 1)]
