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
        ({"ignore": 3}, r"ignore must be a list of codes such as \['PF302'\], not 3"),
        ({"ignore": None}, r"ignore must be a list of codes such as \['PF302'\], not None"),
        ({"strict": "yes"}, "strict must be True or False, not 'yes'"),
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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"grow": "no"}, "grow must be True or False, not 'no'. Nothing was started"),
        ({"fuse": "yes"}, "fuse must be True or False, not 'yes'"),
        ({"fuse": None}, "fuse must be True or False, not None"),
        ({"tune": 0}, "tune must be True or False, not 0. Nothing was started"),
        ({"check": None}, "check must be True or False, not None"),
        ({"check": False, "strict": 1}, "strict must be True or False, not 1"),
        ({"progress": "x"}, "progress must be True or False, not 'x'"),
        ({"engine_options": 3}, "engine_options must be a dict, not 3. Nothing was started"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "compile", "stream"])
def test_what_is_no_flag(options: dict[str, Any], said: str, verb: str) -> None:
    asked: Any = pf.Source(range(3)) if verb == "stream" else flow()
    with pytest.raises(pf.GraphError, match=said):
        getattr(asked, verb)("inline", **options)


def test_a_stream_is_resumable_or_not() -> None:
    with pytest.raises(pf.GraphError, match="resumable must be True or False, not 'x'"):
        pf.Source(range(3)).stream("inline", resumable="x")  # type: ignore[call-overload]


def test_options_as_they_may_be() -> None:
    options: dict[str, Any] = {
        "progress": None,
        "engine_options": {},
        "ignore": (),
        "fuse": False,
        "tune": False,
    }
    assert list(pf.Source(range(3)).stream("inline", grow=False, strict=True, **options)) == [0, 1, 2]


@pytest.mark.parametrize("verb", ["stream", "to_torch"])
def test_a_misspelt_option_is_told_from_those_that_there_are(verb: str) -> None:
    said = (
        rf"unknown option of {verb}\(\) 'prog'; there are 'engine', 'progress', .*Did you mean 'progress'\?"
    )
    with pytest.raises(TypeError, match=said):
        getattr(pf.Source(range(3)), verb)("inline", prog=3)
    with pytest.raises(TypeError, match="Did you mean 'resumable'"):
        getattr(pf.Source(range(3)), verb)(resumeable=True)
