"""Where pipeflow differs from minipipe on purpose. docs/migrating.md lists these; each has its test here.

The slow ones at the end see the ancestor do what we say it does: most of it is waiting for a hang.
"""

from __future__ import annotations

import pytest

from tests.documented.harness import Outcome, run

pytestmark = pytest.mark.usefixtures("no_process_left")

NUMBERS = list(range(10))


def ours(program: str, *arguments: str) -> Outcome:
    outcome = run(program, "pipeflow", *arguments)
    assert not outcome.hung, outcome.errors
    return outcome


def ends_well(program: str, *arguments: str) -> dict[str, list[object]]:
    outcome = ours(program, *arguments)
    assert outcome.code == 0, outcome.errors
    return outcome.delivered


def test_a_failing_pipe_is_heard_of() -> None:
    outcome = ours("failing")
    assert outcome.code == 1
    last = outcome.errors
    assert "pipeflow.errors.PipeError: pipe 'picky'" in last
    assert "failed on item 4 (3): KeyError: 'three'" in last
    assert "in fails_on_three" in last, "the worker's own traceback"


def test_a_failing_local_init_is_heard_of() -> None:
    outcome = ours("failing_local_init")
    assert outcome.code == 1
    assert "pipe 'model'" in outcome.errors
    assert "failed in local_init: OSError: no such weights" in outcome.errors


def test_a_worker_that_dies_is_noticed() -> None:
    outcome = ours("killed")
    assert outcome.code == 1
    assert "WorkerDied: pipe 'leaver'" in outcome.errors
    assert "exited with code 0" in outcome.errors
    assert "on item 4" in outcome.errors


def test_a_join_ends_with_every_pair() -> None:
    assert ends_well("join", "10") == {"sink": [[n, "abcdefghij"[n]] for n in NUMBERS]}


def test_a_join_of_unequal_streams_ends_with_the_shorter() -> None:
    assert ends_well("join", "4") == {"sink": [[n, "abcd"[n]] for n in range(4)]}


def test_a_loop_ends_when_nothing_goes_round_any_more() -> None:
    assert sorted(ends_well("cycle")["sink"], key=repr) == [128, 160, 192]


def test_a_coroutine_that_yields_nothing_has_produced_nothing() -> None:
    assert ends_well("short_chunk") == {"sink": [[1, 2], [5, 6]]}


def test_ignored_exceptions_match_subclasses_and_are_counted() -> None:
    assert ends_well("ignored_subclass") == {"sink": ["zero", "two", "three"], "report": [{"KeyError": 7}]}


def test_what_the_system_ignores_comes_on_top_of_what_a_pipe_ignores() -> None:
    assert ends_well("ignored_everywhere_too") == {"sink": [0, 1, 3, 5, 6, 7, 8, 9]}


def test_an_ignored_exception_that_ends_a_generator_is_an_error() -> None:
    outcome = ours("ignored_in_a_generator")
    assert outcome.code == 1
    assert "pipe 'source'" in outcome.errors
    assert "ValueError: in the middle" in outcome.errors


def test_a_wrong_number_of_parts_is_an_error() -> None:
    outcome = ours("wrong_parts")
    assert outcome.code == 1
    assert "pipe 'three'" in outcome.errors
    assert "it returned 3 parts but its  downstreams  are 2 streams" in outcome.errors


def test_the_sentinel_class_is_an_end_only_when_a_source_yields_it() -> None:
    delivered = ends_well("sentinel_in_the_middle")
    assert delivered == {"sink": [0, 1, 2, 3, "the class", 5, 6, 7, 8, 9]}


def test_a_stream_that_nobody_writes_ends_after_its_seeds() -> None:
    assert ends_well("unwritten") == {"unwritten": ["seed"], "written": NUMBERS}


def test_the_verbs_in_any_order() -> None:
    delivered = ends_well("lifecycle")
    texts = delivered.pop("sink")
    assert sorted(texts, key=str) == sorted([str(n) for n in NUMBERS] * 3)
    assert delivered == {
        "close before run": ["ok"],
        "build twice": ["ok"],
        "close twice": ["ok"],
        "run again without reset": ["ok"],
        "run twice": ["PipelineStateError"],
        "close": ["ok"],
        "reset before run": ["ok"],
    }


def test_a_source_ended_from_outside_lets_its_readers_end() -> None:
    assert ends_well("term_flag") == {"sink": [0, 1, 2, 3, 4]}


def test_a_run_that_is_not_closed_ends_with_the_program_and_says_so() -> None:
    outcome = ours("unclosed")
    assert outcome.code == 0
    assert len(outcome.delivered.get("sink", [])) < 5
    assert "PipeflowWarning: a system was still running when the program ended" in outcome.errors
    assert "Wait for its end with  close() " in outcome.errors
    assert "still running" not in ours("chain").errors, "which is closed"


# ---------------------------------------------------------------- what the ancestor does there

HANGS = ["cycle", "failing_local_init", "killed", "term_flag", "unwritten"]
SAYS_NOTHING = ["failing", "ignored_in_a_generator", "short_chunk", "wrong_parts"]


@pytest.mark.slow
@pytest.mark.parametrize("program", HANGS)
def test_the_ancestor_never_ends(program: str) -> None:
    assert run(program, "minipipe", deadline=5).hung


@pytest.mark.slow
@pytest.mark.parametrize("program", SAYS_NOTHING)
def test_the_ancestor_exits_as_if_all_were_well(program: str) -> None:
    assert run(program, "minipipe", deadline=10).code == 0


@pytest.mark.slow
def test_the_ancestor_waits_for_a_run_that_is_not_closed() -> None:
    assert run("unclosed", "minipipe", deadline=10).delivered == {"sink": [0, 1, 2, 3, 4]}


@pytest.mark.slow
def test_the_ancestor_stops_everything_for_a_subclass() -> None:
    assert run("ignored_subclass", "minipipe", deadline=10).delivered in ({"sink": ["zero"]}, {})
