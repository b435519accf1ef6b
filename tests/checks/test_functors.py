"""PF203."""

from __future__ import annotations

import asyncio
import enum
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from typing import Any

import pytest

import pipeflow as pf
from pipeflow import EndOfStream, Regulator, Sink, Source, Switch, Transform, filter
from tests.checks.asking import codes, only, report, text
from tests.checks.pieces import coroutine, increase, numbers, sink, source

S, K = source("s"), sink()


def expand(items: list[int]) -> Iterator[int]:
    yield from items


def spread(items: list[int]) -> Iterator[int]:
    for item in items:  # noqa: UP028 - delegating could pass on what is sent
        yield item


def write(item: Any) -> Any:
    print(item)
    yield item


class Scale:
    def run(self, item: Any) -> Any:
        return item


class Rows:
    def run(self) -> Iterator[int]:
        yield 1


class Batch:
    def run(self) -> Any:
        item = yield
        yield item


def nothing() -> None:
    print("no items")


def number() -> int:
    return 1


def listed() -> list[int]:
    return [1]


async def arrive() -> AsyncIterator[int]:
    yield 1


async def arrive_with(item: Any) -> AsyncIterator[Any]:
    yield item


async def wait(item: Any = 0) -> int:
    return 1


# ---------------------------------------------------------------- called for each item


def test_a_generator_function_in_a_transform() -> None:
    assert text(S >> Transform(expand) >> K) == (
        "PF203 wrong kind of functor: 'expand' is a generator function, in a Transform.\n"
        "    expand  (HERE)  def expand(items: list[int]) -> Iterator[int]\n"
        "    'expand' was created at HERE.\n"
        "    Each item would become a generator object, not what it yields.\n"
        "    Fix: flat_map(expand)   it is called with an item and yields any number of results\n"
        "         or  Regulator(expand)   it receives items with  x = yield"
    )


def test_the_advice_follows_the_function() -> None:
    assert only(S >> Transform(coroutine) >> K).fixes[0] == "Regulator(coroutine)"
    assert only(S >> Transform(write) >> K).fixes == ("flat_map(write)",)
    found = [f for f in report(S >> Transform(numbers) >> K).findings if f.code == "PF203"]
    assert found[0].fixes == ("Source(numbers)",)


def test_a_generator_function_in_a_sink() -> None:
    found = only(S >> Sink(write))
    assert "nothing of its body would ever run" in found.message
    assert found.fixes == ("def write(...) without yield", "flat_map(write) >> sink")
    assert only(S >> Sink(coroutine)).fixes[1] == "... >> Regulator(coroutine) >> sink"
    assert only(S >> Sink(arrive_with)).fixes == ("def arrive_with(...) without yield",)


def test_a_generator_function_in_a_switch() -> None:
    assert codes(S >> Switch(write, "sw") >> {1: K, 2: sink("k2")}) == ["PF203"]


@pytest.mark.parametrize("functor", [increase, int, str, len, wait, Scale(), functools.partial(increase)])
def test_what_a_transform_may_be(functor: Any) -> None:
    assert codes(source("untyped") >> Transform(functor, "t") >> K) == []


def test_a_class_instead_of_an_instance() -> None:
    found = only(S >> Transform(Scale) >> K)
    assert (
        found.title
        == "wrong kind of functor: 'Scale' is a functor class, not an instance of it, in a Transform."
    )
    assert found.fixes == ("Transform(Scale(...))", "Transform.of(Scale, ...)")
    assert codes(S >> Sink(Scale)) == ["PF203"]
    assert "object for each item; its  run  would" in found.message
    assert "make an object; its  run  would" in only(Source(Rows) >> K).message
    assert codes(Source(Rows()) >> K | S >> Transform.of(Scale) >> sink("k2")) == []


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return list(function(*args))

    return wrapper


def test_a_decorator_may_have_changed_the_kind() -> None:
    assert codes(S >> Transform(traced(expand)) >> K) == []


def passed_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def run_at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return asyncio.run(function(*args))

    return wrapper


def waiting(item: int) -> Coroutine[Any, Any, int]:
    return wait(item)


def waiting_or_not(item: int) -> "Coroutine[Any, Any, int] | int":
    return wait(item)


def future(item: int) -> Awaitable[int]:
    return wait(item)


class Waits:
    def run(self, item: int) -> Coroutine[Any, Any, int]:
        return wait(item)


def test_a_coroutine_that_nothing_awaits() -> None:
    assert text(S >> Transform(waiting) >> K) == (
        "PF203 wrong kind of functor: 'waiting' is a plain function that returns a coroutine, "
        "in a Transform.\n"
        "    waiting  (HERE)  def waiting(item: int) -> Coroutine[Any, Any, int]\n"
        "    'waiting' was created at HERE.\n"
        "    Only what an  async def  returns is awaited: here every item would fail.\n"
        "    Fix: async def waiting(...): return await ...   it is awaited then"
    )
    for functor in (waiting, passed_on(wait), Waits(), functools.cache(wait)):
        assert codes(S >> Transform(functor) >> K) == ["PF203"]
        assert codes(S >> Sink(functor)) == ["PF203"]
        assert only(S >> filter(functor) >> K).fixes[0].startswith("Transform(wait) >> filter(")
        found = only(S >> Switch(functor) >> {True: K, False: sink("l")})
        assert found.fixes[0].startswith("Transform(wait) >> Switch(")
    in_a_wrapper = only(S >> Transform(passed_on(wait)) >> K)
    assert in_a_wrapper.fixes == ("async def wrapper(*args): return await function(*args)",)
    assert "without a cache" in only(S >> Transform(functools.cache(wait)) >> K).message


def test_what_may_be_no_coroutine() -> None:
    for functor in (wait, functools.partial(wait), run_at_once(wait), waiting_or_not, future):
        assert codes(S >> Transform(functor) >> K) == []
    assert codes(S >> Switch(future) >> {True: K}) == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="functions can be marked since 3.12")
def test_a_marked_function_is_awaited() -> None:
    def marked(item: int) -> Coroutine[Any, Any, int]:
        return wait(item)

    assert codes(S >> Transform(inspect.markcoroutinefunction(marked)) >> K) == []


def filling(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper() -> Any:
        rows: list[Any] = []
        function(rows)
        return rows

    return wrapper


def fill(rows: list[Any]) -> None:
    rows.append(1)


def sent_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper() -> Any:
        for _ in function():
            item = yield
            yield item

    return wrapper


def test_a_wrapper_may_give_or_take_what_it_wraps_does_not() -> None:
    assert codes(Source(filling(fill)) >> K) == []
    assert codes(Source(passed_on(nothing)) >> K) == ["PF203"]
    assert codes(S >> Regulator(sent_on(numbers)) >> K) == []


# ---------------------------------------------------------------- sources


def lazily() -> "Iterable[int] | None":
    return [1]


class Colour(enum.IntEnum):
    RED = 1


def an_enum() -> type[enum.IntEnum]:
    return Colour


def a_class() -> type:
    return Colour


@pytest.mark.parametrize(
    "functor",
    [
        *(numbers, listed, arrive, lazily, an_enum, a_class),
        *(lambda: open(__file__), [1, 2], range(3), Rows(), (1 for _ in "a")),
    ],
)
def test_what_a_source_may_be(functor: Any) -> None:
    assert codes(Source(functor, "items") >> K) == []


def test_a_function_that_returns_nothing() -> None:
    assert text(Source(nothing) >> K) == (
        "PF203 wrong kind of functor: 'nothing' is a plain function that returns nothing, in a Source.\n"
        "    nothing  (HERE)  def nothing() -> None\n"
        "    'nothing' was created at HERE.\n"
        "    There is nothing that items could come from.\n"
        "    Fix: yield the items:  def nothing(): ... yield item\n"
        "         or  Transform(nothing)   if it takes items"
    )


def test_a_function_that_returns_no_items() -> None:
    assert "is a plain function that returns int, in a Source" in only(Source(number) >> K).title
    assert "is a coroutine function, in a Source" in only(Source(wait) >> K).title


# ---------------------------------------------------------------- regulators


def rebatch(size: int = 2) -> Generator[Any, Any, None]:
    held: list[Any] = []
    while True:
        try:
            held.append((yield))
        except EndOfStream:
            if held:
                yield held
            return
        if len(held) == size:
            yield held
            held = []


def delegating() -> Any:
    yield from rebatch()


def two() -> Any:
    while True:
        x = yield
        y = yield
        yield x + y


def skip_header() -> Any:
    yield
    while True:
        yield (yield)


@pytest.mark.parametrize(
    "functor", [coroutine, rebatch, delegating, two, skip_header, Batch(), lambda: rebatch(3)]
)
def test_what_a_regulator_may_be(functor: Any) -> None:
    assert codes(S >> Regulator(functor, "r") >> K) == []


def test_a_plain_function_in_a_regulator() -> None:
    assert text(S >> Regulator(increase) >> K) == (
        "PF203 wrong kind of functor: 'increase' is a plain function, it never yields, in a Regulator.\n"
        "    increase  (HERE)  def increase(item: int) -> int\n"
        "    'increase' was created at HERE.\n"
        "    A Regulator's functor is a coroutine function: it waits for items at  x = yield.\n"
        "    Fix: Transform(increase)   one result for each item\n"
        "         or  receive with yield:  def increase(): ... x = yield ... yield result"
    )


@pytest.mark.parametrize(
    ("functor", "said"),
    [
        (numbers, "never receives anything"),
        (spread, "never receives anything"),
        (nothing, "it never yields"),
        (wait, "a coroutine function"),
        (arrive, "an async generator function"),
        (dict, "a class"),
    ],
)
def test_what_a_regulator_may_not_be(functor: Any, said: str) -> None:
    assert said in only(S >> Regulator(functor, "r") >> K).title


def only_returns() -> Any:
    item = yield
    return item


def sends_one_of_two() -> Any:
    item = yield
    yield item if item else None
    return item


def only_takes() -> Any:
    while True:
        print((yield))


def delegates() -> Any:
    return (yield from only_takes())


def test_a_regulator_that_returns_its_result() -> None:
    said = only(S >> Regulator(only_returns, "r") >> K)
    assert "returns its result and never sends anything, in a Regulator" in said.title
    assert said.fixes == ("yield result",)
    for functor in (only_takes, delegates):
        assert codes(S >> Regulator(functor, "r") >> K) == []
    assert "may yield None" in only(S >> Regulator(sends_one_of_two, "r") >> K).title


# ---------------------------------------------------------------- a yield that loses an item


def lossy() -> Any:
    while True:
        item = yield
        yield item if item else None


def found_or_not(item: Any) -> int | None:
    return item


def lossy_call() -> Any:
    while True:
        item = yield
        yield found_or_not(item)


def careful() -> Any:
    while True:
        item = yield
        if item:
            yield item


def overlapping() -> Any:
    item = yield
    while True:
        item = yield item if item else None


def test_a_yield_that_may_be_none() -> None:
    found = only(S >> Regulator(lossy) >> K)
    assert found.severity == "warning"
    assert found.title == "'lossy' may yield None and throw away the item that it then receives."
    assert codes(S >> Regulator(lossy_call) >> K) == ["PF203"]


@pytest.mark.parametrize("functor", [careful, overlapping])
def test_a_yield_that_keeps_what_it_receives(functor: Any) -> None:
    assert codes(S >> Regulator(functor) >> K) == []


def test_an_async_generator_in_a_transform_is_told_what_runs() -> None:
    async def pages(item: int) -> Any:
        yield item

    said = only(S >> Transform(pages) >> K)
    assert "Transform(pages) >> unbatch()" in said.message
    assert "flat_map(pages)   with  def  instead of  async def" in said.message


def test_a_source_may_yield_none() -> None:
    def some() -> Iterator[int | None]:
        for number in range(3):
            yield number if number else None

    assert codes(Source(some) >> K) == []


# ---------------------------------------------------------------- what nobody awaits


class AsyncInit:
    async def local_init(self) -> None: ...

    def run(self, item: Any) -> Any:
        return item


class AsyncTerm:
    def run(self, item: Any) -> Any:
        return item

    async def local_term(self) -> None: ...


class AllAsync:
    async def local_init(self) -> None: ...

    async def run(self, item: Any) -> Any:
        return item

    async def local_term(self) -> None: ...


def test_an_async_local_init_beside_a_plain_run() -> None:
    found = only(S >> Transform(AsyncInit()) >> K)
    assert found.code == "PF203"
    assert found.title == (
        "wrong kind of functor: 'AsyncInit' is an object whose local_init is an async def and whose run is "
        "none, in a Transform."
    )
    assert found.fixes == ("def local_init(self, ...)", "async def run(self, ...)")


def test_an_async_local_term_beside_a_plain_run() -> None:
    for k in (Sink(AsyncTerm()), Sink(AsyncTerm(), "twice").with_(n_processes=2)):
        assert "local_term is an async def" in only(S >> k).title
    assert "local_init is an async def" in only(S >> Transform.of(AsyncInit) >> K).title
    assert "local_init is an async def" in only(S >> Switch(AsyncInit()) >> {0: K}).title


def test_all_of_it_async_is_right() -> None:
    for pipe in (Transform(AllAsync()), Transform.of(AllAsync), Sink(AllAsync())):
        assert codes(S >> pipe >> K if pipe.has_output else S >> pipe) == []


# ---------------------------------------------------------------- ready-made pipes


def counted(item: Any) -> int:
    return 1


def lettered(item: Any) -> str:
    return ""


def sometimes(item: Any) -> int | list[int]:
    return 1


def rarely(item: Any) -> list[int] | None:
    return None


def test_nothing_to_take_apart() -> None:
    assert text(S >> pf.flat_map(counted) >> K) == (
        "PF203 wrong kind of functor: 'counted' is a plain function that returns int, in a FlatMap.\n"
        "    counted  (HERE)  def counted(item: Any) -> int\n"
        "    'counted' was created at HERE.\n"
        "    What is inside of each result would be sent. There is nothing inside, so it would fail.\n"
        "    Fix: Transform(counted)   it sends the result itself\n"
        "         or  def counted(...): ... yield result"
    )
    found = only(S >> pf.flat_map(lettered) >> K)
    assert "Text is one item, not its letters" in found.message
    assert found.fixes == ("Transform(lettered)", "def lettered(...): ... yield result")


def test_what_can_be_taken_apart() -> None:
    for function in (expand, sometimes, rarely, lambda item: item, str.split, list):
        assert codes(S >> pf.flat_map(function) >> K) == []


def test_a_class_in_flat_map() -> None:
    found = only(S >> pf.flat_map(Scale) >> K)
    assert "'Scale' is a functor class, not an instance of it, in a FlatMap." in found.title
    assert found.fixes == ("flat_map(Scale(...))",)
    assert only(S >> pf.filter(Scale) >> K).fixes == ("filter(Scale(...))",)


def test_a_generator_in_collate() -> None:
    found = only(S >> pf.batch(2) >> pf.collate(write) >> K)
    assert "Each batch would become a generator object" in found.message
    assert found.fixes == ("def write(...) without yield",)
    assert codes(S >> pf.batch(2) >> pf.collate() >> K) == []
    assert codes(S >> pf.batch(2) >> pf.collate(len) >> K) == []
