"""PF201."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeGuard, TypeVar

import numpy as np

from pipeflow import (
    FailedItem,
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
    filter,
    flat_map,
    shuffle,
    take,
    unbatch,
    window,
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


class Quit: ...


class Data: ...


class Circle(TypedDict):
    kind: Literal["circle"]
    radius: float


class Label(TypedDict):
    kind: Literal["label"]
    text: str


def messages() -> Iterator[Quit | Data]:
    yield Quit()


def mixed() -> Iterator[int | str]:
    yield 1


def shapes() -> Iterator[Circle | Label]:
    yield {"kind": "label", "text": ""}


def letters() -> Iterator[Literal["a", "b"]]:
    yield "a"


def labelled() -> Iterator[tuple[str, int | str]]:
    yield "", 1


def mixed_lists() -> Iterator[list[int | str]]:
    yield [1]


def is_text(item: object) -> TypeGuard[str]:
    return isinstance(item, str)


def are_numbers(items: list[Any]) -> TypeGuard[list[int]]:
    return True


def chosen(item: Any) -> Any:
    return item


def use(item: Data) -> None: ...


def leave(item: Quit) -> None: ...


def area(item: Circle) -> None: ...


def write(item: Label) -> None: ...


def only_a(item: Literal["a"]) -> None: ...


def only_b(item: Literal["b"]) -> None: ...


def only_c(item: Literal["c"]) -> None: ...


def raw(item: bytes) -> None: ...


def raws(items: list[bytes]) -> None: ...


def sizes(items: Sequence[float]) -> None: ...


def texts(items: list[str]) -> None: ...


def sized(item: tuple[str, int]) -> None: ...


def named(item: tuple[bytes, int]) -> None: ...


def lament(item: FailedItem) -> None: ...


def both_of(left: int, right: str) -> None: ...


def neither_of(left: bytes, right: str) -> None: ...


def sub(item: bool) -> None: ...


PICK, MIXED = filter(chosen, "pick"), Source(mixed)


def test_a_switch_chooses_by_type() -> None:
    switch = Switch(chosen, "sw")
    assert codes(Source(messages) >> switch >> {True: Sink(use), False: Sink(leave)}) == []
    assert codes((NUMBERS | LINES) >> switch >> {int: Sink(increase), str: Sink(shout)}) == []
    assert codes(Source(shapes) >> switch >> {"circle": Sink(area), "label": Sink(write)}) == []
    assert codes(Source(letters) >> switch >> {"a": Sink(only_a), "b": Sink(only_b)}) == []


def test_a_switch_parts_failures_from_results() -> None:
    step = Transform(increase)
    flow = (NUMBERS >> step | step.errors) >> Switch(chosen, "sw") >> {1: Sink(lament), 0: Sink(whole)}
    assert codes(flow) == []


def test_a_filter_chooses_by_type() -> None:
    assert codes(MIXED >> PICK >> Sink(shout)) == []
    assert codes(MIXED >> filter(is_text) >> Sink(shout)) == []
    assert codes(Source(labelled) >> PICK >> Sink(sized)) == []
    assert codes(NUMBERS >> PICK >> Sink(sub)) == []  # a subclass
    assert codes(Source(mixed_lists) >> filter(are_numbers) >> Sink(total)) == []
    assert [u.reason for u in report(MIXED >> PICK >> Sink(shout)).unknown if u.pipes[0] == "mixed"][1:] == [
        "some of its types fit, and it isn't known which are chosen in front"
    ]


def test_what_was_chosen_passes_on() -> None:
    picked = MIXED >> PICK
    assert codes(picked >> batch(2) >> Sink(total)) == []
    assert codes(picked >> batch(2) >> Sink(sizes)) == []
    assert codes(picked >> window(2) >> Sink(texts)) == []
    assert codes(picked >> batch(2) >> shuffle(2) >> unbatch() >> take(3) >> Sink(shout)) == []
    assert codes(picked >> twice >> Sink(texts)) == []
    assert codes((picked, LINES) >> Join(pairing="arrival") >> Sink(both_of)) == []
    assert codes((LINES, picked) >> Join(pairing="arrival") >> shuffle(2) >> Sink(sized)) == []
    assert codes(Source(labelled) >> PICK >> (Sink(shout), Sink(whole))) == []
    assert codes(MIXED >> batch(2) >> PICK >> unbatch() >> filter(chosen, "again") >> Sink(shout)) == []


def test_nothing_that_is_chosen_fits() -> None:
    assert only(MIXED >> PICK >> Sink(raw)).title == (
        "type mismatch: 'mixed' produces int | str, 'raw' takes bytes."
    )
    assert codes(Source(letters) >> PICK >> Sink(only_c)) == ["PF201"]
    assert codes(MIXED >> PICK >> batch(2) >> Sink(raws)) == ["PF201"]
    assert codes(MIXED >> PICK >> twice >> Sink(raws)) == ["PF201"]
    assert codes(Source(labelled) >> PICK >> Sink(named)) == ["PF201"]
    assert codes(Source(labelled) >> PICK >> (Sink(shout), Sink(raw))) == ["PF201"]
    assert codes((NUMBERS | LINES) >> PICK >> Sink(raw)) == ["PF201"]
    assert codes((MIXED >> PICK, LINES) >> Join(pairing="arrival") >> Sink(neither_of)) == ["PF201"]


def test_what_is_certain_to_come_must_fit() -> None:
    assert codes(NUMBERS >> PICK >> Sink(shout)) == ["PF201"]
    assert codes(MIXED >> take(2) >> Sink(shout)) == ["PF201"]
    assert codes(MIXED >> batch(2) >> Sink(total)) == ["PF201"]
    assert only((MIXED >> PICK | LINES) >> Sink(increase)).pipes == ("lines", "increase")
    each = NUMBERS >> PICK | LINES >> filter(chosen, "other")
    assert only(each >> Sink(increase)).pipes == ("lines", "increase")
    one = Sink(whole)
    assert only(Source(labelled) >> PICK >> (one, one)).title == (
        "type mismatch: 'labelled' produces str as part 0, 'whole' takes float."
    )


def advanced(item: int) -> int | Quit:
    return item


def several(item: Any) -> list[int]:
    return [1]


def test_what_does_not_depend_on_the_choice() -> None:
    found = report(MIXED >> PICK >> flat_map(several) >> Sink(sub)).findings
    assert [(f.code, f.severity) for f in found] == [("PF201", "warning")]
    assert codes(MIXED >> PICK >> flat_map(several) >> Sink(shout)) == ["PF201"]


def test_what_is_chosen_goes_round_a_loop() -> None:
    loop = Feedback(init=[], name="loop")
    flow = (NUMBERS | loop) >> advanced >> Switch(chosen, "sw") >> {True: Sink(leave), False: loop}
    assert codes(flow) == []


def test_more_choices_than_are_worth_comparing() -> None:
    def picked(parts: int) -> Any:
        flow: Any = Source(letters, "s0")
        for number in range(1, parts):
            flow = flow | Source(letters, f"s{number}")
        return flow >> PICK >> batch(2) >> Sink(total)

    assert codes(picked(32)) == ["PF201"]
    assert codes(picked(33)) == []
