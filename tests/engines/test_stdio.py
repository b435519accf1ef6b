"""What workers write with handlers of logging that were there before."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import pipeflow as pf

LOGGER = logging.getLogger("pipeflow.tests.stdio")


def warn(x: int) -> int:
    LOGGER.warning("seen %d", x)
    return x


def test_a_handler_whose_stream_cannot_be_set(
    capfd: pytest.CaptureFixture[str], no_process_left: None
) -> None:
    handler: Any = logging.lastResort  # torch's loggers have it
    LOGGER.addHandler(handler)
    LOGGER.propagate = False
    try:
        assert list((pf.Source([1, 2]) >> warn).stream("process", start_method="fork")) == [1, 2]
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.propagate = True
    written = capfd.readouterr().err
    assert "seen 1" in written
    assert "seen 2" in written
