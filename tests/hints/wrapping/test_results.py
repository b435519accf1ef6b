"""What a wrapper returns, as far as its source shows it."""
# pyright: basic

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest

from pipeflow.hints import UNKNOWN, accepted, assignable, may_drop, produced, read
from tests.hints.test_syntax import made


def number(x: int) -> str: ...


def perhaps(x: int) -> str | None: ...


async def fetch(x: int) -> str: ...


def later(x: int) -> Awaitable[str]: ...


def rows(x: int) -> Iterator[str]:
    yield ""


def rows_at_once(x: int) -> list[str]: ...


async def arriving(x: int) -> AsyncIterator[str]:
    yield ""


LOCK = threading.Lock()
POOL: Any = None


# those that give what they get


def direct(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


def by_name(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        print("before", args, kwargs)
        result = f(*args, **kwargs)
        print("after", result)
        return result

    return wrapper


def locked(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        with LOCK:
            return f(*args, **kwargs)

    return wrapper


def guarded(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        try:
            return f(*args, **kwargs)
        except ValueError as error:
            raise RuntimeError from error
        finally:
            print("done")

    return wrapper


def retried(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        while True:
            try:
                result = f(*args, **kwargs)
            except OSError:
                continue
            else:
                return result

    return wrapper


def in_two_ways(f):
    @functools.wraps(f)
    def wrapper(x):
        if LOCK.locked():
            return f(x)
        else:  # noqa: RET505
            return (result := f(x))  # noqa: F841

    return wrapper


def as_a_lambda(f):
    return functools.wraps(f)(lambda *args: f(*args))


def cached(f):
    inner = functools.lru_cache(f)

    @functools.wraps(f)
    def wrapper(*args):
        return inner(*args)

    return wrapper


class Counting:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f, self.calls = f, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.f(*args, **kwargs)


class Holding:
    def __init__(self, f):
        self.f = f

    def wrapped(self):
        @functools.wraps(self.f)
        def wrapper(*args):
            return self.f(*args)

        return wrapper


PASSING = [
    direct,
    by_name,
    locked,
    guarded,
    retried,
    in_two_ways,
    as_a_lambda,
    cached,
    Counting,
    lambda f: Holding(f).wrapped(),
    lambda f: direct(locked(f)),
    functools.lru_cache,
    functools.cache,
    lambda f: functools.update_wrapper(functools.partial(f), f),
]


@pytest.mark.parametrize("decorate", PASSING)
def test_what_it_gets(decorate: Any) -> None:
    facts = read(decorate(number))
    assert produced(facts, "transform") is str
    assert facts.believed
    assert accepted(facts, "transform", 0) is int
    assert (facts.min_args, facts.max_args) == (1, 1)
    assert facts.name == "number"
    assert may_drop(facts) is False


def test_a_decorator_of_contextlib() -> None:
    @contextlib.contextmanager
    def section() -> Generator[None, None, None]:
        yield

    inside = section()(number)
    assert produced(inside, "transform") is str
    assert accepted(inside, "transform", 0) is int


def or_nothing(f):
    @functools.wraps(f)
    def wrapper(*args):
        try:
            return f(*args)
        except ValueError:
            print("skipped")

    return wrapper


def or_none(f):
    @functools.wraps(f)
    def wrapper(*args):
        result = None
        if not LOCK.locked():
            result = f(*args)
        return result

    return wrapper


def on_some_days(f):
    @functools.wraps(f)  # noqa: RET503
    def wrapper(*args):
        for _ in range(3):
            if LOCK.locked():
                return f(*args)
        print("never")

    return wrapper


@pytest.mark.parametrize("decorate", [or_nothing, or_none, on_some_days])
def test_or_none(decorate: Any) -> None:
    facts = read(decorate(number))
    assert facts.returns == str | None
    assert may_drop(facts) is True
    assert may_drop(decorate(lambda x: x)) is None


# those that give something else


def listed(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return [f(*args, **kwargs)]

    return wrapper


def timed(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        result = f(*args, **kwargs)
        return result, 0.5

    return wrapper


def converted(f):
    @functools.wraps(f)
    def wrapper(*args):
        return len(f(*args))

    return wrapper


def changed_later(f):
    @functools.wraps(f)
    def wrapper(*args):
        result = f(*args)
        if LOCK.locked():
            result = len(result)
        return result

    return wrapper


def added_to(f):
    @functools.wraps(f)
    def wrapper(*args):
        result = f(*args)
        result += 1
        return result

    return wrapper


def tapped(f):
    @functools.wraps(f)
    def wrapper(x):
        f(x)
        return x

    return wrapper


def or_another(f):
    @functools.wraps(f)
    def wrapper(*args):
        if LOCK.locked():
            return 0
        return f(*args)

    return wrapper


def or_false(f):
    @functools.wraps(f)
    def wrapper(*args):
        return LOCK.locked() and f(*args)

    return wrapper


def submitted(f):
    @functools.wraps(f)
    def wrapper(*args):
        return POOL.submit(f, *args)

    return wrapper


def another_function(f):
    def g(x):
        return 3

    @functools.wraps(f)
    def wrapper(*args):
        return g(*args)

    return wrapper


def replaced(f):
    original = f

    @functools.wraps(original)
    def wrapper(*args):
        return f(*args)

    f = len
    return wrapper


def a_loop_variable(f):
    @functools.wraps(f)
    def wrapper(*args):
        result = f(*args)
        for result in (1, 2):  # noqa: B007
            pass
        return result

    return wrapper


def caught(f):
    @functools.wraps(f)
    def wrapper(*args):
        try:
            result = f(*args)
        except ValueError as result:  # noqa: F841
            pass
        return result

    return wrapper


def set_inside(f):
    @functools.wraps(f)
    def wrapper(*args):
        result = f(*args)

        def again():
            nonlocal result
            result = 3

        again()
        return result

    return wrapper


def a_circle_of_names(f):
    @functools.wraps(f)
    def wrapper(*args):
        one = f(*args)
        two = one
        one = two
        return one  # noqa: RET504

    return wrapper


def nothing(f):
    @functools.wraps(f)
    def wrapper(*args):
        f(*args)

    return wrapper


def a_generator(f):
    @functools.wraps(f)
    def wrapper(*args):
        yield f(*args)

    return wrapper


class Listing(Counting):
    def __call__(self, *args):
        return [self.f(*args)]


class InC:
    """An object that wraps, and is called in C."""

    __call__ = len

    def __init__(self, f: Any) -> None:
        vars(self).update(__wrapped__=f, __name__=f.__name__)


OTHERS = [
    listed,
    timed,
    converted,
    changed_later,
    added_to,
    tapped,
    or_another,
    or_false,
    submitted,
    another_function,
    replaced,
    a_loop_variable,
    caught,
    set_inside,
    a_circle_of_names,
    nothing,
    a_generator,
    Listing,
    InC,
    lambda f: direct(listed(f)),
    lambda f: listed(direct(f)),
    lambda f: functools.lru_cache(listed(f)),
    lambda f: functools.singledispatch(f),
]


@pytest.mark.parametrize("decorate", OTHERS)
def test_something_else(decorate: Any) -> None:
    facts = read(decorate(number))
    assert produced(facts, "transform") is UNKNOWN
    assert not facts.believed
    assert facts.name == "number"


def test_a_wrapper_without_source() -> None:
    scope: dict[str, Any] = {"functools": functools}
    source = (
        "def direct(f):\n    @functools.wraps(f)\n    def wrapper(*a): return f(*a)\n    return wrapper\n"
    )
    exec(source, scope)
    assert produced(scope["direct"](number), "transform") is UNKNOWN
    named = made("import functools\n" + source, "direct", "a file with a wrapper")
    assert produced(named(number), "transform") is str


def test_annotations_of_the_wrapper_itself() -> None:
    def own(f):
        @functools.wraps(f, assigned=("__name__",))
        def wrapper(x: str) -> list[str]:
            return [f(int(x))]

        return wrapper

    assert produced(own(number), "transform") == list[str]
    assert accepted(own(number), "transform", 0) is str
    assert produced(direct(own(number)), "transform") == list[str]


# awaiting


def test_coroutines() -> None:
    def waiting(f):
        @functools.wraps(f)
        async def wrapper(*args):
            return await f(*args)

        return wrapper

    def not_waiting(f):
        @functools.wraps(f)
        async def wrapper(*args):
            return f(*args)

        return wrapper

    def run(f):
        @functools.wraps(f)
        def wrapper(*args):
            return asyncio.run(f(*args))

        return wrapper

    assert produced(waiting(fetch), "transform") is str
    assert produced(waiting(later), "transform") is str
    assert produced(waiting(number), "transform") is UNKNOWN  # a str can't be awaited
    assert produced(not_waiting(number), "transform") is str
    assert produced(not_waiting(fetch), "transform") is UNKNOWN
    assert produced(run(fetch), "transform") is str
    assert read(direct(fetch)).returns == Coroutine[Any, Any, str]


# generators


def test_generators() -> None:  # noqa: C901
    def delegating(f):
        @functools.wraps(f)
        def wrapper(*args):
            yield from f(*args)

        return wrapper

    def each(f):
        @functools.wraps(f)
        def wrapper(*args):
            for item in f(*args):
                print(item)
                yield item

        return wrapper

    def each_async(f):
        @functools.wraps(f)
        async def wrapper(*args):
            async for item in f(*args):
                yield item

        return wrapper

    def numbered(f):
        @functools.wraps(f)
        def wrapper(*args):
            for item in f(*args):
                yield 1, item

        return wrapper

    def with_an_end(f):
        @functools.wraps(f)
        def wrapper(*args):
            yield from f(*args)
            yield 0

        return wrapper

    def converting(f):
        @functools.wraps(f)
        def wrapper(*args):
            for item in f(*args):
                item = len(item)
                yield item

        return wrapper

    for decorate in (delegating, each, direct, functools.cache):
        assert produced(decorate(rows), "source") is str
        assert produced(decorate(rows_at_once), "source") is str
    assert produced(each_async(arriving), "source") is str
    for decorate in (numbered, with_an_end, converting, listed):
        assert produced(decorate(rows), "source") is UNKNOWN


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset, sorted])
def test_collected(kind: Any) -> None:
    def collecting(f):
        @functools.wraps(f)
        def wrapper(*args):
            return kind(f(*args))

        return wrapper

    assert produced(collecting(rows), "source") is str
    collection: Any = list if kind is sorted else kind
    expected = tuple[str, ...] if kind is tuple else collection[str]
    assert produced(collecting(rows_at_once), "transform") == expected
    assert read(collecting(number)).returns == (tuple[str, ...] if kind is tuple else collection[str])


def test_objects_that_are_called() -> None:
    class Plain:
        @direct
        def __call__(self, x: int) -> str: ...

    class Changed:
        @listed
        def __call__(self, x: int) -> str: ...

    assert assignable(Plain, Callable[[int], str]).verdict == "ok"
    assert assignable(Plain, Callable[[int], bytes]).verdict == "mismatch"
    assert assignable(Plain, Callable[[str], str]).verdict == "mismatch"
    assert assignable(Changed, Callable[[int], bytes]).verdict == "unknown"


def wrapping(body: str, f: Any, parameters: str = "*args", **names: Any) -> Any:
    """A wrapper of `f` with such a body; indented with four blanks."""
    source = f"def decorate(f):\n  def wrapper({parameters}):\n" + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    decorate = made(source + "  return wrapper\n", "decorate", f"a wrapper in {len(body)}")
    decorate.__globals__.update(names)
    return functools.wraps(f)(decorate(f))


@pytest.mark.parametrize(
    "body",
    [
        "if LOCK:\n  x = f(x)\nreturn x",
        "result = f(x)\nimport json as result\nreturn result",
        "result = f(x)\ndef result(): pass\nreturn result",
        "result = f(x)\nmatch x:\n  case [result]: pass\nreturn result",
        "result = f(x)\nmatch x:\n  case [*result]: pass\nreturn result",
        "result = f(x)\nmatch x:\n  case {**result}: pass\nreturn result",
        "f(x)\ng = other\nreturn g(x)",
        "f(x)\nreturn list()",
        "f(x)\nreturn list(x)",
        "return list(f(x), f(x))",
    ],
)
def test_other_things(body: str) -> None:
    functor = wrapping(body, rows_at_once, "x", LOCK=LOCK, other=len, g=rows_at_once)
    assert read(functor).returns is UNKNOWN
    assert read(functor).name == "rows_at_once"


@pytest.mark.parametrize(
    "body",
    [
        "def key():\n  return 3\nreturn f(x)",
        "order = lambda x: x\nreturn f(x)",
        "a = b = f(x)\nreturn b",
        "a: object = f(x)\nreturn a",
        "return sorted(f(x), key=len)",
    ],
)
def test_the_same_thing(body: str) -> None:
    functor = wrapping(body, rows_at_once, "x")
    assert read(functor).returns == list[str]
    assert accepted(functor, "transform") is int


@pytest.mark.parametrize(
    ("body", "nothing"),
    [
        ("if LOCK:\n  return f(x)\nelse:\n  print(1)", True),
        ("if LOCK:\n  return f(x)\nelse:\n  raise OSError", False),
        ("while True:\n  if LOCK: break\n  return f(x)", True),
        ("while True:\n  return f(x)", False),
        ("while LOCK:\n  return f(x)", True),
        ("try:\n  y = 1\nexcept OSError:\n  raise\nelse:\n  return f(x)", False),
        ("try:\n  return f(x)\nexcept OSError:\n  print(1)", True),
        ("return f(x) if LOCK else None", True),
    ],
)
def test_the_end_of_the_wrapper(body: str, nothing: bool) -> None:
    assert may_drop(wrapping(body, number, "x", LOCK=LOCK)) is nothing


@pytest.mark.parametrize(
    "body",
    [
        "f(x)\nyield from other(x)",
        "f(x)\nfor y in other(x): yield y",
        "for x in f(x): pass\nyield x",
        "for y in f(x): yield y\nfor y in other(x): yield y",
        "yield f",
        "yield",
    ],
)
def test_other_items(body: str) -> None:
    assert produced(wrapping(body, rows, "x", other=range), "source") is UNKNOWN


def test_awaiting_something_else() -> None:
    source = "def decorate(f):\n  async def wrapper(*args):\n"
    source += "    await f(*args)\n    return await other(*args)\n  return wrapper\n"
    decorate = made(source, "decorate", "a wrapper that awaits")
    decorate.__globals__["other"] = fetch

    async def number_later(x: int) -> int: ...

    assert produced(functools.wraps(number_later)(decorate(number_later)), "transform") is UNKNOWN


def test_the_items_of_a_tuple_are_not_its_first() -> None:
    def pair(x: int) -> tuple[int, str]: ...

    assert read(wrapping("return list(f(x))", pair, "x")).returns is UNKNOWN
