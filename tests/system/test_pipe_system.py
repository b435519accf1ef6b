"""PipeSystem: build, run, close, stop, reset, and what goes with them, on every engine."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from multiprocessing import Event
from typing import Any

import numpy as np
import pytest

import pipeflow as pf
from tests.system.runs import Collect, collected, double, endless, line, numbers, ran

pytestmark = pytest.mark.usefixtures("no_process_left")
DOUBLES = [2 * n for n in range(10)]


@pytest.fixture(params=["process", "thread", "inline"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# ---------------------------------------------------------------- build


def test_the_documented_parameters_and_defaults() -> None:
    build = inspect.signature(pf.PipeSystem.build).parameters
    documented = [(p.name, p.default) for p in build.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert documented[1:] == [("log_lvl", "INFO"), ("monitor", False), ("ignore_exceptions", None)]
    assert list(inspect.signature(pf.PipeSystem).parameters) == ["pipes"]
    diagram = inspect.signature(pf.PipeSystem.diagram).parameters
    assert diagram["draw_streams"].default is False


def test_an_unknown_level_is_refused_before_anything_else() -> None:
    system = line()
    with pytest.raises(pf.CompositionError, match="log_lvl"):
        system.build("verbose")
    assert not system.built


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(pf.GraphError, match=r"unknown engine 'proces'.*'process'"):
        line().build(engine="proces")


def test_the_same_on_every_engine(engine: str) -> None:
    system = ran(line(), engine=engine)
    assert collected(system) == DOUBLES
    assert system.report is not None
    assert system.report.engine == engine
    assert system.report["work"].taken == 10


@pytest.mark.parametrize("start_method", ["forkserver", "spawn"])
def test_the_same_under_every_start_method(start_method: str) -> None:
    assert collected(ran(line(), start_method=start_method)) == DOUBLES


def test_a_flow_makes_a_system_too() -> None:
    flow = pf.Source(numbers, "source") >> pf.Transform(double) >> pf.Sink(Collect(), "sink")
    assert collected(ran(pf.PipeSystem(flow), engine="thread")) == DOUBLES


def test_building_renames_nothing_of_the_callers() -> None:
    s = pf.Stream("s")
    pipes = [pf.Source(numbers, "same", downstreams=[s]), pf.Sink(Collect(), "same", upstreams=[s])]
    system = ran(pf.PipeSystem(pipes), engine="thread")
    assert [pipe.name for pipe in pipes] == ["same", "same"]
    assert system.report is not None
    assert [pipe.name for pipe in system.report.pipes] == ["same_0", "same_1"]
    ran(system, engine="thread")
    assert [pipe.name for pipe in system.report.pipes] == ["same_0", "same_1"]


def test_a_system_takes_part_in_what_a_flow_has() -> None:
    system = line()
    assert system.check().ok
    assert len(system.graph) == 5
    assert "work" in system.diagram().source
    assert "stream_0" in system.diagram(draw_streams=True).source
    system.build("critical")
    assert system.findings.ok
    assert str(system.plan).startswith("3 workers, 2 streams")


# ---------------------------------------------------------------- the order of the verbs


def test_streams_may_be_named_by_anything() -> None:
    odd: list[Any] = [64, 64, None, 0]
    streams = [pf.Stream(name) for name in odd]
    pipes: list[Any] = [pf.Source([1, 2], "src", downstreams=streams[:1])]
    for before, after in itertools.pairwise(streams):
        pipes.append(pf.Transform(str, f"p{len(pipes)}", upstreams=[before], downstreams=[after]))
    system = pf.PipeSystem([*pipes, pf.Sink(print, "k", upstreams=streams[-1:])])
    for drawn in (True, False):
        assert "p3" in system.diagram(draw_streams=drawn).source
    system.build()
    assert "64_2" in str(system.plan)


def test_close_before_run_and_twice_is_harmless() -> None:
    system = line()
    system.close()
    ran(system, engine="thread")
    system.close()
    assert collected(system) == DOUBLES


def test_run_builds_where_that_was_not_done(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    system = line()
    system.run()
    system.close()
    assert collected(system) == DOUBLES
    assert "sink: finished: 10 items taken" in caplog.messages, "with the documented log level"


def test_build_twice_changes_nothing() -> None:
    system = line()
    system.build("critical")
    assert collected(ran(system, engine="thread")) == DOUBLES


def test_a_running_system_can_not_be_run() -> None:
    system = line(source=endless)
    system.build("critical", engine="thread")
    system.run()
    with pytest.raises(pf.PipelineStateError, match=r"call close\(\) before run\(\)"):
        system.run()
    system.stop()
    assert not system.running


def test_run_and_close_again_and_again(engine: str) -> None:
    system = line()
    system.build("critical", engine=engine)
    for _ in range(3):
        system.run()
        system.close()
        assert collected(system) == DOUBLES


def test_what_close_raises_it_raises_once() -> None:
    system = line(functor=int, source=lambda: ["1", "x"])
    system.build("critical")
    system.run()
    with pytest.raises(pf.PipeError) as caught:
        system.close()
    error = caught.value
    assert (error.pipe, error.item, error.item_repr) == ("work", 2, "'x'")
    assert isinstance(error.__cause__, ValueError)
    assert "invalid literal" in error.worker_traceback
    assert error.report is system.report is not None
    system.close()
    [said] = system.report.failures
    assert said == error.args[0]
    assert f"failed: {said}" in str(system.report)
    assert "failed in" in str(system.report)
    assert system.report.to_dict()["failures"] == [said]
    system.reset()
    assert system.report is None


@pytest.mark.parametrize("engine", ["process", "thread"])
def test_reset_stops_what_is_running(engine: str) -> None:
    system = line(source=endless)
    system.build("critical", engine=engine)
    system.run()
    system.reset()
    assert not system.running
    assert system.report is None


def test_reset_before_run_is_harmless() -> None:
    system = line()
    system.reset()
    assert collected(ran(system, engine="inline")) == DOUBLES


def test_leaving_a_with_block_closes(engine: str) -> None:
    with line() as system:
        system.build("critical", engine=engine)
        system.run()
    assert collected(system) == DOUBLES


def test_leaving_a_with_block_by_an_exception_stops() -> None:
    system = line(source=endless)
    with contextlib.suppress(LookupError), system:
        system.build("critical")
        system.run()
        raise LookupError
    assert system.report is not None
    assert system.report.stopped


# ---------------------------------------------------------------- started generators


def test_a_started_generator_runs_once_and_reset_says_so() -> None:
    system = line(source=numbers(10))
    assert collected(ran(system)) == DOUBLES
    with pytest.warns(
        pf.PipeflowWarning, match=r"Source 'source'.*can't be rewound.*Source\(numbers\)"
    ) as caught:
        system.reset()
    assert caught[0].filename == __file__
    with pytest.raises(pf.PipelineStateError, match="used up"):
        system.run()


def test_a_used_up_generator_is_refused_without_reset_too() -> None:
    system = ran(line(source=numbers(10)), engine="thread")
    with pytest.raises(pf.PipelineStateError, match="used up"):
        system.run()


def test_a_used_up_iterator_is_refused_and_reset_does_not_ask_it() -> None:
    system = ran(line(source=iter(range(10))), engine="thread")
    assert collected(system) == DOUBLES
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        system.reset()
    with pytest.raises(pf.PipelineStateError, match=r"an iterator \(range_iterator\) and has been used up"):
        system.run()


def test_a_generator_function_begins_anew_without_a_warning() -> None:
    system = ran(line(), engine="thread")
    system.reset()
    system.run()
    system.close()
    assert collected(system) == DOUBLES


# ---------------------------------------------------------------- nothing stays


def belongings() -> tuple[int, list[str]]:
    """This process's descriptors, and the names of its threads."""
    return len(os.listdir("/proc/self/fd")), sorted(thread.name for thread in threading.enumerate())


@pytest.mark.timeout(120)
def test_fifteen_runs_leave_nothing_behind() -> None:
    s1, s2 = pf.Stream("s1"), pf.Stream("s2")
    pipes: list[pf.Pipe] = [
        pf.Source(numbers, "one", downstreams=[s1]),
        pf.Source(numbers, "two", downstreams=[s1]),
        *(pf.Transform(double, "double", upstreams=[s1], downstreams=[s2]) for _ in range(2)),
        pf.Sink(Collect(), "sink", upstreams=[s2]),
    ]
    pipes[0].set_term_flag(Event())
    system = pf.PipeSystem(pipes)
    system.build("critical", monitor=True)
    after_first: tuple[int, list[str]] | None = None
    for _ in range(15):
        system.run()
        system.close()
        assert sorted(collected(system)) == sorted(DOUBLES * 2)
        system.reset()
        after_first = after_first or belongings()
    assert belongings() == after_first


def test_a_forgotten_system_takes_its_workers_and_threads_along() -> None:
    before = belongings()
    system = line(source=endless)
    system.build("critical", monitor=True)
    system.run()
    with pytest.warns(pf.PipeflowWarning, match="was still running .* what was on its way is lost"):
        del system
    assert belongings() == before


# ---------------------------------------------------------------- loops and term flags


def looping(functor: Any) -> tuple[pf.PipeSystem, pf.Stream, pf.Stream, pf.Pipe]:
    s1, s2 = pf.Stream("s1"), pf.Stream("s2")
    pipe = pf.Transform(functor, "fib", upstreams=[s1, s2], downstreams=[s1, s2])
    return pf.PipeSystem([pipe]), s1, s2, pipe


def bounded_fib(x1: int, x2: int) -> tuple[int | None, int | None]:
    return (x2, x1 + x2) if x2 < 100 else (None, None)


def test_a_seeded_loop_ends_when_nothing_goes_round(engine: str) -> None:
    system, s1, s2, _ = looping(bounded_fib)
    system.build("critical", engine=engine)
    s1.q.put(0)  # after build, as often as before
    s2.q.put(1)
    system.run()
    system.close()
    assert system.report is not None
    assert system.report["fib"].taken == 12
    system.run()
    system.close()
    assert system.report["fib"].taken == 12, "the seeds are there again"


def test_new_seeds_take_the_place_of_old_ones(engine: str) -> None:
    system, s1, s2, _ = looping(bounded_fib)
    for seeds, taken in [((0, 1), 12), ((50, 80), 2), ((0, 1), 12)]:
        s1.q.put(seeds[0])
        s2.q.put(seeds[1])
        ran(system, engine=engine)
        assert system.report is not None
        assert system.report["fib"].taken == taken
        system.reset()


def test_an_event_ends_a_loop_and_reset_clears_it(engine: str) -> None:
    enough = Event() if engine == "process" else threading.Event()

    def fib(x1: int, x2: int) -> tuple[int, int]:
        if x2 > 100:
            enough.set()
        return x2, (x1 + x2) % 10**9

    system, s1, s2, pipe = looping(fib)
    pipe.set_term_flag(enough)
    for _ in range(2):
        s1.q.put(0)
        s2.q.put(1)
        ran(system, engine=engine)
        assert enough.is_set()
        assert system.report is not None
        assert system.report["fib"].taken >= 12
        system.reset()
        assert not enough.is_set()


def test_an_event_ends_a_source_and_every_worker_of_a_pipe(engine: str) -> None:
    enough = Event() if engine == "process" else threading.Event()

    def show(x: int) -> None:
        if x > 50:
            enough.set()

    made = pf.PipeLine()
    source, work = pf.Source(endless, "source"), pf.Transform(double, "work")
    made.add(source)
    made.add(work, n_processes=2)
    made.add(pf.Sink(show, "show"))
    source.set_term_flag(enough)  # after add: it is still the same pipe to its owner
    work.set_term_flag(enough)
    ran(made, engine=engine)
    assert made.report is not None
    assert not made.report.stopped


# ---------------------------------------------------------------- split values, ignored exceptions


def pairs_of(kind: Any) -> list[tuple[int, int]]:
    """Sends kind((n, -n)) to two streams, and brings the parts together again."""
    s1, s2, s3 = pf.Stream("in"), pf.Stream("left"), pf.Stream("right")

    def split(n: int) -> Any:
        return kind((n, -n))

    system = pf.PipeSystem(
        [
            pf.Source(numbers, "source", downstreams=[s1]),
            pf.Transform(split, "split", upstreams=[s1], downstreams=[s2, s3]),
            pf.Sink(Collect(), "sink", upstreams=[s2, s3]),
        ]
    )
    return [(int(left), int(right)) for left, right in collected(ran(system, engine="thread"))]


@pytest.mark.parametrize("kind", [tuple, list, np.array, iter, lambda pair: (x for x in pair)])
def test_whatever_can_be_iterated_can_be_split(kind: Any) -> None:
    assert pairs_of(kind) == [(n, -n) for n in range(10)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (lambda pair: 3, "so it must return something with 2 parts, not int"),
        (lambda pair: (1, 2, 3), "it returned 3 parts but its  downstreams  are 2 streams"),
        (lambda pair: itertools.count(), "it returned 3 parts but its  downstreams  are 2 streams"),
        (lambda pair: [1], "it returned 1 part but its  downstreams  are 2 streams"),
    ],
)
def test_another_number_of_parts_is_an_error(kind: Any, said: str) -> None:
    with pytest.raises(pf.PipeError, match=f"pipe 'split'.*{said}"):
        pairs_of(kind)


def picky(x: int) -> int:
    if x % 4 == 1:
        raise KeyError(x)
    if x % 4 == 2:
        raise ValueError(x)
    return x


def test_the_system_and_a_pipe_ignore_exceptions_and_their_subclasses(engine: str) -> None:
    system = line(picky, ignore_exceptions=[ValueError])
    ran(system, engine=engine, ignore_exceptions=[LookupError])
    assert collected(system) == [0, 3, 4, 7, 8]
    assert system.report is not None
    assert system.report["work"].ignored == {"KeyError": 3, "ValueError": 2}


# ---------------------------------------------------------------- the log


def test_monitored_streams_say_how_full_they_are_and_how_long_it_took(
    engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    made = pf.PipeLine()
    made.add(pf.Source(numbers, "source"))
    made.add(pf.Transform(double, "work"), buffer_size=4)
    made.add(pf.Sink(Collect(), "sink"))
    made.build("INFO", monitor=True, engine=engine)
    made.run()
    made.close()
    for pipe, what in [("source", "put"), ("work", "get")]:
        said = [text for text in caplog.messages if text.startswith(f"{pipe}: stream 'stream_0' {what} ")]
        assert sum(int(text.split()[4]) for text in said) == 10
        assert all(" s, capacity:" in text and text.endswith("%") for text in said)
    assert any(text.startswith("sink: stream 'stream_1' get ") for text in caplog.messages)


def test_a_single_stream_can_be_monitored(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    s1, s2 = pf.Stream("quiet"), pf.Stream("watched", monitor=True)
    system = pf.PipeSystem(
        [
            pf.Source(numbers, "source", downstreams=[s1]),
            pf.Transform(double, "work", upstreams=[s1], downstreams=[s2]),
            pf.Sink(Collect(), "sink", upstreams=[s2]),
        ]
    )
    system.build(engine="thread")
    system.run()
    system.close()
    text = caplog.text
    assert "stream 'watched' get" in text
    assert "stream 'watched' put" in text
    assert "quiet" not in text


def test_debug_lines_show_every_input_and_result(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    system = line(source=lambda: ["a", None, "b"])
    system.build("debug", engine=engine)
    system.run()
    system.close()
    assert collected(system) == ["aa", "bb"]
    work = [text for text in caplog.messages if text.startswith(("work: in", "work: out"))]
    assert work == ["work: in('a')", "work: out('aa')", "work: in('b')", "work: out('bb')"]
    assert "source: out(None)" in caplog.messages


def test_an_ignored_exception_is_a_warning(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    system = line(picky, ignore_exceptions=[LookupError, ValueError], source=lambda: [0, 1])
    system.build("warning", engine=engine)
    system.run()
    system.close()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "work: ignored item 2 (1): KeyError: 1")
    ]


def test_a_failure_is_an_error_in_the_log_too(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    system = line(picky)
    system.build("ERROR", engine=engine)
    system.run()
    with pytest.raises(pf.PipeError):
        system.close()
    assert caplog.messages == ["work: failed in run on item 2 (1): KeyError: 1"]


def test_a_read_that_waits_longer_than_the_timeout_is_logged_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warned = threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        assert warned.wait(20)
        yield 2

    s = pf.Stream("s", timeout=0.2)
    system = pf.PipeSystem(
        [pf.Source(slow, "slow", downstreams=[s]), pf.Sink(Collect(), "sink", upstreams=[s])]
    )
    system.build("warning", engine="thread")
    handler = logging.Handler()
    handler.emit = lambda record: warned.set()  # type: ignore[method-assign]
    logger = logging.getLogger("pipeflow.pipe")
    logger.addHandler(handler)
    try:
        system.run()
        system.close()
    finally:
        logger.removeHandler(handler)
    assert collected(system) == [1, 2]
    assert caplog.messages == ["sink: stream 's' get: waits longer than its timeout of 0.2 s"]


@pytest.mark.parametrize("engine", ["inline", "thread", "process"])
@pytest.mark.parametrize("nothing", [lambda: pf.PipeSystem([]), pf.PipeLine], ids=["system", "line"])
def test_without_pipes_there_is_nothing_to_run(nothing: Any, engine: str) -> None:
    system = nothing()
    with pytest.raises(pf.GraphError, match="there is nothing to run"):
        system.build(engine=engine)
    system.close()


def test_the_pipes_may_come_from_a_generator() -> None:
    stream = pf.Stream()
    pipes = [pf.Source([1, 2], downstreams=[stream]), pf.Sink(print, upstreams=[stream])]
    system = pf.PipeSystem(pipe for pipe in pipes)
    assert system.graph.number_of_nodes() == 3
    assert list(system.pipes) == pipes
