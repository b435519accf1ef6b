"""Random graphs with every kind of pipe and every bracket, each with what it must deliver.

What is expected is worked out beside the graph with plain lists, by the rules of the language alone; and no
graph's items depend on timing. One grammar, so one file, though a long one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

import pipeflow as pf
from tests.functors import collector, count_to, double, inc, odd_only, parity
from tests.properties.functors import (
    CollectLater,
    a_few,
    add,
    awaited,
    both,
    counted,
    echo,
    fails_on_fives,
    first,
    in_fours,
    is_big,
    is_even,
    item_of,
    moved,
    number_of,
    one,
    second_of_both,
    some,
    sometimes_both,
    step,
    third,
    twin,
    with_double,
    with_next,
)

Each = Callable[[int], "int | None"]
Does = Callable[[list[int]], list[int]]


@dataclass
class One:
    """A fragment with one item out for each in (or a dropped one): what may stand in the arm of a join."""

    flow: Any
    each: Each

    def does(self, items: list[int]) -> list[int]:
        return [y for x in items if (y := self.each(x)) is not None]


@dataclass
class Many:
    """A fragment that may also change how many items there are."""

    flow: Any
    does: Does


@dataclass
class Whole:
    """A graph without open ends, and what each sink receives; sinks that compete count as the first."""

    flow: Any
    expected: dict[str, list[int]]
    compete: bool = False

    def delivered(self, by_sink: dict[str, list[Any]]) -> dict[str, Counter[Any]]:
        got = {name: Counter(items) for name, items in by_sink.items() if items}
        return {"k1": sum(got.values(), Counter[Any]())} if self.compete and got else got


def then(before: Each, after: Each) -> Each:
    def both_of_them(x: int) -> int | None:
        between = before(x)
        return None if between is None else after(between)

    return both_of_them


def joined(left: Each, right: Each) -> Callable[[int, "int | None"], "int | None"]:
    def meet(a: int, b: int | None) -> int | None:
        first_part, second_part = left(a), None if b is None else right(b)
        return None if first_part is None or second_part is None else add(first_part, second_part)

    return meet


def workers(draw: st.DrawFn, pipe: Any) -> Any:
    """`pipe`, perhaps with several workers, perhaps in order."""
    count = draw(st.integers(1, 3))
    return pipe.with_(n_processes=count, ordered=draw(st.booleans())) if count > 1 else pipe


@st.composite
def works(draw: st.DrawFn) -> One:
    """One Transform, of a plain, async or decorated function."""
    kind = draw(st.sampled_from(["plain", "async", "decorated", "mapped"]))
    if kind == "async":
        pipe = workers(draw, pf.Transform(awaited))
        pipe = pipe.with_(concurrency=draw(st.integers(1, 4)), ordered=draw(st.booleans()))
        return One(pipe, lambda x: x + 3)
    if kind == "decorated":
        by = draw(st.integers(1, 9))
        return One(workers(draw, moved(by=by)), lambda x: x + by)
    functor = draw(st.sampled_from([inc, double, odd_only]))
    return One(workers(draw, pf.map(functor) if kind == "mapped" else pf.Transform(functor)), functor)


@st.composite
def switches(draw: st.DrawFn, depth: int) -> One:
    """A choice by name, by truth, or with a default."""
    kind = draw(st.sampled_from(["name", "truth", "default"]))
    a, b = draw(one_to_one(depth)), draw(one_to_one(depth))
    if kind == "name":
        flow = pf.Switch(parity) >> {"odd": a.flow, "even": b.flow}
        return One(flow, lambda x: (a if x % 2 else b).each(x))
    if kind == "truth":
        flow = pf.Switch(is_even) * draw(st.integers(1, 2)) >> {True: a.flow, False: b.flow}
        return One(flow, lambda x: (b if x % 2 else a).each(x))
    flow = pf.Switch(third, default=0) >> {0: a.flow, 1: b.flow}
    return One(flow, lambda x: (b if x % 3 == 1 else a).each(x))


@st.composite
def one_to_one(draw: st.DrawFn, depth: int) -> One:
    kinds = ["work", "chain", "switch", "split", "stream", "filter", "regulator"]
    kind = draw(st.sampled_from(kinds if depth else ["work"]))
    if kind == "work":
        return draw(works())
    if kind == "filter":
        return One(pf.filter(is_even), lambda x: None if x % 2 else x)
    if kind == "regulator":
        return One(pf.Regulator(echo, rate=pf.Rate(1, 1)), lambda x: x)
    if kind == "switch":
        chosen = draw(switches(depth - 1))
        return One(pf.Transform(inc) >> chosen.flow, then(inc, chosen.each))
    a = draw(one_to_one(depth - 1))
    if kind == "stream":
        explicit = pf.Stream("explicit", buffer_size=draw(st.integers(1, 5)))
        return One(pf.Transform(inc) >> explicit >> a.flow, then(inc, a.each))
    b = draw(one_to_one(depth - 1))
    if kind == "chain":
        return One(pf.chain(a.flow, b.flow), then(a.each, b.each))
    meet, parts = joined(a.each, b.each), draw(st.sampled_from([both, sometimes_both]))
    adding = pf.Transform(add).with_(n_processes=draw(st.integers(1, 2)))
    return One(pf.Transform(parts) >> (a.flow, b.flow) >> adding, lambda x: meet(*parts(x)))


@st.composite
def any_rate(draw: st.DrawFn, depth: int) -> One | Many:
    kinds = ["one", "loop", "several ways", "meeting", "count", "count"]
    kind = draw(st.sampled_from(kinds if depth else ["one"]))
    if kind == "one":
        return draw(one_to_one(depth))
    if kind == "loop":
        return draw(loops(depth - 1))
    if kind == "several ways":
        return draw(several_ways(depth - 1))
    return draw(meetings()) if kind == "meeting" else draw(counts(depth - 1))


@st.composite
def loops(draw: st.DrawFn, depth: int) -> One:
    loop = pf.Feedback(init=[], buffer_size=draw(st.none() | st.integers(1, 8)))
    after = draw(one_to_one(depth))

    def each(x: int) -> int | None:
        x = step(inc(x))
        while not is_big(x):
            x = step(x)
        return after.each(x)

    turn = (pf.Transform(inc) | loop) >> pf.Transform(step) >> pf.Switch(is_big)
    return One(turn >> {True: after.flow, False: loop}, each)


@st.composite
def several_ways(draw: st.DrawFn, depth: int) -> Many:
    start = pf.Transform(inc)
    kind = draw(st.sampled_from(["copy", "lanes", "balance", "choice", "part", "discarded copy"]))
    if kind == "balance":
        competing = pf.balance(pf.Transform(double), pf.Transform(double) * 2)
        return Many(start >> competing, lambda items: [2 * (x + 1) for x in items])
    if kind in ("choice", "part"):
        a = draw(one_to_one(depth))
        if kind == "part":
            flow = workers(draw, pf.Transform(both)) >> (a.flow, pf.Discard())
            return Many(flow, a.does)
        flow = pf.Switch(parity) >> {"odd": a.flow, "even": pf.Discard()}
        return Many(flow, lambda items: a.does([x for x in items if x % 2]))
    first_way = draw(any_rate(depth))
    if kind == "discarded copy":
        return Many(
            start >> (first_way.flow | pf.Discard()), lambda items: first_way.does([*map(inc, items)])
        )
    other = draw(any_rate(depth))
    if kind == "copy":
        flow = start >> (first_way.flow | other.flow)
        return Many(
            flow, lambda items: [y for way in (first_way, other) for y in way.does([*map(inc, items)])]
        )
    flow = start >> pf.lanes(first_way.flow, other.flow, pf.Transform(double))
    third_way = One(None, double)
    ways = (first_way, other, third_way)
    return Many(flow, lambda items: [y for way in ways for y in way.does([*map(inc, items)])])


@st.composite
def meetings(draw: st.DrawFn) -> One:
    kind = draw(st.sampled_from(["by key", "by arrival", "errors"]))
    if kind == "errors":
        risky = workers(draw, pf.Transform(fails_on_fives))
        return One(risky | risky.errors >> pf.Transform(item_of), lambda x: -x if x % 5 == 0 else x)
    twice = pf.Transform(twin)
    if kind == "by key":
        arms = (workers(draw, pf.Transform(with_double)), pf.Transform(with_next))
        flow = twice >> arms >> pf.Join(key=first) >> pf.Transform(second_of_both)
        return One(flow, lambda x: add(2 * x, x + 1))
    arms = (workers(draw, pf.Transform(one)), pf.Transform(one))
    return One(twice >> arms >> pf.Join(pairing="arrival") >> pf.Transform(add), lambda x: 1001)


@st.composite
def counts(draw: st.DrawFn, depth: int) -> Many:
    """Other numbers of items; where what is in them depends on their order, only how many is told."""
    n = draw(st.integers(1, 5))
    kinds = ["window", "take", "collate", "drop", "batch", "regulator", "shuffle", "flat"]
    kind = draw(st.sampled_from(kinds))
    if kind == "window":
        every = draw(st.integers(1, 3))
        flow = pf.window(n, every) >> pf.Transform(number_of)
        return Many(flow, lambda items: [n] * len(range(n, len(items) + 1, every)))
    if kind == "take":
        return Many(pf.take(n) >> pf.Transform(one), lambda items: [1] * min(n, len(items)))
    if kind == "collate":
        flow = pf.batch(n) >> pf.collate(number_of)
        return Many(flow, lambda items: [len(items[i : i + n]) for i in range(0, len(items), n)])
    if kind == "drop":
        flow = pf.batch(n, drop_last=True) >> pf.Transform(number_of)
        return Many(flow, lambda items: [n] * (len(items) // n))
    after = draw(any_rate(depth))
    if kind == "flat":
        flow = workers(draw, pf.flat_map(some)) >> after.flow
        return Many(flow, lambda items: after.does([y for x in items for y in some(x)]))
    same = {
        "batch": pf.batch(n) >> pf.unbatch(),
        "regulator": in_fours(size=n) >> pf.unbatch(),
        "shuffle": pf.shuffle(n, seed=n),
    }[kind]
    return Many(same >> after.flow, after.does)


@st.composite
def sources(draw: st.DrawFn, name: str) -> tuple[Any, list[int]]:
    """Something that items come from, and the items."""
    size = draw(st.integers(0, 20))
    kind = draw(st.sampled_from(["iterable", "generator", "async", "decorated", "loop", "joined"]))
    if kind == "async":
        return pf.Source(a_few, name), [*range(5)]
    if kind == "loop":
        return pf.Feedback(init=[*range(size + 1)], name=name), [*range(size + 1)]
    if kind == "joined":
        pair = (pf.Source(range(size), name), pf.Source(range(100, 110), f"{name}'s partner"))
        return pair >> pf.Transform(add), [
            add(a, b) for a, b in zip(range(size), range(100, 110), strict=False)
        ]
    made = {
        "iterable": pf.Source(range(size), name),
        "generator": pf.Source(count_to, name, init_kwargs={"n": size}),
        "decorated": counted(size).with_(name=name),
    }
    return made[kind], [*range(size)]


@st.composite
def graphs(draw: st.DrawFn) -> Whole:
    """A closed graph: sources, fragments, perhaps a diamond over what is there, sinks; or two of them."""
    flow, items = draw(sources("source"))
    if draw(st.booleans()):
        other, more = draw(sources("other"))
        flow, items = flow | other, items + more
    piece = draw(any_rate(2))
    flow, items = flow >> piece.flow, piece.does(items)
    if draw(st.booleans()):
        hub = pf.Transform(inc, "hub")
        flow, each = draw(diamonds(flow >> hub))
        items = One(None, then(inc, each)).does(items)
    if draw(st.booleans()):
        piece = draw(any_rate(1))
        flow, items = flow >> piece.flow, piece.does(items)
    whole = draw(closed(flow, items))
    if draw(st.integers(0, 5)) == 0 and not whole.compete:
        (apart, more), work = draw(sources("apart")), draw(works())
        whole.flow = whole.flow | pf.chain(apart, work.flow, collector("k3"))
        whole.expected["k3"] = work.does(more)
    return whole


@st.composite
def diamonds(draw: st.DrawFn, hub: Any) -> tuple[Any, Each]:
    """`hub` is copied to two arms, which meet again."""
    kind = draw(st.sampled_from(["origin", "key", "arrival"]))
    if kind == "key":
        arms = (
            hub >> workers(draw, pf.Transform(with_double)),
            hub >> workers(draw, pf.Transform(with_next)),
        )
        met = arms >> pf.Join(key=(first, first)) >> pf.Transform(second_of_both, "meet")
        return met, lambda x: add(2 * x, x + 1)
    if kind == "arrival":
        arms = (hub >> pf.Transform(one), hub >> workers(draw, pf.Transform(one)))
        return arms >> pf.Join(pairing="arrival") >> pf.Transform(add, "meet"), lambda x: 1001
    a, b = draw(one_to_one(1)), draw(one_to_one(1))
    meet = joined(a.each, b.each)
    return (hub >> a.flow, hub >> b.flow) >> pf.Transform(add, "meet"), lambda x: meet(x, x)


@st.composite
def closed(draw: st.DrawFn, flow: Any, items: list[int]) -> Whole:
    """`flow` with sinks."""
    k1, k2 = collector("k1"), collector("k2")
    kind = draw(st.sampled_from(["one", "workers", "async", "split", "copy", "switch", "errors", "balance"]))
    if kind == "split":
        parts = [sometimes_both(x) for x in items]
        expected = {"k1": items, "k2": [b for _, b in parts if b is not None]}
        return Whole(flow >> pf.Transform(sometimes_both) >> (k1, k2), expected)
    if kind == "copy":
        return Whole(flow >> (k1 | k2), {"k1": items, "k2": items})
    if kind == "switch":
        expected = {"k1": [x for x in items if x % 3 == 1], "k2": [x for x in items if x % 3 != 1]}
        return Whole(flow >> pf.Switch(third, default=2) >> {1: k1, 2: k2}, expected)
    if kind == "errors":
        risky = workers(draw, pf.Transform(fails_on_fives, "risky"))
        expected = {"k1": [x for x in items if x % 5], "k2": [-x for x in items if x % 5 == 0]}
        return Whole(flow >> risky >> k1 | risky.errors >> item_of >> k2, expected)
    if kind == "balance":
        competing = pf.balance(pf.Transform(inc) >> k1, pf.Transform(inc) >> k2)
        return Whole(flow >> competing, {"k1": [*map(inc, items)]}, compete=True)
    sink = pf.Sink(CollectLater(), "k1").with_(concurrency=3) if kind == "async" else k1
    return Whole(flow >> (sink * 2 if kind == "workers" else sink), {"k1": items})


@st.composite
def lines(draw: st.DrawFn) -> Whole:
    """A line whose order is defined: one source, and of every pipe one worker or ``ordered=True``."""
    flow, items = draw(sources("source"))
    for _ in range(draw(st.integers(1, 5))):
        piece = draw(keeping_order())
        flow, items = flow >> piece.flow, piece.does(items)
    return Whole(flow >> collector("k1"), {"k1": items})


@st.composite
def keeping_order(draw: st.DrawFn) -> One | Many:
    n = draw(st.integers(1, 4))
    several = {"n_processes": draw(st.integers(1, 3)), "ordered": True}
    functor = draw(st.sampled_from([inc, double, odd_only]))
    split = (pf.Transform(inc).with_(**several), pf.Transform(double))
    pieces: list[One | Many] = [
        One(pf.Transform(functor).with_(**several), functor),
        One(pf.Transform(awaited).with_(concurrency=n, **several), lambda x: x + 3),
        One(moved(by=n).with_(**several), lambda x: x + n),
        One(pf.filter(is_even), lambda x: None if x % 2 else x),
        One(pf.batch(n) >> pf.unbatch() >> pf.shuffle(1), lambda x: x),
        One(pf.Transform(both) >> split >> pf.Transform(add), lambda x: add(x + 1, 2 * (x + 1))),
        Many(pf.flat_map(some).with_(**several), lambda items: [y for x in items for y in some(x)]),
        Many(pf.take(5 * n), lambda items: items[: 5 * n]),
        Many(
            pf.window(n) >> pf.Transform(sum),
            lambda items: [sum(items[i : i + n]) for i in range(len(items) - n + 1)],
        ),
        Many(
            in_fours(size=n) >> pf.collate(sum),
            lambda items: [sum(items[i : i + n]) for i in range(0, len(items), n)],
        ),
    ]
    return draw(st.sampled_from(pieces))
