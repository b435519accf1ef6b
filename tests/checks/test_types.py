"""PF201."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from pipeflow import (
    Feedback,
    Join,
    Pipe,
    Regulator,
    Sink,
    Source,
    Stream,
    Switch,
    Transform,
    batch,
    collate,
    flat_map,
)
from tests.checks.asking import codes, neutral, only, report, text
from tests.checks.pieces import increase, lines, numbers, regulator, shout, sink, source, work

if TYPE_CHECKING:
    from nowhere import Missing  # pyright: ignore[reportMissingImports]

T = TypeVar("T")
K = sink()
NUMBERS, LINES = Source(numbers), Source(lines)


def parse(line: str) -> str:
    return line


def scale(x: np.ndarray) -> np.ndarray:
    return x


def add(left: int, right: str) -> float:
    return 1.0


def twice(item: T) -> list[T]:
    return [item, item]


def total(items: list[int]) -> int:
    return sum(items)


def join_text(items: list[str]) -> str:
    return "".join(items)


def floats(items: list[float]) -> float:
    return sum(items)


def maybe(item: int) -> str | None:
    return None


def parts(item: int) -> tuple[int, str]:
    return 1, ""


def is_big(item: Any) -> bool:
    return True


def missing(item: Missing) -> int:
    return 1


def chunks() -> Generator[list[int], int, None]:
    item = yield []
    yield [item]


def pairs_of(item: tuple[int, str]) -> None: ...


def whole(item: float) -> None: ...


def test_the_whole_text() -> None:
    flow = LINES >> parse >> scale >> K
    said = text(flow).splitlines()
    assert said.pop(3).strip() == "^ receives str"
    assert said == [
        "PF201 type mismatch: 'parse' produces str, 'scale' takes numpy.ndarray.",
        "    parse  (HERE)  def parse(line: str) -> str",
        "    scale  (HERE)  def scale(x: np.ndarray) -> np.ndarray",
        "    Fix: change one annotation, or put a Transform between them that turns str into numpy.ndarray.",
        "    If the annotations are wrong on purpose:  scale.with_(unchecked=True)",
    ]


def test_the_parameter_is_pointed_at() -> None:
    said = only(LINES >> parse >> scale >> K).message.splitlines()
    assert said[3].index("^") == said[2].index("np.ndarray")
    second = only((NUMBERS, Source(numbers, "n2")) >> Transform(add) >> K).message.splitlines()
    assert second[3].index("^") == second[2].index("str) -> float")


def test_what_fits() -> None:
    assert codes(LINES >> parse >> shout >> K) == []
    assert codes(NUMBERS >> increase >> Sink(whole)) == []


def test_unchecked_pipes_are_left_alone() -> None:
    for one, other in ((True, False), (False, True)):
        producer = Transform(parse).with_(unchecked=one)
        consumer = Transform(scale).with_(unchecked=other)
        assert codes(LINES >> producer >> consumer >> K) == []


def test_an_ignored_code() -> None:
    assert codes(LINES >> parse >> Transform(scale).with_(ignore=["PF201"]) >> K) == []
    assert codes(LINES >> parse >> Transform(scale).with_(ignore=["PF202"]) >> K) == ["PF201"]


def test_each_producer_of_a_merge() -> None:
    assert codes((NUMBERS | LINES) >> increase >> K) == ["PF201"]
    assert only((NUMBERS | LINES) >> increase >> K).pipes == ("lines", "increase")


def test_each_argument_of_a_join() -> None:
    found = only((NUMBERS, Source(numbers, "n2")) >> Transform(add) >> K)
    assert found.title == "type mismatch: 'n2' produces int, argument 2 of 'add' takes str."
    assert codes((NUMBERS, LINES) >> Transform(add) >> K) == []
    assert codes((NUMBERS, LINES) >> Join(pairing="arrival") >> Transform(add) >> K) == []
    assert codes((LINES, NUMBERS) >> Join(pairing="arrival") >> Transform(add) >> K) == ["PF201"]


def test_each_part_of_a_split() -> None:
    assert codes(NUMBERS >> parts >> (Sink(increase), Sink(shout))) == []
    found = report(NUMBERS >> parts >> (Sink(shout), Sink(increase))).findings
    assert [f.title for f in found] == [
        "type mismatch: 'parts' produces int as part 0, 'shout' takes str.",
        "type mismatch: 'parts' produces str as part 1, 'increase' takes int.",
    ]


def test_type_variables_are_solved_along_the_graph() -> None:
    assert codes(NUMBERS >> twice >> total >> K) == []
    found = only(NUMBERS >> twice >> join_text >> K)
    assert found.title == "type mismatch: 'twice' produces list[int], 'join_text' takes list[str]."
    assert codes(source("s") >> twice >> total >> K) == []


def test_only_by_the_letter_is_a_warning() -> None:
    flow = NUMBERS >> twice >> floats >> K
    assert [f.severity for f in report(flow).findings] == ["warning"]
    assert [f.severity for f in report(flow, strict=True).findings] == ["error"]


def test_none_is_never_delivered() -> None:
    assert codes(NUMBERS >> maybe >> shout >> K) == []


def test_through_a_switch() -> None:
    switched = NUMBERS >> Switch(is_big, "sw") >> {True: Sink(shout), False: sink("k2")}
    assert only(switched).title == "type mismatch: 'numbers' produces int, 'shout' takes str."
    assert codes(NUMBERS >> Switch(is_big, "sw") >> {True: Sink(increase), False: sink("k2")}) == []
    assert codes(NUMBERS >> Switch(parse, "sw") >> {"a": K, "b": sink("k2")}) == ["PF201"]


def test_round_a_loop() -> None:
    loop = Feedback(init=["a"], name="loop")
    flow = (NUMBERS | loop) >> increase >> Switch(is_big) >> {True: K, False: loop}
    assert only(flow).title == "type mismatch: 'loop' produces str, 'increase' takes int."
    fine = Feedback(init=[1, None], name="loop")
    assert codes((NUMBERS | fine) >> increase >> Switch(is_big) >> {True: K, False: fine}) == []


def test_what_comes_back_round_a_loop() -> None:
    loop = Feedback(init=[], name="loop")
    flow = (NUMBERS | loop) >> increase >> maybe >> Switch(is_big) >> {True: K, False: loop}
    assert only(flow).pipes == ("maybe", "increase")


def test_regulators() -> None:
    assert codes(NUMBERS >> Regulator(chunks) >> total >> K) == []
    assert codes(LINES >> Regulator(chunks) >> total >> K) == ["PF201"]
    assert codes(NUMBERS >> Regulator(chunks) >> join_text >> K) == ["PF201"]


def test_joined_pairs_as_one_item() -> None:
    loop = Feedback(init=[], name="loop")
    assert codes((NUMBERS, LINES) >> Switch(lambda *p: True, "sw") >> {True: Sink(pairs_of), False: K}) == []
    assert loop is not None


def test_unknown_is_counted_not_said() -> None:
    found = report(NUMBERS >> missing >> work("w") >> regulator("r") >> K)
    assert found.ok
    assert not found.findings
    assert found.unchecked == 4
    assert found.unknown[0].code == "PF201"
    assert found.unknown[0].pipes == ("numbers", "missing")
    assert found.unknown[0].streams == ("numbers -> missing",)


class Stats:
    def run(self, item: T) -> T:
        return item


def test_class_functors() -> None:
    assert codes(NUMBERS >> Transform(Stats(), "stats") >> shout >> K) == ["PF201"]
    assert codes(LINES >> Transform.of(Stats).with_(name="stats") >> shout >> K) == []


def test_documented_mismatches_are_warnings() -> None:
    s1 = Stream("s1")
    pipes: list[Pipe] = [Source(numbers, "s", downstreams=[s1]), Sink(shout, "k", upstreams=[s1])]
    found = only(pipes)
    assert (found.code, found.severity) == ("PF201", "warning")
    assert neutral(found.message).startswith("PF201 type mismatch: 's' produces int, 'k' takes str.")


def ready(items: list[int]) -> Iterator[int]:
    yield from items


def test_ready_data_is_its_own_annotation() -> None:
    assert codes(Source([1, 2]) >> shout >> K) == ["PF201"]
    assert codes(Source(["a"]) >> shout >> K) == []


class Loader(Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value

    def __iter__(self) -> Iterator[T]:
        yield self.value


def label(item: T, text: str = "a") -> Loader[str]:  # pyright: ignore[reportInvalidTypeVarUse]
    return Loader(text)


def loader() -> Loader[int]:
    return Loader(1)


def test_the_type_variable_of_a_class_is_not_that_of_the_function() -> None:
    assert codes(NUMBERS >> flat_map(label) >> shout >> K) == []
    assert codes(NUMBERS >> flat_map(label) >> increase >> K) == ["PF201"]
    assert codes(Source(loader) >> increase >> K) == []
    assert codes(Source(loader) >> shout >> K) == ["PF201"]


def timed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Passes on what it gets."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            print(time.perf_counter() - start)

    return wrapper


def doubled(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(item: Any) -> Any:
        return function(item), function(item)

    return wrapper


def test_behind_a_decorator_that_passes_on() -> None:
    found = only(NUMBERS >> Transform(timed(shout)) >> K)
    assert found.title == "type mismatch: 'numbers' produces int, 'shout' takes str."
    assert "def shout(item: str) -> str\n" in found.message
    assert codes(LINES >> Transform(timed(shout)) >> increase >> K) == ["PF201"]
    assert codes(LINES >> Transform(functools.cache(timed(shout))) >> increase >> K) == ["PF201"]
    assert codes(LINES >> Transform(functools.partial(timed(shout))) >> increase >> K) == ["PF201"]
    assert codes(LINES >> Transform(timed(shout)) >> Transform(timed(shout), "again") >> K) == []


def test_behind_a_decorator_that_may_do_anything() -> None:
    found = report(LINES >> Transform(doubled(shout)) >> increase >> K)
    assert [each.code for each in found.findings] == []
    assert [each.pipes for each in found.unknown] == [("shout", "increase"), ("increase", "k")]
    assert codes(NUMBERS >> Transform(doubled(shout)) >> K) == ["PF201"]  # the argument goes on as it is


def joined(batch: list[int]) -> str:
    return ""


def test_what_a_collate_function_returns() -> None:
    batches = Source(numbers) >> batch(2)
    assert only(batches >> collate(joined) >> increase >> sink()).title == (
        "type mismatch: 'joined' produces str, 'increase' takes int."
    )
    assert codes(batches >> collate(joined) >> shout >> sink()) == []
    assert codes(batches >> collate() >> increase >> sink()) == []
    assert codes(batches >> collate(lambda batch: batch) >> increase >> sink()) == []
