"""Graphs with something wrong in them, by name, whose whole texts are in whole_texts.txt."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any, Literal, NoReturn

import pipeflow as pf
from pipeflow import (
    Discard,
    Feedback,
    Join,
    Rate,
    Regulator,
    Sink,
    Source,
    Stream,
    Switch,
    Transform,
    balance,
)
from tests.checks.pieces import increase, numbers, regulator, show, sink, source, work

BAD: dict[str, tuple[Callable[[], Any], dict[str, str]]] = {}


def bad(**target: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Every function below with this mark makes such a graph; `target` is what it is checked for."""

    def mark(make: Callable[[], Any]) -> Callable[[], Any]:
        BAD[make.__name__] = make, target
        return make

    return mark


# ---------------------------------------------------------------- functions


def one(item: Any) -> int:
    return 1


def single(item: Any) -> tuple[int]:
    return (1,)


def two(item: Any) -> tuple[int, str]:
    return 1, ""


def five(item: Any) -> tuple[int, int, int, int, int]:
    return 1, 2, 3, 4, 5


def three_of(a: Any, b: Any, c: Any) -> Any:
    return a


def at_least(a: Any, b: Any, *more: Any) -> Any:
    return a


def at_least_one(a: Any, *more: Any, wanted: Any) -> Any:
    return a


def up_to_two(a: Any, b: Any = None) -> Any:
    return a


def needs(path: str, size: int) -> Iterator[int]:
    yield 1


class Scaling:
    def local_init(self, factor: float) -> None: ...

    def run(self, item: Any) -> Any:
        return item


def batch_by(size: int, step: int) -> Any:
    item = yield
    yield item


def some(item: int) -> int | None:
    return item


def never(item: Any) -> NoReturn:
    raise ValueError


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def colour(item: Any) -> Colour:
    return Colour.RED


def small(item: Any) -> Literal[1, 2, 3]:
    return 1


def texts() -> Iterator[str]:
    yield "a"


def pairs() -> list[tuple[int, str]]:
    return []


# ---------------------------------------------------------------- arity


@bad()
def no_value_for_a_branch() -> Any:
    return source("s") >> two >> (sink("k"), sink("k2"), sink("k3"))


@bad()
def one_value_for_two_branches() -> Any:
    return source("s") >> single >> (sink("k"), sink("k2"))


@bad()
def three_branches_too_few() -> Any:
    return source("s") >> five >> (sink("k"), sink("k2"))


@bad()
def a_fifth_branch_is_missing() -> Any:
    return source("s") >> five >> (sink("k"), sink("k2"), sink("k3"), sink("k4"))


@bad()
def two_in_one_branch() -> Any:
    return source("s") >> single >> (sink("k") | sink("k2"), sink("k3"))


@bad()
def no_parts_for_three() -> Any:
    return source("s") >> one >> (sink("k") | sink("k2"), sink("k3"), Discard())


@bad()
def a_source_splits() -> Any:
    return Source(pairs) >> (sink("k"), sink("k2"), sink("k3"))


@bad()
def a_regulator_splits() -> Any:
    def emit() -> Iterator[tuple[int, int, int]]:
        item = yield  # type: ignore[misc]
        yield item

    return source("s") >> Regulator(emit) >> (sink("k"), sink("k2"))


@bad()
def documented_without_parts() -> Any:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(one, "t", upstreams=[s1], downstreams=[s2, s3]),
        Sink(print, "k", upstreams=[s2]),
        Sink(print, "k2", upstreams=[s3]),
    ]


@bad()
def two_arguments_too_few() -> Any:
    return source("s") >> Transform(three_of, "z") >> sink()


@bad()
def at_least_two_arguments() -> Any:
    return source("s") >> at_least >> sink()


@bad()
def at_least_one_argument_and_a_setting() -> Any:
    return (source("s1"), source("s2")) >> Transform(at_least_one) >> sink()


@bad()
def one_or_two_arguments() -> Any:
    return (source("s1"), source("s2"), source("s3")) >> Transform(up_to_two) * 2 >> sink()


@bad()
def one_argument_too_many() -> Any:
    def nothing() -> int:
        return 1

    return source("s") >> nothing >> sink()


@bad()
def two_for_one_argument() -> Any:
    return (source("s1"), source("s2")) >> Transform(increase) >> sink()


@bad()
def settings_of_a_source() -> Any:
    return Source(needs) >> sink()


@bad()
def settings_of_a_regulator() -> Any:
    return source("s") >> Regulator(batch_by, init_kwargs={"step": 1}) >> sink()


@bad()
def parts_behind_a_filter() -> Any:
    return source("s") >> two >> pf.filter(bool, "kept") >> (sink("a"), sink("b"), sink("c"))


@bad()
def settings_of_local_init() -> Any:
    return source("s") >> Transform(Scaling(), "t", init_kwargs={"facktor": 1}) >> sink()


@bad()
def settings_that_a_function_has_not() -> Any:
    return source("s") >> Transform(up_to_two, "t", init_kwargs={"c": 1}) >> sink()


@bad()
def settings_given_twice() -> Any:
    return source("s") >> Transform(up_to_two, "t", init_kwargs={"a": 1}) >> sink()


@bad()
def key_functions_of_a_join() -> Any:
    return (source("s1"), source("s2"), source("s3")) >> Join(key=(abs, abs)) >> Transform(three_of) >> sink()


@bad()
def nothing_to_join() -> Any:
    return source("s") >> Join() >> Transform(lambda *parts: parts, "w") >> sink()


@bad()
def a_documented_part_that_nobody_reads() -> Any:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(five, "t", upstreams=[s1], downstreams=[s2, s3]),
        Sink(print, "k", upstreams=[s2]),
    ]


@bad()
def a_documented_value_without_parts_that_nobody_reads() -> Any:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(one, "t", upstreams=[s1], downstreams=[s2, s3]),
        Sink(print, "k", upstreams=[s2]),
    ]


@bad()
def a_replica_is_no_rival() -> Any:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(one, "t", upstreams=[s1], downstreams=[s2]),
        Transform(one, "u", upstreams=[s1], downstreams=[s3]),
        Sink(print, "k", upstreams=[s3]),
    ]


# ---------------------------------------------------------------- buffers


def hub() -> Any:
    return source("s") >> work("a")


def slow(start: Any) -> Any:
    return start >> regulator("q", 8, 1) >> regulator("r", 1, 8)


@bad()
def two_streams_too_small() -> Any:
    start = hub()
    short = start >> Stream("x", buffer_size=1) >> work("c") >> Stream("y", buffer_size=1)
    return (slow(start), short) >> work("z") >> sink()


@bad()
def a_size_of_the_pipe_is_too_small() -> Any:
    start = hub()
    return (slow(start), start >> work("c")) >> work("z").with_(buffer_size=1) >> sink()


@bad()
def items_pile_up() -> Any:
    start = hub()
    return (
        (start >> regulator("q", 8, 1), start >> work("c") * 2)
        >> Join(pairing="arrival")
        >> work("z")
        >> sink()
    )


@bad()
def items_pile_up_where_sizes_are_given() -> Any:
    start = hub()
    arms = (start >> regulator("q", 2, 3), start >> Stream("x", buffer_size=4) >> work("c"))
    return arms >> Join(pairing="arrival") >> work("z") >> sink()


@bad()
def sizes_are_chosen() -> Any:
    start = hub()
    return (slow(start), start >> work("c")) >> work("z") * 2 >> sink()


@bad()
def two_sizes_are_chosen() -> Any:
    start = hub()
    return (slow(start), start >> work("c"), start >> work("d")) >> work("z") >> sink()


@bad()
def sizes_that_may_not_suffice() -> Any:
    start = hub()
    arms = (
        start >> Stream("w", buffer_size=9) >> regulator("q"),
        start >> Stream("x", buffer_size=4) >> work("c"),
    )
    return arms >> Join(pairing="arrival") >> work("z") >> sink()


# ---------------------------------------------------------------- joins


@bad()
def arms_of_different_counts() -> Any:
    load = source("load")
    return (load >> regulator("q", 2, 1), load >> regulator("r", 1, 3), load) >> work("z") * 2 >> sink()


@bad()
def a_join_with_two_readers() -> Any:
    load = source("load")
    joined = (load >> regulator("q", 2, 1), load >> work("b")) >> Join(name="j")
    return joined >> (work("y") >> sink() | work("z") >> sink("k2"))


@bad()
def arms_of_which_one_drops() -> Any:
    load = source("load")
    left = load >> Transform(some) >> regulator("q", 4, 1)
    return (left, load >> regulator("r", 4, 1)) >> work("z") >> sink()


@bad()
def arms_of_different_counts_of_which_one_drops() -> Any:
    load = source("load")
    return (load >> Transform(some) >> regulator("q", 4, 1), load >> work("b")) >> work("z") >> sink()


@bad()
def arms_of_which_one_shuffles() -> Any:
    load = source("load") >> work("b") * 2
    return (load >> regulator("q", 4, 1), load >> regulator("r", 4, 1)) >> work("z") >> sink()


@bad()
def arms_of_which_one_copies() -> Any:
    start = source("load") >> work("a")
    arms = (start >> (work("b") | work("c") | work("e")), start >> work("d") * 3)
    return arms >> work("z") >> sink()


@bad()
def three_ways_of_a_switch() -> Any:
    b, c, d = work("b") * 2, work("c"), work("d")
    chosen = source("s") >> Switch(len, "sw") >> {1: b >> sink("k1"), "two": c >> sink("k2"), Colour.RED: d}
    return chosen | (b, c, d) >> work("z") * 2 >> sink()


@bad()
def competing_arms() -> Any:
    b, c = work("b"), work("c")
    return source("s") >> balance(b, c) >> sink("k1") | (b, c) >> work("z") >> sink()


@bad()
def merged_sources() -> Any:
    merged = (source("s1") | source("s2") | source("s3")) >> work("a")
    return (merged, source("s4") >> work("b")) >> work("z") >> sink()


@bad()
def made_by_several_workers() -> Any:
    many = work("many").with_(rate=Rate(1, None), n_processes=3)
    return (source("s1") >> many >> work("b"), source("s2")) >> work("z") >> sink()


@bad()
def documented_arms() -> Any:
    s1, s2, s3, s4 = (Stream(f"s{number}") for number in (1, 2, 3, 4))
    return [
        Source(lambda: numbers(), "load", downstreams=[s1]),
        Source(lambda: numbers(), "load2", downstreams=[s2]),
        Source(lambda: numbers(), "load3", downstreams=[s2]),
        Transform(lambda item: item, "left", upstreams=[s1], downstreams=[s3]),
        Transform(lambda item: item, "right", upstreams=[s2], downstreams=[s4]),
        Sink(lambda left, right: None, "k", upstreams=[s3, s4]),
    ]


# ---------------------------------------------------------------- what is open


@bad(intent="run")
def a_result_that_goes_nowhere() -> Any:
    return source("s") >> work("a")


@bad(intent="run")
def a_source_that_goes_nowhere() -> Any:
    return source("s") >> sink() | source("s2")


@bad(intent="run")
def merged_results_that_go_nowhere() -> Any:
    return source("s") >> (work("a") * 2 | work("b") >> work("c")) >> Stream("x")


@bad()
def a_switch_that_is_open() -> Any:
    return source("s") >> (Switch(bool, "big") | Switch(bool, "small") * 2 | work("a"))


@bad()
def a_branch_for_none() -> Any:
    return source("s") >> Switch(single, "one") * 2 >> {1: sink(), None: work("a") >> sink("k2")}


@bad(intent="stream")
def two_open_outputs() -> Any:
    return source("s") >> work("a") >> (work("b") * 2, work("c"))


@bad()
def failed_items_that_go_nowhere() -> Any:
    parse = work("parse")
    return source("s") >> parse >> sink() | parse.errors


@bad(intent="run")
def a_transform_that_is_a_sink() -> Any:
    return source("s") >> work("a") >> Transform(show) * 2


@bad(intent="run")
def a_transform_that_always_raises() -> Any:
    return source("s") >> never


@bad(intent="stream")
def nothing_to_iterate() -> Any:
    return source("s") >> (sink("k1") | work("a") >> sink("k2"))


@bad()
def a_bar_in_the_wrong_place() -> Any:
    return source("s1") | source("s2") | source("s3") >> (work("a") | work("b")) >> sink()


@bad()
def documented_outputs() -> Any:
    s1, s2 = Stream("s1"), Stream("s2")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(increase, "t", upstreams=[s1], downstreams=[s2]),
        Transform(one, "u", upstreams=[s1]),
    ]


@bad()
def inputs_that_are_open() -> Any:
    return (work("a") | work("b") >> work("c") * 2) >> work("d") >> sink()


@bad()
def a_feedback_that_is_open() -> Any:
    return Feedback(name="loop") >> work("a") >> sink()


@bad()
def documented_inputs() -> Any:
    s1, s2 = Stream("s1"), Stream("s2")
    return [
        Transform(increase, "t", downstreams=[s1]),
        Transform(increase, "u", upstreams=[s2], downstreams=[s1]),
        Sink(print, "k", upstreams=[s1]),
    ]


@bad()
def a_batch_that_is_none() -> Any:
    return Source(numbers, "n") >> pf.unbatch() >> sink()


@bad()
def nothing_for_flat_map() -> Any:
    return source("s") >> pf.flat_map(one) >> sink()


@bad()
def a_key_of_two_arguments() -> Any:
    return (source("s1"), source("s2")) >> Join(key=three_of) >> Sink(up_to_two, "k")


@bad()
def a_code_that_there_is_not() -> Any:
    return source("s") >> work("a").with_(ignore=["PF999"]) >> sink()
