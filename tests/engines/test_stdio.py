"""What workers write with handlers of logging that were there before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# logging.lastResort writes to whatever sys.stderr is, and can't be told otherwise; torch's loggers have it.
SCRIPT = """
import logging
import pipeflow as pf

logger = logging.getLogger("mine")
logger.addHandler(logging.lastResort)
logger.propagate = False

def warn(x):
    logger.warning("seen %d", x)
    return x

if __name__ == "__main__":
    print(list((pf.Source([1, 2]) >> warn).stream(start_method="fork")))
"""


def test_a_handler_whose_stream_cannot_be_set(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=45, check=False,
    )  # fmt: skip
    assert done.stdout == "[1, 2]\n"
    assert "seen 1" in done.stderr
    assert "seen 2" in done.stderr
