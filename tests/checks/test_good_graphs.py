"""Graphs as people write them. None has a finding: a good graph that is flagged is the worst defect."""

from __future__ import annotations

import collections
import dataclasses
import functools
import io
import itertools
import json
import operator
import pathlib
import re
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

import pipeflow as pf
from pipeflow import (
    Discard,
    EndOfStream,
    Feedback,
    Join,
    Pipe,
    Rate,
    Regulator,
    Sink,
    Source,
    Stream,
    Switch,
    Transform,
    balance,
    chain,
)
from tests.checks.asking import report

T = TypeVar("T")
Array = NDArray[np.float64]
GOOD: dict[str, Callable[[], Any]] = {}


def good(make: Callable[[], Any]) -> Callable[[], Any]:
    """Every function below with this mark makes a graph that is fine."""
    GOOD[make.__name__] = make
    return make


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    "target",
    [
        {"start_method": "fork"},
        {"start_method": "spawn"},
        {"engine": "thread"},
        {"engine": "inline"},
        {"engine": "ray"},
        {"start_method": "forkserver", "strict": True},
    ],
    ids=lambda target: "-".join(map(str, target.values())),
)
def test_no_finding(name: str, target: dict[str, Any]) -> None:
    found = report(GOOD[name](), **target)
    assert not found.findings, str(found)


def test_there_are_many() -> None:
    assert len(GOOD) >= 40


# ---------------------------------------------------------------- functions


def genRand(n: int = 10) -> Iterator[Array]:
    for _ in range(n):
        yield np.random.rand(10)


def batch_rows(batch_size: int = 2):
    x = yield
    for i in range(len(x) // batch_size):
        yield x[i * batch_size : (i + 1) * batch_size]


def sumBatch(x):
    return x.sum()


def print_out(x):
    print(x)


def split_sign(x):
    return [x, None] if x > 1 else [None, x]


def numbers(n: int = 5) -> Iterator[int]:
    yield from range(n)


def double(x: int) -> int:
    return 2 * x


def half(x: float) -> float:
    return x / 2


def to_text(x: object) -> str:
    return str(x)


def odd_only(x: int) -> int | None:
    return x if x % 2 else None


def add(a: float, b: float) -> float:
    return a + b


def is_odd(x: int) -> bool:
    return bool(x % 2)


def size_class(x: int) -> Literal["small", "large"]:
    return "small" if x < 3 else "large"


def divide(x: int) -> tuple[int, int]:
    return divmod(x, 2)


class Sample(TypedDict):
    image: Array
    label: int


def samples() -> Iterator[Sample]:
    yield {"image": np.zeros(3), "label": 1}


def image_of(sample: Sample) -> Array:
    return sample["image"]


def label_of(sample: Sample) -> int:
    return sample["label"]


def pair_up(image: Array, label: int) -> tuple[Array, int]:
    return image, label


@dataclasses.dataclass
class Row:
    key: str
    value: float


def rows(path: str) -> Iterator[Row]:
    yield Row(path, 1.0)


def normalise(row: Row) -> Row:
    return dataclasses.replace(row, value=row.value / 2)


class Point(NamedTuple):
    x: int
    y: int


def points() -> Iterator[Point]:
    yield Point(1, 2)


class HasText(Protocol):
    def read(self) -> str: ...


def open_files() -> Iterator[io.StringIO]:
    yield io.StringIO("a")


def read_all(file: HasText) -> str:
    return file.read()


def words(text: str) -> Iterator[str]:
    yield from re.findall(r"\w+", text)


def first(items: Sequence[T]) -> T:
    return items[0]


def rebatch(size: int = 32) -> Generator[list[Any] | None, Any, None]:
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


async def fetch(url: str) -> bytes:
    return url.encode()


async def urls() -> AsyncIterator[str]:
    yield "http://localhost"


class Model:
    def local_init(self, weights: str = "w") -> None:
        self.weights = [1.0]

    def run(self, x: Array) -> Array:
        return x * self.weights[0]


class Loader:
    def __init__(self, path: str) -> None:
        self.path = path

    def run(self) -> Iterator[Array]:
        yield np.zeros(3)


class Mean:
    def local_init(self) -> None:
        self.total, self.count = 0.0, 0

    def run(self, x: float) -> None:
        self.total += x
        self.count += 1

    def local_term(self) -> float:
        return self.total / max(1, self.count)


class Callable_:
    def __call__(self, x: int) -> int:
        return x


cache: dict[int, int] = {}


def cached(x: int) -> int:
    if x not in cache:
        cache[x] = x * x
    return cache[x]


@functools.lru_cache
def square(x: int) -> int:
    return x * x


def logged(function: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> T:
        return function(*args, **kwargs)

    return wrapper


@logged
def tripled(x: int) -> int:
    return 3 * x


def total_of(numbers: list[int]) -> int:
    return sum(numbers)


def in_a_list(function: Callable[..., T]) -> Callable[..., list[T]]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> list[T]:
        return [function(*args, **kwargs)]

    return wrapper


@in_a_list
def tripled_in_a_list(x: int) -> int:
    return 3 * x


def with_its_time(function: Callable[..., T]) -> Callable[..., tuple[T, float]]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> tuple[T, float]:
        result = function(*args)
        return result, 0.5

    return wrapper


@with_its_time
def tripled_in_time(x: int) -> int:
    return 3 * x


def given_text(function: Callable[[str], T]) -> Callable[[object], T]:
    @functools.wraps(function)
    def wrapper(x: object) -> T:
        return function(str(x))

    return wrapper


@given_text
def loud(x: str) -> str:
    return x.upper()


def given_a_scale(function: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> T:
        kwargs["scale"] = 2.0
        return function(*args, **kwargs)

    return wrapper


@given_a_scale
def scaled(x: int, scale: float) -> float:
    return x * scale


def passed_through(function: Callable[[T], None]) -> Callable[[T], T]:
    @functools.wraps(function)
    def wrapper(x: T) -> T:
        function(x)
        return x

    return wrapper


@passed_through
def noted(x: int) -> None:
    print(x)


@functools.singledispatch
def described(x: str) -> str:
    return x


@described.register
def described_int(x: int) -> int:
    return x


# ---------------------------------------------------------------- chains


class Photos:
    """A map-style dataset."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Array:
        return np.zeros(index)


def photos() -> Photos:
    return Photos()


@good
def datasets_by_number() -> Any:
    return (Source(Photos()) | Source(photos, "made")) >> Transform(lambda photo: photo.shape) >> Sink(print)


@good
def the_page_as_a_chain() -> Any:
    return (
        Source(genRand, "source")
        >> Regulator(batch_rows, "batcher")
        >> Transform(sumBatch, "sum") * 3
        >> Sink(print_out)
    )


@good
def one_transform() -> Any:
    return Source(numbers) >> double >> Sink(print)


@good
def iterated() -> Any:
    return Source(numbers) >> double * 1 if False else Source(numbers) >> Transform(double) * 3


@good
def an_int_is_a_float() -> Any:
    return Source(numbers) >> half >> to_text >> Sink(print)


@good
def dropping() -> Any:
    return Source(numbers) >> odd_only >> double >> Sink(print)


@good
def lambdas() -> Any:
    return Source(range(5)) >> (lambda x: x + 1) >> (lambda x: x * 2) >> Sink(lambda x: None)


@good
def builtins_and_operators() -> Any:
    return Source(["1", "2"]) >> int >> operator.neg >> str >> Sink(print)


@good
def partials() -> Any:
    return Source(numbers) >> Transform(functools.partial(add, 1.5)) >> Sink(functools.partial(print, end=""))


@good
def callable_objects_and_caches() -> Any:
    return Source(numbers) >> Callable_() >> cached >> square >> tripled >> Sink(print)


@good
def data_as_a_source() -> Any:
    return Source([1, 2, 3], "a") >> double >> Sink(print)


@good
def a_function_that_returns_an_iterable() -> Any:
    return Source(lambda: itertools.count(), "n") >> Transform(double) >> Sink(print)


@good
def class_functors() -> Any:
    return (
        Source(Loader("x"))
        >> Transform(Model(), init_kwargs={"weights": "v"}) * 2
        >> (lambda x: x.sum())
        >> Sink(Mean())
    )


@good
def built_in_the_worker() -> Any:
    return Source(Loader("x")) >> Transform.of(Model) * 2 >> sumBatch >> Sink(Mean())


@good
def files_of_a_folder() -> Any:
    paths = Source(sorted(pathlib.Path(__file__).parent.glob("*.py")), "paths")
    return paths >> (lambda path: path.read_text()) >> pf.flat_map(words) >> str.lower >> Sink(print)


@good
def protocols() -> Any:
    return Source(open_files) >> read_all >> str.split >> Sink(print)


@good
def json_lines() -> Any:
    return Source(['{"a": 1}']) >> json.loads >> operator.itemgetter("a") >> Sink(print)


@good
def keyword_settings() -> Any:
    return Source(rows, init_kwargs={"path": "x"}) >> normalise >> Sink(print)


@good
def asynchronous() -> Any:
    return Source(urls) >> Transform(fetch).with_(concurrency=8, ordered=True) >> len >> Sink(print)


@good
def failed_items() -> Any:
    parse = Transform(json.loads, "parse")
    return Source(["{}"]) >> parse >> Sink(print, "k") | parse.errors >> Sink(print, "failed")


@good
def restarted() -> Any:
    return Source(numbers) >> Transform(double).with_(on_crash="restart", retries=2) >> Sink(print)


@good
def named_streams() -> Any:
    return Source(numbers) >> Stream("raw", buffer_size=64) >> double >> Stream("doubled") >> Sink(print)


@good
def chained_by_function() -> Any:
    return chain(Source(numbers), Transform(double), Sink(print))


# ---------------------------------------------------------------- ready-made pipes


@good
def batched() -> Any:
    return Source(genRand) >> pf.batch(32) >> pf.collate() >> Sink(print)


@good
def batched_and_unbatched() -> Any:
    return Source(numbers) >> pf.batch(4) >> pf.unbatch() >> double >> Sink(print)


@good
def everything_ready_made() -> Any:
    return (
        Source(numbers)
        >> pf.shuffle(100, seed=1)
        >> pf.filter(is_odd)
        >> pf.map(double)
        >> pf.window(3)
        >> first
        >> pf.take(10)
        >> pf.batch(2, drop_last=True)
        >> Sink(print)
    )


@good
def rebatched() -> Any:
    return Source(numbers) >> Regulator(rebatch, init_kwargs={"size": 4}) >> len >> Sink(print)


# ---------------------------------------------------------------- branches


@good
def copy_and_merge() -> Any:
    return Source(numbers) >> (Transform(double) | Transform(half)) >> to_text >> Sink(print)


@good
def two_chains() -> Any:
    return Source(numbers, "s1") >> double >> Sink(print, "k1") | Source(genRand, "s2") >> sumBatch >> Sink(
        print, "k2"
    )


@good
def merged_sources() -> Any:
    return (Source(numbers, "s1") | Source(numbers, "s2")) >> double >> Sink(print)


@good
def split() -> Any:
    return Source(numbers) >> divide >> (Sink(print, "k1"), Sink(print, "k2"))


@good
def split_and_discard() -> Any:
    return Source(points) >> (Sink(print, "k1"), Discard())


@good
def split_and_join() -> Any:
    return Source(numbers) >> divide >> (Transform(double), Transform(half)) >> Transform(add) >> Sink(print)


@good
def the_page_as_a_system() -> Any:
    sources = Source(genRand, "source1") | Source(genRand, "source2")
    batches = sources >> Regulator(batch_rows, "batcher") >> Transform(sumBatch, "sum") * 3
    return (
        batches
        >> Transform(split_sign, "split")
        >> (Sink(print_out, "print_gt_1"), Sink(print_out, "print_lt_1"))
    )


@good
def joined_sources() -> Any:
    return (Source(numbers, "s1"), Source(genRand, "s2") >> sumBatch) >> Transform(add) >> Sink(print)


@good
def a_diamond() -> Any:
    hub = Source(samples) >> Transform(lambda sample: sample, "hub")
    return (hub >> Transform(image_of) * 2, hub >> label_of) >> Transform(pair_up) >> Sink(print)


@good
def a_diamond_in_a_diamond() -> Any:
    hub = Source(numbers) >> Transform(double, "hub")
    left = hub >> Transform(half)
    inner = (left >> Transform(half, "h1"), left >> Transform(half, "h2")) >> Transform(add, "inner")
    return (inner, hub >> Transform(half, "h3")) >> Transform(add, "outer") >> Sink(print)


@good
def a_diamond_of_batches() -> Any:
    hub = Source(samples) >> Transform(lambda sample: sample, "hub")
    images = hub >> image_of >> pf.batch(32, name="images") >> pf.collate(name="stack")
    labels = hub >> label_of >> pf.batch(32, name="labels")
    return (images, labels) >> Transform(lambda x, y: (x, y), "pair") >> Sink(print)


@good
def a_diamond_that_drops() -> Any:
    hub = Source(numbers) >> Transform(double, "hub")
    return (hub >> pf.filter(is_odd) >> Transform(half), hub >> odd_only) >> Transform(add) * 2 >> Sink(print)


@good
def joined_by_key() -> Any:
    left = Source(rows, "left", init_kwargs={"path": "a"}) >> Regulator(rebatch) >> pf.unbatch()
    right = Source(rows, "right", init_kwargs={"path": "b"})
    return (left, right) >> Join(key=operator.attrgetter("key")) >> (lambda a, b: (a, b)) >> Sink(print)


@good
def joined_as_they_come() -> Any:
    hub = Source(numbers) >> Transform(double, "hub")
    arms = (hub >> Regulator(rebatch), hub >> half)
    return arms >> Join(pairing="arrival") >> (lambda batch, item: item) >> Sink(print)


@good
def pairs_are_iterated() -> Any:
    return (Source(numbers, "s1"), Source(numbers, "s2")) >> Join()


@good
def one_expensive_one_cheap_consumer() -> Any:
    decoded = Source(numbers) >> Transform(double, "decode") * 2
    return decoded >> Transform(half, "train") >> Sink(print, "k1") | decoded >> Sink(Mean(), "stats")


@good
def switched() -> Any:
    side = Switch(size_class)
    return Source(numbers) >> side >> {"small": Transform(double), "large": Transform(half)} >> Sink(print)


@good
def switched_and_dropped() -> Any:
    return Source(numbers) >> Switch(is_odd) >> {True: Sink(print), False: Discard()}


@good
def switched_by_a_lambda() -> Any:
    side = Switch(lambda x: "gt" if x > 1 else "lt", "side", default="lt")
    return Source(numbers) >> side >> {"gt": Sink(print, "k1"), "lt": Sink(print, "k2")}


@good
def switched_inside_a_diamond() -> Any:
    hub = Source(numbers) >> Transform(double, "hub")
    arm = hub >> Switch(is_odd) >> {True: Transform(half), False: Transform(double)}
    return (arm, hub) >> Transform(add) >> Sink(print)


@good
def balanced() -> Any:
    return Source(numbers) >> balance(Transform(double, "fast"), Transform(half, "slow")) >> Sink(print)


# ---------------------------------------------------------------- loops and fragments


@good
def a_loop() -> Any:
    loop = Feedback(init=[])
    step = Transform(double, "step")
    return (Source(numbers) | loop) >> step >> Switch(is_odd) >> {True: Sink(print), False: loop}


@good
def fibonacci() -> Any:
    x, y = Feedback(init=[0], name="x"), Feedback(init=[1], name="y")
    return (x, y) >> Transform(lambda a, b: (b, a + b) if b < 100 else (None, None), "fib") >> (x, y)


@good
def a_fragment_used_twice() -> Any:
    prep = Transform(double) >> Transform(half)
    first_use = Source(numbers, "s1") >> prep >> Sink(print, "k1")
    return first_use | Source(numbers, "s2") >> prep.copy("2") >> Sink(print, "k2")


@good
def a_crawler() -> Any:
    loop = Feedback(init=["http://localhost"], name="to_visit")
    found = loop >> Transform(fetch).with_(concurrency=4) >> pf.flat_map(lambda page: ["next"], "links")
    return found >> pf.take(10) >> (loop | Sink(print))


# ---------------------------------------------------------------- decorated functions


@pf.source
def read(path: str) -> Iterator[Array]:
    yield np.zeros(3)


@pf.transform(n_processes=3)
def scale(x: Array, *, factor: float = 1.0) -> Array:
    return x * factor


@pf.sink
def save(x: Array) -> None: ...


@pf.regulator
def groups(size: int = 2) -> Generator[list[Array] | None, Array, None]:
    held = []
    while True:
        x = yield None
        held.append(x)
        if len(held) == size:
            yield held
            held = []


@good
def decorated() -> Any:
    return read("data/*.npy") >> scale(factor=2.0) >> save


@good
def decorated_and_batched() -> Any:
    return read("data/*.npy") >> scale >> groups(size=3) >> pf.collate() >> Sink(print)


# ---------------------------------------------------------------- decorators that change what goes through


@good
def a_result_in_a_list() -> Any:
    return Source([1, 2], "n") >> tripled_in_a_list >> Transform(total_of) >> Sink(print)


@good
def a_result_with_its_time() -> Any:
    return Source([1, 2], "n") >> tripled_in_time >> (Sink(print, "a"), Sink(print, "b"))


@good
def a_converted_argument() -> Any:
    return Source([1, 2], "n") >> loud >> Sink(print)


@good
def an_argument_of_the_decorator() -> Any:
    return Source([1, 2], "n") >> scaled >> Sink(print)


@good
def an_item_that_is_noted() -> Any:
    return Source([1, 2], "n") >> noted >> double >> Sink(print)


@good
def a_function_for_several_types() -> Any:
    return Source([1, 2], "n") >> described >> double >> Sink(print)


# ---------------------------------------------------------------- the documented classes


@good
def documented_line() -> list[Pipe]:
    s1, s2, s3 = Stream("s1"), Stream("s2", buffer_size=10), Stream("s3")
    return [
        Source(genRand, "source", downstreams=[s1]),
        Regulator(batch_rows, "batcher", upstreams=[s1], downstreams=[s2]),
        Transform(sumBatch, "sum", upstreams=[s2], downstreams=[s3]),
        Transform(sumBatch, "sum", upstreams=[s2], downstreams=[s3]),
        Sink(print_out, "print", upstreams=[s3]),
    ]


@good
def documented_split() -> list[Pipe]:
    s1, s2, s3 = Stream(), Stream(), Stream()
    return [
        Source(numbers, "source", downstreams=[s1]),
        Transform(split_sign, "split", upstreams=[s1], downstreams=[s2, s3]),
        Sink(print_out, "gt", upstreams=[s2]),
        Sink(print_out, "lt", upstreams=[s3]),
    ]


@good
def documented_fibonacci() -> list[Pipe]:
    s1, s2 = Stream("s1"), Stream("s2")
    s1.q.put(0)
    s2.q.put(1)
    return [Transform(lambda a, b: (b, a + b), "fib", upstreams=[s1, s2], downstreams=[s1, s2])]


@good
def documented_join() -> list[Pipe]:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    return [
        Source(numbers, "a", downstreams=[s1]),
        Source(numbers, "b", downstreams=[s2]),
        Transform(add, "add", upstreams=[s1, s2], downstreams=[s3]),
        Sink(print_out, "print", upstreams=[s3]),
    ]


# ---------------------------------------------------------------- unusual but right


@good
def containers_of_any_kind() -> Any:
    def count(items: Iterable[int]) -> Mapping[int, int]:
        return collections.Counter(items)

    def most(table: Mapping[int, int]) -> int:
        return max(table)

    return Source(numbers) >> pf.batch(3) >> count >> most >> Sink(print)


@good
def declared_rates() -> Any:
    hub = Source(numbers) >> Transform(double, "hub")
    pairs = Regulator(rebatch, "pairs", rate=Rate(2, 1))
    also = Regulator(rebatch, "also", rate=Rate(2, 1))
    return (hub >> pairs, hub >> also) >> Transform(lambda a, b: a, "z") >> Sink(print)


@good
def one_stream_joined_with_itself() -> Any:
    hub = Source(numbers) >> Transform(double, "hub")
    return (hub, hub) >> Transform(add) >> Sink(print)
