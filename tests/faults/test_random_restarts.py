"""Random graphs of restarted pipes whose workers die on random items, some with readers that want no more
before the end: everything comes once, the account is right, and the run ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipeflow as pf
from tests.faults.test_restarts import DieOn, run
from tests.functors import collected, collector

pytestmark = [pytest.mark.usefixtures("no_process_left"), pytest.mark.faults, pytest.mark.timeout(120)]

SURVIVED_BY_NOBODY = ("its neighbour had died just before", "restarted 3 times within 60 s")
"""What deaths at a bad moment, or too many of them, are told to be."""


class Drawn:
    """One random graph's parts: `work` is drawn anew each time."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.chance, self._folder = chance, folder
        self.count = chance.choice([50, 200, 1000])
        self.most = chance.choice([1, 5, self.count // 2, self.count, self.count + 5])

    def source(self) -> pf.Source[int]:
        return pf.Source(range(self.count))

    def work(self, name: str) -> Any:
        """It passes items on (plus one), and dies on up to three of them."""
        folder = self._folder / name
        folder.mkdir()
        fatal = self.chance.sample(range(self.count), self.chance.randrange(4))
        bound = self.chance.choice([None, None, 1, 2, 5, 50])
        pipe = pf.Transform(DieOn(folder, *fatal), name)
        replicas = self.chance.choice([1, 2, 3])
        return pipe.with_(n_processes=replicas, on_crash="restart", buffer_size=bound)

    @property
    def all(self) -> list[int]:
        return list(range(1, self.count + 1))


Promise = dict[str, list[int] | int]
"""By sink: its items, or how many there are of whatever came first."""


def in_a_row(drawn: Drawn) -> tuple[Any, Promise]:
    flow = drawn.source() >> drawn.work("a") >> drawn.work("b") >> collector()
    return flow, {"k": [x + 1 for x in drawn.all]}


def with_an_early_end(drawn: Drawn) -> tuple[Any, Promise]:
    flow = drawn.source() >> drawn.work("a") >> drawn.work("b") >> pf.take(drawn.most) >> collector()
    return flow, {"k": min(drawn.most, drawn.count)}


def where_one_copy_ends_early(drawn: Drawn) -> tuple[Any, Promise]:
    early = drawn.work("b") >> pf.take(drawn.most) >> collector()
    flow = drawn.source() >> drawn.work("a") >> (early | collector("l"))
    return flow, {"k": min(drawn.most, drawn.count), "l": drawn.all}


def where_the_other_goes_on(drawn: Drawn) -> tuple[Any, Promise]:
    onwards = drawn.work("b") >> collector()
    flow = drawn.source() >> drawn.work("a") >> ((pf.take(drawn.most) >> collector("l")) | onwards)
    return flow, {"k": [x + 1 for x in drawn.all], "l": min(drawn.most, drawn.count)}


def where_one_way_ends_early(drawn: Drawn) -> tuple[Any, Promise]:
    ways = {True: drawn.work("b") >> collector(), False: pf.take(drawn.most) >> collector("l")}
    flow = drawn.source() >> drawn.work("a") >> pf.Switch(lambda x: x % 2 == 0, "parity") >> ways
    odd = sum(x % 2 for x in drawn.all)
    return flow, {"k": [x + 1 for x in drawn.all if x % 2 == 0], "l": min(drawn.most, odd)}


def from_sources_of_different_lengths(drawn: Drawn) -> tuple[Any, Promise]:
    more = range(drawn.count, drawn.count + drawn.chance.choice([1, 10, drawn.count]))
    both = drawn.source() | pf.Source(more, "more")
    flow = both >> drawn.work("a") >> drawn.work("b") >> collector()
    return flow, {"k": [x + 1 for x in drawn.all] + [x + 2 for x in more]}


def batches_of(*arms: Any) -> list[int]:
    (batch,) = [arm for arm in arms if isinstance(arm, list)]
    return batch


def where_arms_of_a_fork_are_paired_as_they_come(drawn: Drawn) -> tuple[Any, Promise]:
    """The join wants no more of one arm when the other has ended, which ends with the source."""
    hub = drawn.source() >> drawn.work("a")
    arms = [hub, hub >> pf.batch(drawn.chance.choice([2, 3, 10]))]
    drawn.chance.shuffle(arms)
    flow = (
        tuple(arms) >> pf.Join(pairing="arrival") >> pf.Transform(batches_of) >> pf.unbatch() >> collector()
    )
    return flow, {"k": drawn.all}


SHAPES = [
    in_a_row,
    with_an_early_end,
    where_one_copy_ends_early,
    where_the_other_goes_on,
    where_one_way_ends_early,
    from_sources_of_different_lengths,
    where_arms_of_a_fork_are_paired_as_they_come,
]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shape", SHAPES)
def test_everything_comes_once(
    shape: Callable[[Drawn], tuple[Any, Promise]], seed: int, tmp_path: Path
) -> None:
    flow, promised = shape(Drawn(random.Random(f"{shape.__name__} {seed}"), tmp_path))
    try:
        report = run(flow)
    except pf.WorkerDied as died:
        if not any(why in str(died) for why in SURVIVED_BY_NOBODY):
            raise
        return
    for sink, items in promised.items():
        came = collected(report, sink)
        if isinstance(items, int):
            assert len(came) == len(set(came)) == items
        else:
            assert sorted(came) == sorted(items)
