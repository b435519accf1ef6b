"""Graphs with something wrong in their order, names, options or functors; see bad_graphs.py."""

from __future__ import annotations

import enum
import functools
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, Literal

from pipeflow import (
    Discard,
    Feedback,
    Join,
    Regulator,
    Sink,
    Source,
    Stream,
    Switch,
    Transform,
    balance,
    filter,
)
from tests.checks.bad_graphs import bad, five, one, two
from tests.checks.pieces import increase, lines, numbers, pair, show, sink, source, work

# ---------------------------------------------------------------- loops, names, options


@bad()
def a_long_cycle() -> Any:
    a, b, c, d = work("a"), work("b"), work("c"), work("d")
    return a >> b >> c >> d >> a


@bad()
def a_cycle_with_two_ways_in() -> Any:
    a, b = work("a"), work("b")
    return (source("s1") | source("s2")) >> a >> (b | sink()) | b >> a


@bad()
def an_endless_loop() -> Any:
    loop = Feedback(init=[1], name="loop")
    return loop >> increase >> Transform(increase, "again") >> loop


@bad()
def a_loop_out_of_reach() -> Any:
    loop = Feedback(init=[], name="loop")
    other = source("s") >> sink("other")
    return other | loop >> work("a") >> Switch(bool, "done") >> {True: sink(), False: loop}


@bad()
def a_join_out_of_reach() -> Any:
    loop = Feedback(init=[], name="back")
    z = work("z")
    return (source("s"), loop) >> z >> Switch(bool, "done") >> {True: sink(), False: loop}


@bad()
def fed_three_times() -> Any:
    f = work("f")
    first = source("s1") >> work("a") * 2 >> f >> sink("k1")
    return first | (source("s2") | source("s3")) >> f >> sink("k2") | source("s4") >> f >> sink("k3")


@bad()
def fed_six_times() -> Any:
    f = work("f")
    flow: Any = source("s0") >> f >> sink("k0")
    for number in range(1, 6):
        flow = flow | source(f"s{number}") >> f >> sink(f"k{number}")
    return flow


@bad()
def three_of_one_name() -> Any:
    return (
        source("s")
        >> Transform(increase, "a")
        >> Transform(increase, "a")
        >> Transform(increase, "a")
        >> sink()
    )


@bad()
def seven_of_one_name() -> Any:
    flow: Any = source("s")
    for _ in range(6):
        flow = flow >> work("a")
    return flow >> sink("a")


@bad()
def options_that_differ() -> Any:
    a = work("a")
    return source("s") >> a * 3 >> sink("k1") | a.with_(n_processes=2, concurrency=2) >> sink("k2")


@bad()
def sizes_that_differ() -> Any:
    a, b = work("a"), work("b").with_(buffer_size=6)
    return source("s") >> Stream("raw", buffer_size=5) >> balance(a, b) >> sink()


@bad()
def an_order_that_is_merged() -> Any:
    return (source("s1") | source("s2")) >> work("a").with_(n_processes=3, ordered=True) >> sink()


@bad()
def an_order_that_competes() -> Any:
    return source("s") >> balance(work("a").with_(n_processes=3, ordered=True), work("b")) >> sink()


@bad()
def an_order_that_is_lost() -> Any:
    return source("s") >> work("a") * 2 >> work("b") >> work("c").with_(n_processes=3, ordered=True) >> sink()


@bad()
def documented_competitors() -> Any:
    s1 = Stream("s1")
    return [
        Source(numbers, "s", downstreams=[s1]),
        *(Sink(functor, "k", upstreams=[s1]) for functor in (print, show, print, one, increase, two, five)),
    ]


# ---------------------------------------------------------------- functors


async def waits() -> int:
    return 1


async def pages(item: Any) -> AsyncIterator[int]:
    yield item


def spread(item: Any) -> Iterator[Any]:
    for each in item:  # noqa: UP028 - delegating could pass on what is sent
        yield each


def receives(size: int = 1) -> Any:
    item = yield
    yield item


def nothing() -> None:
    print("nothing")


def number() -> int:
    return 1


def lossy() -> Any:
    while True:
        item = yield
        yield item if item else None


class Scale:
    def run(self, item: Any) -> Any:
        return item


@bad()
def a_generator_in_a_transform() -> Any:
    return source("s") >> Transform(spread) >> sink()


@bad()
def a_generator_that_receives_in_a_transform() -> Any:
    return source("s") >> Transform(receives) >> sink()


@bad()
def a_generator_without_arguments_in_a_transform() -> Any:
    return source("s") >> Transform(numbers) >> sink()


@bad()
def an_async_generator_in_a_transform() -> Any:
    return source("s") >> Transform(pages) >> sink()


@bad()
def a_generator_in_a_sink() -> Any:
    return source("s") >> Sink(spread)


@bad()
def a_generator_in_a_filter() -> Any:
    return source("s") >> filter(spread) >> sink()


@bad()
def a_generator_in_a_switch() -> Any:
    return source("s") >> Switch(spread, "sw") >> {1: sink("k"), 2: sink("k2")}


@bad()
def a_class_in_a_transform() -> Any:
    return source("s") >> Transform(Scale) >> sink()


@bad()
def a_class_in_a_sink() -> Any:
    return source("s") >> Sink(Scale)


class Session:
    async def local_init(self) -> None: ...

    def run(self, item: Any) -> Any:
        return item


@bad()
def an_async_init_of_a_plain_functor() -> Any:
    return source("s") >> Transform(Session()) >> sink()


@bad()
def a_coroutine_in_a_source() -> Any:
    return Source(waits) >> sink()


@bad()
def nothing_in_a_source() -> Any:
    return Source(nothing) >> sink()


@bad()
def a_number_in_a_source() -> Any:
    return Source(number) >> sink()


@bad()
def a_coroutine_in_a_regulator() -> Any:
    return source("s") >> Regulator(waits) >> sink()


@bad()
def an_async_generator_in_a_regulator() -> Any:
    return source("s") >> Regulator(pages) >> sink()


@bad()
def a_class_in_a_regulator() -> Any:
    return source("s") >> Regulator(dict, "r") >> sink()


@bad()
def a_plain_function_in_a_regulator() -> Any:
    return source("s") >> Regulator(nothing) >> sink()


@bad()
def a_generator_that_takes_items_in_a_regulator() -> Any:
    return source("s") >> Regulator(spread) >> sink()


@bad()
def a_generator_that_takes_none_in_a_regulator() -> Any:
    return source("s") >> Regulator(numbers) >> sink()


@bad()
def a_yield_that_loses_an_item() -> Any:
    return source("s") >> Regulator(lossy) >> sink()


# ---------------------------------------------------------------- types, results, keys


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def colour(item: Any) -> Colour:
    return Colour.RED


def size(item: Any) -> Literal["small", "medium", "large"]:
    return "small"


def parse(line: str) -> str:
    return line


def add(left: int, right: str) -> float:
    return 1.0


def parts(item: int) -> tuple[int, str]:
    return 1, ""


def listed(item: int) -> list[int]:
    return [item]


def texts_of(items: list[str]) -> int:
    return 1


@bad()
def a_type_that_does_not_fit() -> Any:
    return Source(lines) >> parse >> increase >> sink()


@bad()
def an_argument_that_does_not_fit() -> Any:
    return (Source(numbers), Source(numbers, "n2")) >> Transform(add) >> sink()


@bad()
def a_part_that_does_not_fit() -> Any:
    return Source(numbers) >> parts >> (Sink(parse), Sink(increase))


@bad()
def an_inner_type_that_does_not_fit() -> Any:
    return Source(numbers) >> listed >> texts_of >> sink()


@bad()
def a_pair_that_does_not_fit() -> Any:
    return (Source(numbers), Source(lines)) >> Join(pairing="arrival") >> Switch(parse, "sw") >> {"a": sink()}


def of_pairs() -> Generator[int, tuple[str, int], None]:
    item = yield 0
    yield len(item)


@bad()
def a_pair_that_does_not_fit_a_regulator() -> Any:
    return (Source(numbers), Source(lines)) >> Regulator(of_pairs) >> sink()


@bad()
def data_that_does_not_fit() -> Any:
    return Source([1, 2], "data") >> parse >> sink()


@bad()
def documented_types() -> Any:
    s1 = Stream("s1")
    return [Source(lines, "s", downstreams=[s1]), Sink(increase, "k", upstreams=[s1])]


@bad()
def nothing_reaches_these() -> Any:
    return source("s") >> Transform(show) * 2 >> (sink("k1") | work("a") >> sink("k2"))


@bad()
def documented_without_results() -> Any:
    s1, s2 = Stream("s1"), Stream("s2")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(show, "t", upstreams=[s1], downstreams=[s2]),
        Sink(print, "k", upstreams=[s2]),
    ]


@bad()
def keys_that_are_missing() -> Any:
    return source("s") >> Switch(size) >> {"small": sink("a")}


@bad()
def keys_that_are_misspelt() -> Any:
    return source("s") >> Switch(size) >> {"smal": sink("a"), "medium": sink("b"), "larg": Discard()}


@bad()
def keys_that_are_too_many() -> Any:
    return source("s") >> Switch(size) >> {
        "small": sink("a"), "medium": sink("b"), "large": sink("c"), 7: sink("d"), None: sink("e"),
    }  # fmt: skip


@bad()
def keys_that_are_values_of_members() -> Any:
    return source("s") >> Switch(colour) >> {"red": sink("a"), "BLUE": sink("b")}


@bad()
def keys_that_are_equal_only() -> Any:
    return source("s") >> Switch(bool_of) * 2 >> {1: sink("a"), False: sink("b")}


def bool_of(item: Any) -> bool:
    return True


@bad()
def a_default_that_names_nothing() -> Any:
    return source("s") >> Switch(size, default="huge") >> {"small": sink("a"), "medium": sink("b")}


@bad()
def a_default_beside_a_key_too_many() -> Any:
    return source("s") >> Switch(size, default="small") >> {"small": sink("a"), "huge": sink("b")}


# ---------------------------------------------------------------- workers

LOCK = threading.Lock()
results: list[Any] = []


class Holding:
    def __init__(self) -> None:
        self.rows = [1, {"lock": LOCK}]

    def run(self, item: Any) -> Any:
        return item


class Heavy:
    def __init__(self) -> None:
        self.table = {"weights": bytes(3 << 20), "names": [1, 2]}

    def run(self, item: Any) -> Any:
        return item


def crunch(item: int) -> int:
    total = 0
    for number in range(item):
        total += number
    return total


def keeping(kept: list[Any]) -> Any:
    def keep(item: Any) -> Any:
        kept.extend([item])
        return item

    return keep


def set_global(item: Any) -> None:
    global total
    total = item


total: Any = 0


@bad(start_method="spawn")
def a_lock_that_cannot_travel() -> Any:
    return source("s") >> Transform(Holding(), "holding") >> sink()


@bad(engine="ray")
def a_lock_that_cannot_travel_to_ray() -> Any:
    return source("s") >> Transform(functools.partial(pair, LOCK), "p") >> sink()


@bad(start_method="forkserver")
def a_setting_that_cannot_travel() -> Any:
    return source("s") >> Transform(pair, "p", init_kwargs={"right": LOCK}) >> sink()


@bad(start_method="spawn")
def a_generator_that_stays() -> Any:
    return Source(numbers()) >> increase >> sink()


@bad(start_method="spawn")
def data_that_stays() -> Any:
    return Source(map(str, [1]), "mapped") >> parse >> Sink(print) | Source([LOCK], "locks") >> sink("k2")


@bad(start_method="spawn")
def two_that_cannot_travel() -> Any:
    started = Transform(pair, "p", init_kwargs={"right": iter([LOCK])})
    return Source(numbers()) >> started >> Sink(functools.partial(pair, (each for each in "a")), "k")


@bad(start_method="spawn")
def much_that_travels() -> Any:
    return source("s") >> Transform(Heavy(), "heavy") >> sink()


@bad(start_method="spawn")
def much_that_travels_three_times() -> Any:
    return source("s") >> Transform(Heavy(), "heavy") * 3 >> sink()


@bad(start_method="fork")
def a_list_that_stays_as_it_is() -> Any:
    return source("s") >> keeping(results) >> Sink(results.append, "collect")


@bad(start_method="fork")
def a_variable_that_stays_as_it_is() -> Any:
    return source("s") >> Sink(set_global)


@bad(start_method="fork")
def more_workers_than_cores() -> Any:
    return source("s") >> Transform(crunch) * 8 >> sink()


@bad(engine="thread")
def threads_that_take_turns() -> Any:
    return source("s") >> Transform(crunch) * 2 >> sink()


@bad(engine="thread")
def more_cards_than_there_are() -> Any:
    half = work("half").with_(resources={"num_gpus": 0.5})
    whole = work("whole").with_(resources={"num_gpus": 1})
    return source("s") >> half >> whole * 3 >> sink()


@bad(start_method="fork")
def a_sink_that_may_not_run_twice() -> Any:
    return source("s") >> sink().with_(on_crash="restart")
