"""PipeLine: what add() describes, and the same in operator spelling."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.graph import build_graph, name_of, pipe_nodes, stream_nodes
from pipeflow.pipelines import PipeLine
from tests.system.runs import Collect, collected, double, line, numbers, ran

pytestmark = pytest.mark.usefixtures("no_process_left")


def pairs() -> Iterator[Any]:
    yield (yield), (yield)


def page_line() -> PipeLine:
    made = PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Regulator(pairs, "batcher"), buffer_size=10)
    made.add(pf.Transform(sum, "sum"), n_processes=3)
    made.add(pf.Sink(Collect(), "print"))
    return made


def test_the_documented_parameters_and_defaults() -> None:
    made = inspect.signature(PipeLine).parameters
    assert {name: p.default for name, p in made.items()} == {
        "monitor": False,
        "queue_type": "multiprocessing.Queue",
    }
    add = inspect.signature(PipeLine.add).parameters
    assert list(add) == ["self", "pipe", "n_processes", "buffer_size"]
    assert add["n_processes"].default == 1
    assert add["buffer_size"].default is None, "3 items, or more while they fit in 4 MiB"


def test_the_graph_of_a_line() -> None:
    graph = page_line().graph
    assert [name_of(graph, pipe) for pipe in pipe_nodes(graph)] == [
        "source", "batcher", "sum_0", "sum_1", "sum_2", "print",
    ]  # fmt: skip
    streams = {name_of(graph, s): s.buffer_size for s in stream_nodes(graph)}
    assert streams == {"stream_0": 10, "stream_1": None, "stream_2": None}


def test_several_workers_get_every_item_once() -> None:
    made = page_line()
    assert sorted(collected(ran(made), "print")) == [1, 5, 9, 13, 17]


def test_a_pipe_can_be_added_to_several_lines_and_twice_to_one() -> None:
    source, work, sink = (
        pf.Source(numbers, "source"),
        pf.Transform(double, "work"),
        pf.Sink(Collect(), "sink"),
    )
    first, second = PipeLine(), PipeLine()
    for pipe in (source, work, sink):
        first.add(pipe)
    for pipe in (source, work, work, sink):
        second.add(pipe)
    assert collected(ran(first, engine="thread")) == [2 * n for n in range(10)]
    assert collected(ran(second, engine="thread")) == [4 * n for n in range(10)]
    assert (source.downstreams, work.upstreams) == ([], [])


def test_a_pipe_keeps_the_line_that_created_it() -> None:
    work = pf.Transform(double, "work")
    made = PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(work, n_processes=2)
    assert {pipe.place for pipe in pipe_nodes(made.graph)[1:]} == {work.place}


def test_workers_on_one_thread_engine_have_functors_of_their_own() -> None:
    class Own:
        def local_init(self) -> None:
            self.begun = getattr(self, "begun", 0) + 1

        def run(self, x: int) -> int:
            return self.begun

    made = PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Transform(Own(), "own"), n_processes=3)
    made.add(pf.Sink(Collect(), "sink"))
    assert collected(ran(made, engine="thread")) == [1] * 10


def test_a_regulator_may_have_several_workers_here() -> None:
    made = PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Regulator(pairs, "pairs"), n_processes=2)
    made.add(pf.Sink(Collect(), "sink"))
    seen = [n for pair in collected(ran(made)) for n in pair]
    assert len(seen) == len(set(seen)) >= 8, "each worker may keep one item without a partner"


def test_monitor_and_queue_type_reach_the_streams() -> None:
    made = PipeLine(monitor=True, queue_type="multiprocessing.SimpleQueue")
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Sink(Collect(), "sink"))
    (stream,) = stream_nodes(made.graph)
    assert stream.monitor
    assert stream.queue_type == "multiprocessing.SimpleQueue"


def test_adding_after_building_takes_effect() -> None:
    made = PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Transform(double, "double"))
    with pytest.warns(pf.DanglingStreamWarning, match="'double' writes to no stream"):
        made.build("critical")
    made.add(pf.Sink(Collect(), "sink"))
    assert not made.built
    assert collected(ran(made, engine="thread")) == [2 * n for n in range(10)]


def test_a_term_flag_that_is_set_on_the_callers_pipe_counts() -> None:
    flag = threading.Event()
    source = pf.Source(numbers, "source")
    made = PipeLine()
    made.add(source)
    made.add(pf.Sink(Collect(), "sink"))
    source.set_term_flag(flag)
    made.build("critical", engine="thread")
    assert pipe_nodes(made.graph)[0].term_flag is flag


# ---------------------------------------------------------------- refused where it was written


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "2"])
def test_a_wrong_number_of_workers(wrong: Any) -> None:
    with pytest.raises(pf.CompositionError, match=r"Transform 'work' .*n_processes must be a whole number"):
        PipeLine().add(pf.Transform(double, "work"), n_processes=wrong)


def test_a_wrong_buffer_size() -> None:
    with pytest.raises(pf.CompositionError, match=r"Transform 'work' .*buffer_size must be a whole number"):
        PipeLine().add(pf.Transform(double, "work"), buffer_size=0)


def test_a_function_instead_of_a_pipe() -> None:
    with pytest.raises(pf.CompositionError, match=r"add\(Transform\(f, 'name'\)\)"):
        PipeLine().add(double)  # type: ignore[arg-type]


def test_a_source_with_several_workers() -> None:
    with pytest.raises(pf.CompositionError, match="every worker of a source would make the same items"):
        PipeLine().add(pf.Source(numbers, "source"), n_processes=2)


def test_a_source_in_the_middle() -> None:
    made = PipeLine()
    made.add(pf.Source(numbers, "first"))
    with pytest.raises(
        pf.CompositionError, match=r"Source 'second' .*can't follow Source 'first'.*has no input"
    ):
        made.add(pf.Source(numbers, "second"))


def test_something_behind_a_sink() -> None:
    made = line()
    with pytest.raises(
        pf.CompositionError, match=r"Transform 'late' .*can't follow Sink 'sink'.*sends nothing"
    ):
        made.add(pf.Transform(double, "late"))
    assert len(pipe_nodes(made.graph)) == 3


def test_an_unknown_queue_type() -> None:
    with pytest.raises(pf.CompositionError, match="PipeLine: unknown queue_type 'Queue'"):
        PipeLine(queue_type="Queue")


# ---------------------------------------------------------------- the operators


def test_a_line_shows_itself_in_operator_spelling() -> None:
    assert repr(page_line()) == "PipeLine source >> batcher >> sum*3 >> print"
    assert repr(PipeLine()) == "PipeLine (empty)"


def test_a_flow_of_a_line_has_its_options() -> None:
    graph = build_graph(page_line().to_flow())
    pipes = {name_of(graph, pipe): graph.nodes[pipe]["pipe"] for pipe in pipe_nodes(graph)}
    assert list(pipes) == ["source", "batcher", "sum", "print"]
    assert pipes["sum"].options.n_processes == 3
    assert pipes["batcher"].options.buffer_size == 10
    assert pipes["print"].options.buffer_size is None


def test_a_flow_of_a_line_gives_the_same_items() -> None:
    flow = page_line().to_flow()
    report = flow.run(engine="thread")
    assert sorted(item for items in report.results["print"] for item in items) == [1, 5, 9, 13, 17]


def test_names_that_repeat_in_a_line_are_those_of_its_graph() -> None:
    made = PipeLine()
    made.add(pf.Source(numbers, "same"))
    made.add(pf.Transform(double, "same"), n_processes=2)
    made.add(pf.Sink(Collect(), "same"))
    flow = made.to_flow()
    assert repr(made) == "PipeLine same_0 >> same_1*2 >> same_3"
    assert flow.check().ok


def test_regulators_that_compete_are_balanced() -> None:
    made = PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Regulator(pairs, "pairs"), n_processes=2)
    made.add(pf.Sink(Collect(), "sink"))
    assert repr(made) == "PipeLine source >> balance(pairs_0, pairs_1) >> sink"
    assert made.to_flow().check().ok


def test_an_empty_line_has_no_flow() -> None:
    with pytest.raises(pf.CompositionError, match="add pipes before"):
        PipeLine().to_flow()
