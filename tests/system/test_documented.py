"""What only the documented classes ask of a system. Pure: graphs and plans, no run."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.graph import Graph, build_graph, effective, name_of, pipe_nodes
from pipeflow.plan import compile_plan
from pipeflow.system import documented


class Keeper:
    def run(self, x: Any) -> Any:
        return x


def numbers() -> Iterator[int]:
    yield from range(3)


def graph(**transform: Any) -> Graph:
    s1, s2 = pf.Stream("s1"), pf.Stream("s2", monitor=True)
    s1.q.put("seed")
    keeper = Keeper()
    return build_graph(
        [
            pf.Source(numbers, "source", downstreams=[s1]),
            pf.Transform(keeper, "first", [s1], [s2], **transform),
            pf.Transform(keeper, "second", [s1], [s2], **transform),
            pf.Sink(print, "sink", upstreams=[s2]),
        ]
    )


def named(graph: Graph, name: str) -> pf.Pipe:
    return next(pipe for pipe in pipe_nodes(graph) if name_of(graph, pipe) == name)


def test_what_everybody_ignores_comes_on_top_of_their_own() -> None:
    made = graph(ignore_exceptions=[KeyError])
    documented.ignore_everywhere(made, [ValueError])
    first = named(made, "first")
    assert effective(made, first).options.ignore_exceptions == (KeyError, ValueError)
    assert effective(made, named(made, "sink")).options.ignore_exceptions == (ValueError,)
    assert first.options.ignore_exceptions == (KeyError,), "the caller's pipe is as it was"


@pytest.mark.parametrize("wrong", [ValueError, "ValueError", ["ValueError"], [int], 3])
def test_only_exception_classes_can_be_ignored(wrong: Any) -> None:
    with pytest.raises(pf.CompositionError, match="exception classes"):
        documented.ignore_everywhere(graph(), wrong)


def test_which_streams_are_monitored() -> None:
    made = graph()
    plan = compile_plan(made)
    assert documented.tracing(made, plan, monitor=False, items=False).streams == {1}
    assert documented.tracing(made, plan, monitor=True, items=True).streams == {0, 1}
    assert documented.tracing(made, plan, monitor=False, items=True).items


def test_a_plan_holds_the_seeds_of_the_moment() -> None:
    made = graph()
    plan = compile_plan(made)
    s1 = named(made, "source").downstreams[0]
    s1.q.put("later")
    assert documented.seeded(plan, made).streams[0].initial == ("seed", "later")


def test_pipes_leave_their_streams_and_flags_with_the_caller() -> None:
    made = graph()
    pipe = named(made, "first")
    pipe.set_term_flag(multiprocessing.Event())  # can't be pickled
    pipe.upstreams[0].q.put(lambda: None)  # neither can this
    stages = documented.detached(compile_plan(made), one_process=False).stages
    assert pickle.loads(pickle.dumps(stages[1].pipe)) == pipe
    assert stages[1].pipe is not None
    assert stages[1].pipe.upstreams == []
    assert len(pipe.upstreams) == 1
    assert pipe.term_flag is not None


@pytest.mark.parametrize("one_process", [True, False])
def test_pipes_that_share_a_process_do_not_share_a_functor_object(one_process: bool) -> None:
    stages = documented.detached(compile_plan(graph()), one_process=one_process).stages
    functors = [stage.pipe.functor for stage in stages if stage.pipe is not None]
    assert (functors[1] is functors[2]) is not one_process
    assert functors[0] is numbers


def test_a_generator_that_is_used_up_is_named_with_the_way_out() -> None:
    started = numbers()
    made = build_graph([pf.Source(started, "source", downstreams=[pf.Stream()])])
    assert list(documented.used_up(made)) == []
    next(started)
    assert list(documented.used_up(made)) == [], "it has something left"
    list(started)
    (text,) = documented.used_up(made)
    assert "Source 'source' (created at " in text
    assert "a generator can't be rewound" in text
    assert text.endswith("Source(numbers)")


def test_flags_are_cleared() -> None:
    made = graph()
    flag = multiprocessing.Event()
    named(made, "sink").set_term_flag(flag)
    flag.set()
    documented.clear_term_flags(made)
    assert not flag.is_set()
