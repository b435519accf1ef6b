"""The kinds of pipe one by one, ready-made pipes, options."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any, TypeGuard

from typing_extensions import assert_type

import pipeflow as pf
from tests.typing.functors import (
    Model,
    add,
    double,
    halve,
    ints,
    maybe,
    pair,
    parse,
    rebatch,
    repeat,
    show,
    strings,
)

numbers = pf.Source(ints)
words = pf.Source(strings)
doubled = pf.Transform(double)
parsed = pf.Transform(parse)
shown = pf.Sink(show)
repeated = pf.Transform(repeat)
regulated = pf.Regulator(rebatch)


def sums() -> Generator[float | None, tuple[int, str], None]:
    x, _ = yield None
    yield float(x)


def count(x: list[str]) -> int:
    return len(x)


def regulators() -> None:
    assert_type(regulated, pf.Regulator[str, list[str]])
    assert_type(words >> regulated, pf.OutFlow[list[str]])
    assert_type(words >> regulated >> count, pf.OutFlow[int])
    assert_type((numbers, words) >> pf.Regulator(sums), pf.OutFlow[float])
    assert_type(numbers >> pair >> pf.Regulator(sums), pf.OutFlow[float])

    def loose(n: int) -> Iterator[bytes]:
        yield b""

    assert_type(numbers >> pf.Regulator(loose, rate=pf.Rate(2, 1)), pf.OutFlow[bytes])


def wrong_regulators() -> None:
    numbers >> regulated  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    words >> regulated >> parsed  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    regulated * 3  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    pf.Regulator(double)  # type: ignore[arg-type] # pyright: ignore[reportCallIssue, reportArgumentType]


def sinks() -> None:
    assert_type(shown, pf.Sink[int])
    assert_type(pf.Sink(print), pf.Sink[object])
    assert_type(shown * 2, pf.Sink[int])
    assert_type(words >> pf.Discard(), pf.ClosedFlow)
    assert_type((words, numbers) >> pf.Discard(), pf.ClosedFlow)


def loops() -> None:
    loop = pf.Feedback[int](init=[])
    seeded = pf.Feedback(init=[1, 2])
    assert_type(seeded, pf.Feedback[int])
    assert_type((numbers | loop) >> doubled, pf.OutFlow[int])
    done = (numbers | loop) >> doubled >> pf.Switch(halve) >> {True: shown, False: loop}
    assert_type(done, pf.ClosedFlow)
    x, y = pf.Feedback(init=[0]), pf.Feedback(init=[1])

    def fib(x: int, y: int) -> tuple[int | None, int | None]:
        return y, x + y

    assert_type((x, y) >> pf.Transform(fib) >> (x, y), pf.ClosedFlow)
    words >> loop  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def joins_by_key() -> None:
    by_key = pf.Join(key=len)
    assert_type((words, numbers) >> by_key >> pf.Transform(repeat), pf.OutFlow[bytes])
    assert_type((words, numbers) >> pf.Join(pairing="arrival") >> repeat, pf.OutFlow[bytes])
    assert_type(numbers >> pair >> (doubled, parsed) >> pf.Join() >> pf.Transform(add), pf.OutFlow[float])
    for word, number in (words, numbers) >> by_key:
        assert_type(word, str)
        assert_type(number, int)
    (numbers, words) >> by_key >> repeated  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    pf.Join(keys=len)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def failures() -> None:
    assert_type(doubled.errors, pf.OutFlow[pf.FailedItem])
    assert_type(shown.errors >> pf.Sink(print), pf.ClosedFlow)

    def log(failed: pf.FailedItem) -> None:
        print(failed.item)

    assert_type(doubled.errors >> pf.Sink(log), pf.ClosedFlow)
    doubled.errors >> shown  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    print(numbers.errors)  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]


def built_in_the_worker() -> None:
    class Scaled:
        def __init__(self, path: str, factor: float = 1.0) -> None: ...

        def run(self, x: int) -> str:
            return str(x)

    def make(path: str) -> Model:
        return Model()

    assert_type(pf.Transform.of(Scaled, "weights.pt"), pf.Transform[int, str])
    assert_type(pf.Transform.of(Scaled, "weights.pt", factor=2.0), pf.Transform[int, str])
    assert_type(pf.Transform.of(make, "weights.pt"), pf.Transform[int, str])
    assert_type(numbers >> pf.Transform.of(make, path="weights.pt"), pf.OutFlow[str])
    built = pf.Transform.of(make, "weights.pt")
    words >> built  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    pf.Transform.of(Scaled)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    pf.Transform.of(Scaled, 3)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
    pf.Transform.of(Scaled, "a", factr=2)  # type: ignore[call-arg, arg-type] # pyright: ignore[reportCallIssue]


def letters(x: str) -> Iterable[str]:
    return x


def is_word(x: object) -> TypeGuard[str]:
    return isinstance(x, str)


def long(x: str) -> bool:
    return len(x) > 3


def ready_made() -> None:
    assert_type(numbers >> pf.batch(3), pf.OutFlow[list[int]])
    assert_type(words >> pf.batch(3) >> pf.unbatch(), pf.OutFlow[str])
    assert_type(numbers >> pf.window(3), pf.OutFlow[list[int]])
    assert_type(numbers >> pf.shuffle(3), pf.OutFlow[int])
    assert_type(numbers >> pf.take(3), pf.OutFlow[int])
    assert_type(words >> pf.filter(long), pf.OutFlow[str])
    assert_type(words >> pf.filter(lambda x: x) >> parsed, pf.OutFlow[int])
    assert_type((words | numbers) >> pf.filter(is_word), pf.OutFlow[str])
    assert_type(words >> pf.map(parse), pf.OutFlow[int])
    assert_type(words >> pf.flat_map(letters), pf.OutFlow[str])
    assert_type(numbers >> pf.batch(3) >> pf.collate(), pf.OutFlow[Any])
    assert_type(words >> pf.batch(3) >> pf.collate(count), pf.OutFlow[int])
    assert_type(doubled >> pf.batch(3), pf.ThroughFlow[int, list[int]])
    assert_type((numbers | words) >> pf.batch(2), pf.OutFlow[list[int | str]])
    assert_type(numbers >> pair >> (doubled, parsed) >> pf.batch(2), pf.OutFlow[list[tuple[int, int]]])
    assert_type(numbers >> pair >> (doubled, parsed) >> pf.take(2), pf.OutFlow[tuple[int, int]])
    assert_type((numbers, words) >> pf.take(2), pf.OutFlow[tuple[int, str]])
    for batch in numbers >> pf.batch(3):
        assert_type(batch, list[int])


def wrong_ready_made() -> None:
    numbers >> pf.batch(3) >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pf.take(3) >> parsed  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    longer = pf.filter(long)
    numbers >> longer  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    spelled = pf.flat_map(letters)
    numbers >> spelled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pf.unbatch()  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    pf.batch("3")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    pf.batch(3, droplast=True)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    pf.take(3) * 2  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def options() -> None:
    assert_type(doubled.with_(n_processes=3, ordered=True), pf.Transform[int, int])
    assert_type(numbers.with_(name="n", total=3), pf.Source[int])
    assert_type(shown.with_(ignore_exceptions=[ValueError], timeout=3), pf.Sink[int])
    assert_type(doubled.copy("other"), pf.Transform[int, int])
    assert_type((numbers >> doubled).copy(suffix="3"), pf.OutFlow[int])
    doubled.with_(n_process=3)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    doubled.with_(n_processes="3")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    pf.Transform(double, nmae="x")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    pf.Source(ints, totals=3)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    pf.Sink(show, downstreams=[])  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    (numbers >> shown).run(engin="inline")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    maybe(3)


# Documented paths, after ``import pipeflow`` alone.
assert_type(pf.base.Stream("s"), pf.Stream)
assert_type(pf.pipelines.PipeLine(), pf.PipeLine)
assert_type(pf.pipes.Transform(double), pf.Transform[int, int])
