from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import pytest

from pipeflow import (
    EndOfStream,
    Feedback,
    Flow,
    GraphError,
    PipelineStateError,
    Regulator,
    Sink,
    Source,
    Switch,
    Transform,
)
from pipeflow.engines import load
from pipeflow.engines._base import Settings
from pipeflow.plan import Plan
from pipeflow.views.preview import RunLike, preview
from pipeflow.views.previewed import Preview, shown
from tests.views.graphs import pipe, sink, two


def inline(plan: Plan) -> RunLike:
    run: RunLike = load("inline").open_run(plan, Settings())
    return run


def look(flow: Any, n: int = 3, sinks: bool = False) -> Preview:
    return preview(flow, n, sinks=sinks, open_run=inline)


def endless() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def even(x: int) -> int | None:
    return x if x % 2 == 0 else None


def batch() -> Generator[list[int] | None, int, None]:
    held: list[int] = []
    while True:
        try:
            held.append((yield None))
        except EndOfStream:
            if held:
                yield held
            return
        if len(held) == 2:
            yield held
            held = []


def chain() -> Flow:
    return Source(endless, name="src") >> Transform(even) >> Regulator(batch) >> sink()


def test_the_first_items_of_every_pipe() -> None:
    seen = look(chain(), n=5)
    assert seen["src"].items == ("0", "1", "2", "3", "4")
    assert seen["even"].items == ("0", "2", "4")
    assert (seen["even"].taken, seen["even"].count, seen["even"].dropped) == (5, 3, 2)
    assert seen["batch"].items == ("[0, 2]", "[4]")
    assert seen["k"].items == ("[0, 2]", "[4]")
    assert not seen.error


def test_a_flow_has_it_as_a_verb() -> None:
    assert str(chain().preview(5)) == str(look(chain(), n=5))


def test_the_text() -> None:
    assert str(look(chain(), n=2)).splitlines() == [
        "src (Source): 2 out", "    0", "    1",
        "even (Transform): 2 in, 1 out, 1 dropped", "    0",
        "batch (Regulator): 1 in, 1 out", "    [0]",
        "k (Sink): would get 1", "    [0]",
    ]  # fmt: skip


def test_sinks_are_called_only_when_asked() -> None:
    got: list[int] = []
    flow = Source([1, 2], name="src") >> Sink(got.append, name="k")
    assert look(flow)["k"].items == ("1", "2")
    assert got == []
    assert look(flow, sinks=True)["k"].summary == "got 2"
    assert got == [1, 2]


def test_a_sinks_local_init_is_not_called_either() -> None:
    class Writes:
        def local_init(self) -> None:
            raise AssertionError("it must not open anything")

        def run(self, x: int) -> None:
            raise AssertionError

    assert look(Source([1], name="src") >> Sink(Writes(), name="k"))["k"].count == 1


def test_functor_objects_keep_nothing_of_it() -> None:
    class Counts:
        def __init__(self) -> None:
            self.total = 0

        def run(self, x: int) -> int:
            self.total += x
            return self.total

    counts = Counts()
    assert look(Source([1, 2]) >> Transform(counts, name="c"))["c"].items == ("1", "3")
    assert counts.total == 0


def test_an_open_output_is_no_problem_here() -> None:
    assert look(Source([1]) >> pipe("a"))["a"].items == ("1",)


def test_a_graph_with_errors_is_refused() -> None:
    with pytest.raises(GraphError, match="PF102"):
        look(pipe("a") >> sink())


def started() -> Any:
    return endless()


@pytest.mark.parametrize("functor", [started(), iter([1, 2])])
def test_what_can_be_read_only_once_is_left_alone(functor: Any) -> None:
    with pytest.raises(PipelineStateError, match=r"use up .*'src' \(created at .*test_preview\.py:\d+\)"):
        look(Source(functor, name="src") >> sink())
    assert next(functor) in (0, 1)


@pytest.mark.parametrize("n", [0, -1, "x", True, 2.5, None])
def test_at_least_one(n: Any) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        look(chain(), n)


def test_a_failure_is_shown_with_what_came_before() -> None:
    def parse(x: int) -> int:
        if x == 2:
            raise ValueError("two!")
        return x

    seen = look(Source([1, 2, 3], name="src") >> Transform(parse) >> sink())
    assert seen.error == "'parse' failed on item 2 (2): ValueError: two!"
    assert seen["parse"].items == ("1",)
    assert 'raise ValueError("two!")' in str(seen)
    assert "two!" in seen._repr_html_()


def test_skipped_items_are_counted() -> None:
    def parse(x: int) -> int:
        return 1 // x

    flow = Source([1, 0], name="src") >> Transform(parse).with_(ignore_exceptions=[ZeroDivisionError])
    assert look(flow)["parse"].summary == "2 in, 1 out, 1 skipped by an ignored exception"


def test_split_and_join() -> None:
    flow = Source([(1, 2)], name="src") >> (pipe("a"), pipe("b")) >> Transform(two, name="z")
    seen = look(flow)
    assert [seen[name].items for name in "abz"] == [("1",), ("2",), ("3",)]


def test_replicas_are_one_pipe() -> None:
    seen = look(Source([1, 2, 3, 4]) >> (pipe("a") * 3).with_(ordered=True), n=4)
    assert sorted(seen["a"].items) == ["1", "2", "3", "4"]


def test_replicas_of_a_joining_pipe() -> None:
    flow = Source([(1, 2)], name="src") >> (pipe("a"), pipe("b")) >> Transform(two, name="z") * 2
    seen = look(flow)
    assert [each.name for each in seen.pipes] == ["src", "a", "b", "z"]
    assert seen["z"].items == ("3",)


def test_a_loop_without_end_ends() -> None:
    def more(x: int) -> int:
        return x + 1

    loop: Any = Feedback(init=[0], name="loop")
    seen = look(loop >> Transform(more) >> loop, n=2)
    assert seen["more"].items == ("1", "2")
    assert "it would go on" in seen["more"].summary
    assert "... " in str(seen)


def test_a_loop_with_an_end() -> None:
    def down(x: int) -> int:
        return x - 1

    def done(x: int) -> bool:
        return x <= 0

    loop: Any = Feedback(name="loop")
    flow = (Source([3], name="src") | loop) >> Transform(down) >> Switch(done) >> {True: sink(), False: loop}
    seen = look(flow)
    assert seen["down"].items == ("2", "1", "0")
    assert seen["k"].items == ("0",)


def test_a_switch_shows_the_key_and_the_item() -> None:
    choose = Switch(lambda x: "big" if x > 1 else "small", name="choose")
    assert look(Source([1, 2], name="src") >> choose)["choose"].items == ("'small': 1", "'big': 2")
    whole = Source([1, 2], name="src") >> choose >> {"big": sink(), "small": pipe("p")}
    assert look(whole)["choose"].items == ("'small': 1", "'big': 2")


def test_one_item_may_make_results_for_ever() -> None:
    class Pours:
        def run(self) -> Generator[int | None, int, None]:
            yield None
            yield from endless()

    seen = look(Source([1], name="src") >> Regulator(Pours(), name="pours"), n=2)
    assert seen["pours"].cut
    assert seen["pours"].count == 200


def test_coroutine_functions() -> None:
    async def fetch(x: int) -> int:
        return x * 10

    assert sorted(look(Source([1, 2]) >> Transform(fetch).with_(concurrency=2))["fetch"].items) == [
        "10",
        "20",
    ]


def test_html_escapes_what_users_wrote() -> None:
    html = look(Source(["<b>"], name="<src>") >> Transform(str, name="a"))._repr_html_()
    assert "&lt;src&gt;" in html
    assert "&#x27;&lt;b&gt;&#x27;" in html
    assert "<b>" not in html


def test_values_are_one_line() -> None:
    assert shown(np.zeros((100, 3), dtype=np.float32)) == "ndarray 100x3 float32"
    assert shown(np.array([1, 2])) == "array([1, 2])"
    assert len(shown("x" * 1000)) == 100
    assert "\n" not in shown(np.zeros((2, 2)))
