"""What a wrapper calls the wrapped function with, as far as its source shows it."""
# pyright: basic

from __future__ import annotations

import functools
import inspect
import logging
from typing import Any, TypeVar

import pytest

from pipeflow.hints import UNKNOWN, accepted, produced, read
from tests.hints.wrapping.test_results import wrapping

T = TypeVar("T")
LOG = logging.getLogger("tests")
ENABLED = True
OPTIONS: dict[str, Any] = {}
another: Any = None


def number(x: int, y: float = 1.0, *, key: bytes = b"") -> str: ...


def names(functor: Any) -> list[str]:
    return [each.name for each in read(functor).parameters]


# all of them


def direct(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


def announced(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        shown = ", ".join([*map(repr, args), *(f"{k}={v}" for k, v in kwargs.items())])
        print(f"calling with {shown}", args, kwargs)
        if len(args) > 3 or "key" in kwargs:
            LOG.debug("many %s %s", args, kwargs)
        LOG.info(f"{kwargs}")  # noqa: G004
        result = f(*args, **kwargs)
        if len(args) > 1:
            LOG.info("done")
        return result

    return wrapper


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        LOG.debug("%s %s %r", args, kwargs, kwargs.get("key"))
        if not ENABLED:
            return None
        try:
            return f(*args, **kwargs)
        except ValueError:
            LOG.exception("%s", args)
            raise

    return wrapper


def of_a_method(f):
    @functools.wraps(f)
    def wrapper(self, *args, **kwargs):
        return f(self, *args, **kwargs)

    return wrapper


def with_an_option(f):
    @functools.wraps(f)
    def wrapper(*args, verbose=False, **kwargs):
        if verbose:
            print("now")
        return f(*args, **kwargs)

    return wrapper


def in_a_function(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        def again():
            return f(*args, **kwargs)

        return again()

    return wrapper


def again(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        for _ in range(3):
            try:
                return f(*args, **kwargs)
            except OSError:
                continue
        raise OSError

    return wrapper


@pytest.mark.parametrize("decorate", [direct, logged, announced, again])
def test_all_go_on(decorate: Any) -> None:
    facts = read(decorate(number))
    assert [(p.name, p.annotation, p.has_default) for p in facts.parameters] == [
        ("x", int, False),
        ("y", float, True),
    ]
    assert [(p.name, p.annotation) for p in facts.keyword_only] == [("key", bytes)]


def test_an_option_of_the_wrapper() -> None:
    facts = read(with_an_option(number))
    assert names(facts.functor) == ["x", "y"]
    assert [(p.name, p.has_default) for p in facts.keyword_only] == [("key", True), ("verbose", True)]


def test_of_a_method() -> None:
    class Model:
        @of_a_method
        def run(self, x: int) -> str: ...

        @direct
        def other(self, x: int) -> str: ...

    for functor in (Model(), Model().other):
        assert names(functor) == ["x"]
        assert accepted(functor, "transform") is int
        assert produced(functor, "transform") is str


def test_behind_a_partial_and_a_method() -> None:
    class Model:
        def other(self, x: int) -> str: ...

    assert names(direct(functools.partial(number, 3))) == ["y"]
    assert names(direct(functools.partial(number, y=3.0))) == ["x"]
    assert [p.name for p in read(direct(functools.partial(number, y=3.0))).keyword_only] == ["key"]
    assert accepted(direct(functools.partial(number, 3)), "transform") is float
    assert produced(direct(functools.partial(number, 3)), "transform") is str
    assert names(direct(Model().other)) == ["x"]
    assert accepted(direct(Model().other), "transform") is int


# some of them


def connected(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f("connection", *args, **kwargs)

    return wrapper


def keyed(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, key=b"key", **kwargs)

    return wrapper


def in_the_middle(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, y=2.0, **kwargs)

    return wrapper


def test_arguments_of_the_wrapper_in_front() -> None:
    def save(connection: str, x: int, *more: float) -> str: ...

    facts = read(connected(save))
    assert (facts.min_args, facts.max_args) == (1, None)
    assert accepted(facts, "transform", 0) is int
    assert accepted(facts, "transform", 1) is float


def test_arguments_of_the_wrapper_by_name() -> None:
    assert names(keyed(number)) == ["x", "y"]
    assert [p.name for p in read(keyed(number)).keyword_only] == []
    assert names(in_the_middle(number)) == ["x"]

    def three(x: int, y: float, z: str) -> str: ...

    facts = read(in_the_middle(three))
    assert [(p.name, p.has_default) for p in facts.parameters] == [("x", False)]
    assert [(p.name, p.has_default) for p in facts.keyword_only] == [("z", False)]


def test_parameters_of_its_own() -> None:
    def turned(f):
        @functools.wraps(f)
        def wrapper(a, x, /, *, z=b""):
            return f(x, a, key=z)

        return wrapper

    facts = read(turned(number))
    assert [(p.name, p.annotation) for p in facts.parameters] == [("a", float), ("x", int)]
    assert [(p.name, p.annotation) for p in facts.keyword_only] == [("z", bytes)]

    def spread(f):
        @functools.wraps(f)
        def wrapper(x, *args):
            return f(0, x, *args)

        return wrapper

    def many(a: int, x: float, *b: bytes) -> str: ...

    assert accepted(spread(many), "transform", 0) is float
    assert accepted(spread(many), "transform", 1) is UNKNOWN

    def third(f):
        @functools.wraps(f)
        def wrapper(x):
            return f(0, 0.0, x)

        return wrapper

    assert accepted(third(many), "transform", 0) is bytes


# what isn't certain


def as_text(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(str(x))

    return wrapper


def as_texts(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*map(str, args))

    return wrapper


def rebound(f):
    @functools.wraps(f)
    def wrapper(x):
        x = str(x)
        return f(x)

    return wrapper


def all_rebound(f):
    @functools.wraps(f)
    def wrapper(*args):
        args = [str(arg) for arg in args]
        return f(*args)

    return wrapper


def hidden(f):
    @functools.wraps(f)
    def wrapper(x):
        def call(x):
            return f(x)

        return call(str(x))

    return wrapper


def two_calls(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(x) if ENABLED else f(int(x))

    return wrapper


def unless_it_is_text(f):
    @functools.wraps(f)
    def wrapper(x):
        if isinstance(x, str):
            return f(0)
        return f(x)

    return wrapper


def errors_go_by(f):
    @functools.wraps(f)
    def wrapper(*args):
        if isinstance(args[0], Exception):
            return None
        return f(*args)

    return wrapper


def by_its_kind(f):
    @functools.wraps(f)
    def wrapper(x):
        kind = type(x)
        if kind is str:
            return None
        return f(x)

    return wrapper


def matched(f):
    @functools.wraps(f)
    def wrapper(x):
        match x:
            case str():
                return None
            case _:
                return f(x)

    return wrapper


def asked_first(f):
    @functools.wraps(f)
    def wrapper(x):
        try:
            x.attribute  # noqa: B018
            return f(x)
        except AttributeError:
            return None

    return wrapper


def and_then(f):
    @functools.wraps(f)
    def wrapper(x):
        return isinstance(x, int) and f(x)

    return wrapper


def each_in_turn(f):
    @functools.wraps(f)
    def wrapper(x):
        return [f(x) for _ in x]

    return wrapper


def switched_off(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        if not ENABLED:
            return f(*args, **kwargs)
        return another(f, *args, **kwargs)

    return wrapper


def one_of_two(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) if ENABLED else another(*args)

    return wrapper


def not_the_first(f):
    @functools.wraps(f)
    def wrapper(*args):
        return ENABLED and f(*args)

    return wrapper


def one_by_one(f):
    @functools.wraps(f)
    def wrapper(x):
        for x in x:  # noqa: B020
            f(x)

    return wrapper


@pytest.mark.parametrize(
    "decorate",
    [
        as_text,
        as_texts,
        rebound,
        all_rebound,
        hidden,
        two_calls,
        unless_it_is_text,
        errors_go_by,
        by_its_kind,
        matched,
        asked_first,
        and_then,
        each_in_turn,
        one_by_one,
        in_a_function,
        switched_off,
        one_of_two,
        not_the_first,
    ],
)
def test_an_argument_that_may_be_of_another_type(decorate: Any) -> None:
    def one(x: int) -> str: ...

    facts = read(decorate(one))
    assert accepted(facts, "transform", 0) is UNKNOWN
    assert facts.min_args == int(decorate(one).__code__.co_argcount)
    assert facts.name == "one"


def injected(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        kwargs["y"] = 1.0
        return f(*args, **kwargs)

    return wrapper


def by_default(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        kwargs.setdefault("y", 1.0)
        return f(*args, **kwargs)

    return wrapper


def filled_in(options):
    options["y"] = 1.0


def filled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        filled_in(kwargs)
        return f(*args, **kwargs)

    return wrapper


def further(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **OPTIONS, **kwargs)

    return wrapper


def at_the_end(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args, 1.0)

    return wrapper


def two_lists(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args, *args)

    return wrapper


def replaced_options(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        kwargs = {**kwargs, "y": 1.0}
        return f(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    "decorate", [injected, by_default, filled, further, at_the_end, two_lists, replaced_options]
)
def test_arguments_that_the_wrapper_adds(decorate: Any) -> None:
    """The wrapped function takes two; how many the wrapper needs isn't known."""

    def two(x: int, y: float) -> str: ...

    facts = read(decorate(two))
    assert (facts.min_args, facts.max_args) == (0, None)
    assert accepted(facts, "transform", 0) is UNKNOWN
    assert produced(facts, "transform") is str


def test_a_type_variable_is_not_solved_from_what_is_converted() -> None:
    def same(x: T) -> T: ...

    facts = read(as_text(same))
    assert accepted(facts, "transform", 0) is UNKNOWN
    assert produced(facts, "transform") is T


def test_a_signature_that_was_copied() -> None:
    def declared(passes: Any) -> Any:
        def decorate(f):
            wrapper = passes(f)
            wrapper.__signature__ = inspect.signature(f)
            return wrapper

        return decorate

    def one(x: int) -> str: ...

    for decorate in (as_texts, one_of_two, switched_off):
        facts = read(declared(decorate)(one))
        assert [(p.name, p.annotation) for p in facts.parameters] == [("x", UNKNOWN)]
    assert read(declared(as_texts)(one)).returns is str
    assert read(declared(one_of_two)(one)).returns is UNKNOWN
    assert not read(declared(one_of_two)(one)).believed
    facts = read(declared(direct)(one))
    assert [(p.name, p.annotation) for p in facts.parameters] == [("x", int)]
    assert facts.returns is str
    changed: Any = as_texts(one)
    changed.__signature__ = inspect.signature(lambda x: x).replace(return_annotation=bytes)
    assert produced(changed, "transform") is bytes


def test_a_wrapper_of_a_class_has_the_annotations_of_its_attributes() -> None:
    class Point:
        x: int

    @functools.wraps(Point)
    def make(x):
        return Point()

    assert accepted(make, "transform", 0) is UNKNOWN


def test_beartype_only_checks() -> None:
    def one(x: int) -> str: ...
    async def waits(x: int) -> str: ...

    scope: dict[str, Any] = {"functools": functools, "f": one}
    source = "@functools.wraps(f)\ndef wrapper(*args, **kwargs): return f(*args, **kwargs)"
    for file, result in (("<@beartype(tests.one) at 0x7f>", str), ("<@another(tests.one) at 0x7f>", UNKNOWN)):
        exec(compile(source, file, "exec"), scope)
        assert produced(scope["wrapper"], "transform") is result
        assert accepted(scope["wrapper"], "transform") is (int if result is str else UNKNOWN)
    scope["f"] = waits
    source = "@functools.wraps(f)\nasync def wrapper(*args): return await f(*args)"
    exec(compile(source, "<@beartype(tests.waits) at 0x7f>", "exec"), scope)
    assert produced(scope["wrapper"], "transform") is str


@pytest.mark.parametrize(
    "body",
    [
        "return f(str(x), *args)",
        "return f(*args, x)",
        "fill(options=kwargs)\nreturn f(x, *args, **kwargs)",
        "match x:\n  case str(): return None\nreturn f(x, *args)",
        "match ENABLED:\n  case True: return f(x, *args)\n  case _: return another(x)",
        "for _ in range(x):\n  f(x, *args)",
        "if not ENABLED:\n  return another(x)\nreturn f(x, *args)",
        "if ENABLED:\n  f(x, *args)\nreturn another(x)",
        "return [f(x, *args) for _ in ENABLED]",
        "return lambda: f(x, *args)",
        "return ENABLED or f(x, *args)",
        "f(x, *args) if ENABLED else another(x)\nreturn 3",
    ],
)
def test_not_always_the_same_argument(body: str) -> None:
    def one(x: int, y: float = 1.0) -> str: ...

    functor = wrapping(body, one, "x, *args, **kwargs", ENABLED=True, another=len, fill=print)
    assert accepted(functor, "transform") is UNKNOWN
    assert read(functor).name == "one"


@pytest.mark.parametrize(
    "body",
    [
        "if not ENABLED:\n  return None\nreturn f(x)",
        "if ENABLED:\n  f(x)\nelse:\n  f(x)\nreturn 3",
        "if f(x): return 3",
        "return 3 if f(x) else 4",
        "return (f(x) or 3), 4",
        "with another(f(x)): return 3",
        "for y in f(x): return y",
        "while True:\n  f(x)",
    ],
)
def test_always_the_same_argument(body: str) -> None:
    def one(x: int) -> str: ...

    assert accepted(wrapping(body, one, "x", ENABLED=True, another=len), "transform") is int


def test_what_is_given_by_name_ends_the_positions() -> None:
    def many(x: int, y: float, *more: bytes, key: str = "") -> str: ...

    facts = read(in_the_middle(many))
    assert facts.var_positional is None
    assert (names(facts.functor), [p.name for p in facts.keyword_only]) == (["x"], ["key"])


def test_an_option_of_both() -> None:
    facts = read(wrapping("return f(*args, **kwargs)", number, "*args, key=b'', **kwargs"))
    assert [(p.name, p.annotation) for p in facts.keyword_only] == [("key", bytes)]


def test_a_copied_signature_of_which_some_is_given() -> None:
    def save(connection: str, x: int) -> str: ...

    wrapper: Any = connected(save)
    wrapper.__signature__ = inspect.signature(save)
    assert accepted(wrapper, "transform", 0) is UNKNOWN
