"""The bars over published packages: nothing that composes is flagged, and what both checkers refuse nearly always is."""

from __future__ import annotations

import importlib.util
import os
import secrets

import pytest

from tests.hints.oracle.published import PACKAGES, measure

PAIRS = int(os.environ.get("PIPEFLOW_PACKAGE_PAIRS", "3000"))


@pytest.mark.packages
@pytest.mark.timeout(1800)
def test_over_published_packages(tmp_path, capsys):
    installed = [name for name in PACKAGES if importlib.util.find_spec(name) is not None]
    if len(installed) < 20:
        pytest.skip("pip install -r tests/hints/oracle/packages.txt")
    seed = int(os.environ.get("PIPEFLOW_ORACLE_SEED", secrets.randbelow(10**9)))
    score = measure(PAIRS, seed, tmp_path)
    with capsys.disabled():
        print("\n" + score.listing())
        print(score.summary())
    assert score.packages >= 20
    assert len(score.composing) >= 100
    assert not [edge for edge in score.false_alarms if edge.composes]
    # A random call of an overloaded function with unknown arguments is let through by the checkers.
    assert len(score.false_alarms) <= 0.005 * len(score.pairs)
    assert len(score.bad) >= 500
    assert len(score.missed) <= 0.02 * len(score.bad)
    assert len(score.called_ok) <= 0.005 * len(score.bad)
