"""A word that must be one of a few, wherever a user may write one."""

from __future__ import annotations

from typing import Any

import pytest

import pipeflow as pf
from pipeflow.choices import unknown


def flow() -> Any:
    return pf.Source(range(3)) >> pf.Sink(print)


def test_a_known_word_is_nothing_to_say() -> None:
    assert unknown("engine", "thread", ["process", "thread"]) == ""


@pytest.mark.parametrize("word", ["threads", 3, None, ["thread"]])
def test_an_unknown_word_is_shown_with_the_known_ones(word: object) -> None:
    said = unknown("engine", word, ["process", "thread"])
    assert said.startswith(f"unknown engine {word!r}; there are 'process', 'thread'.")
    assert ("Did you mean 'thread'?" in said) == (word in ("threads", ["thread"]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "proces"}, "unknown engine 'proces'.*Did you mean 'process'?"),
        ({"start_method": "forks"}, "unknown start method 'forks'.*Did you mean 'fork'?"),
        ({"ignore": ["PF999x"]}, "unknown code to ignore 'PF999x'"),
        ({"ignore": "PF302"}, r"ignore must be a list of codes such as \['PF302'\], not 'PF302'"),
    ],
)
def test_check_and_run_say_what_they_do_not_know(options: dict[str, Any], said: str) -> None:
    with pytest.raises(pf.GraphError, match=said):
        flow().check(**options)
    with pytest.raises(pf.GraphError, match=said):
        pf.PipeSystem(flow()).check(**options)
    with pytest.raises(pf.GraphError, match=said):
        flow().compile(**options)


def test_an_unknown_intent() -> None:
    with pytest.raises(pf.GraphError, match="unknown intent 'running'; there are 'run', 'stream', 'check'"):
        flow().check(intent="running")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stop_timeout": -1}, "stop_timeout must be a number of seconds from 0 up, not -1"),
        ({"stop_timeout": "5"}, "stop_timeout must be a number of seconds from 0 up, not '5'"),
        ({"stop_timeout": float("nan")}, "stop_timeout must be .* not nan"),
        ({"seed": "x"}, "seed must be a whole number from 0 up, not 'x'"),
        ({"seed": -3}, "seed must be a whole number from 0 up, not -3"),
        ({"seed": 1.5}, "seed must be a whole number from 0 up, not 1.5"),
    ],
)
def test_settings_that_no_run_could_have(options: dict[str, Any], said: str) -> None:
    with pytest.raises(pf.GraphError, match=said):
        flow().run(**options)
