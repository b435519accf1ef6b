"""PF403."""

from __future__ import annotations

import numpy as np

from pipeflow import Source, Transform
from pipeflow.checks import _travel
from tests.checks.asking import codes, only, text
from tests.checks.pieces import sink, source

S, K = source("s"), sink()


class Scorer:
    def __init__(self, size: int) -> None:
        self.name = "scorer"
        self.tables = {"weights": np.zeros(size, dtype=np.uint8)}

    def run(self, item: int) -> int:
        return item


MIB = 1 << 20


def test_the_whole_text() -> None:
    assert text(S >> Transform(Scorer(3 * MIB), "score") * 4 >> K, start_method="spawn") == (
        "PF403 large functor: 3 MiB travel with 'score' to 4 workers.\n"
        "    score.functor.tables['weights']   is a ndarray of 3 MiB          created at HERE\n"
        "    It is pickled and unpickled before the first item, 4 times.\n"
        "    Fix: load it inside the worker:  def local_init(self, ...): ,  "
        "or let the worker build it:  Transform.of(build, ...)"
    )
    assert only(S >> Transform(Scorer(3 * MIB), "score") >> K, engine="ray").severity == "warning"


def test_small_ones_may_travel() -> None:
    assert codes(S >> Transform(Scorer(MIB // 2), "score") * 4 >> K, start_method="spawn") == []


def test_forked_workers_have_it_already() -> None:
    assert codes(S >> Transform(Scorer(3 * MIB), "score") >> K, start_method="fork") == []
    assert codes(S >> Transform(Scorer(3 * MIB), "score") >> K, engine="thread") == []


def test_a_sources_own_data_has_to_travel() -> None:
    assert codes(Source([bytes(3 * MIB)], "data") >> K, start_method="spawn") == []


def test_the_whole_is_not_read_where_it_is_huge() -> None:
    scorer = Scorer(0)
    scorer.tables = {str(number): np.zeros(40 * MIB, dtype=np.uint8) for number in range(4)}
    found = only(S >> Transform(scorer, "score") >> K, start_method="spawn")
    assert "more than 64 MiB travel" in found.title
    assert _travel.packed(scorer).size < 130 * MIB
