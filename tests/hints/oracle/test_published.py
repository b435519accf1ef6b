"""Over published packages nothing that composes is flagged, and what both checkers refuse mostly is."""

from __future__ import annotations

import importlib.util
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hints.oracle.published import PACKAGES

PAIRS = os.environ.get("PIPEFLOW_PACKAGE_PAIRS", "3000")


@pytest.mark.packages
@pytest.mark.timeout(1800)
def test_over_published_packages(capsys):
    if sum(1 for name in PACKAGES if importlib.util.find_spec(name) is not None) < 20:
        pytest.skip("pip install -r tests/hints/oracle/packages.txt")
    seed = os.environ.get("PIPEFLOW_ORACLE_SEED", str(secrets.randbelow(10**9)))
    # In a process of its own: it imports every module of the packages.
    command = [sys.executable, "-m", "tests.hints.oracle.published", "--pairs", PAIRS, "--seed", seed]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=1700, check=False)
    with capsys.disabled():
        print("\n" + done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
