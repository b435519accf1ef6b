"""The bar: over at least 4,000 fresh random pairs, 0.5 % false alarms and 0.5 % misses at most."""

from __future__ import annotations

import os
import secrets

import pytest

from tests.hints.oracle.measure import measure

PAIRS = int(
    os.environ.get("PIPEFLOW_ORACLE_PAIRS", "4400")
)  # of which the two checkers agree on 4,000 and more


@pytest.mark.oracle
@pytest.mark.timeout(900)
def test_against_mypy_and_pyright(tmp_path, capsys):
    seed = int(os.environ.get("PIPEFLOW_ORACLE_SEED", secrets.randbelow(10**9)))
    score = measure(PAIRS, seed, tmp_path)
    with capsys.disabled():
        print("\n" + score.listing())
        print(score.summary())
    assert not score.crashed
    assert score.agreed >= PAIRS * 0.9
    assert len(score.good) > score.agreed * 0.2, "too few good pairs to find false alarms"
    assert len(score.false_alarms) <= score.agreed * 0.005
    assert len(score.missed) <= score.agreed * 0.005
    assert len(score.undecided) <= score.agreed * 0.05
