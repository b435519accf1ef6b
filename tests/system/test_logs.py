"""Log lines name the pipe, and the user's logging set-up stays as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pipeflow import CompositionError, Logger
from pipeflow.system.logs import level_of


@contextmanager
def nothing_set_up() -> Iterator[logging.Logger]:
    """Cut pytest's own handlers off: what an application without any set-up has.

    No fixture, for pytest would add handlers to a logger that does not propagate.
    """
    ours = logging.getLogger("pipeflow")
    ours.propagate = False
    yield ours
    ours.propagate = True
    ours.setLevel(logging.NOTSET)


@pytest.mark.parametrize("name", ["info", "DEBUG", "Warning", "error", "CRITICAL"])
def test_levels_in_any_case(name: str) -> None:
    assert level_of(name) == getattr(logging, name.upper())
    assert Logger(name).lvl == level_of(name)


@pytest.mark.parametrize("wrong", ["loud", "", None, 10])
def test_an_unknown_level_names_the_known_ones(wrong: object) -> None:
    with pytest.raises(CompositionError, match="must be one of debug, info, warning, error, critical"):
        level_of(wrong)


def test_each_pipe_has_a_logger_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Logger().log("end of stream", "source1")
    (record,) = caplog.records
    assert record.name == "pipeflow.pipe.source1"
    assert record.getMessage() == "source1: end of stream"
    assert record.levelno == logging.INFO
    assert record.pname == "source1"  # type: ignore[attr-defined]  # as in the ancestor's records


def test_lines_below_the_loggers_level_are_not_made(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logger = Logger("warning")
    logger.log("hidden", "p", "info")
    logger.log("shown", "p", "warning")
    assert caplog.messages == ["p: shown"]


def test_the_users_own_levels_hold(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    logger = Logger("debug")
    logger.log("hidden", "p", "warning")
    logger.log("shown", "p", "error")
    assert caplog.messages == ["p: shown"]


def test_without_any_set_up_lines_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with nothing_set_up():
        Logger("info").log("50 % of it", "p")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("- INFO - p: 50 % of it\n")


def test_without_handlers_a_level_that_the_user_chose_holds(capsys: pytest.CaptureFixture[str]) -> None:
    with nothing_set_up() as ours:
        ours.setLevel(logging.ERROR)
        Logger("info").log("hidden", "p")
    assert capsys.readouterr().err == ""


def test_disabled_logging_stays_silent(capsys: pytest.CaptureFixture[str]) -> None:
    logging.disable(logging.CRITICAL)
    try:
        with nothing_set_up():
            Logger("info").log("hidden", "p", "critical")
    finally:
        logging.disable(logging.NOTSET)
    assert capsys.readouterr().err == ""


def test_nothing_of_the_set_up_is_changed() -> None:
    root, ours = logging.getLogger(), logging.getLogger("pipeflow")

    def set_up() -> list[object]:
        return [
            (logger.level, list(logger.handlers), logger.propagate, logger.disabled, list(logger.filters))
            for logger in (root, ours, logging.getLogger("pipeflow.pipe.p"), logging.getLogger("logger"))
        ]

    before = set_up()
    Logger("debug").log("something", "p", "critical")
    assert set_up() == before
