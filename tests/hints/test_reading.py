"""Reading functors of every sort: what they are, what they take and give, where they are."""
# pyright: reportMissingImports=false, reportUndefinedVariable=false, reportReturnType=false

from __future__ import annotations

import asyncio
import functools
import inspect
import operator
import random
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar, overload

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import Self

from pipeflow.hints import UNKNOWN, FunctorFacts, Never, accepted, assignable, may_drop, produced, read, show

if TYPE_CHECKING:
    import decimal as dec
    from fractions import Fraction

    from not_installed_anywhere import Ghost

T = TypeVar("T")
S = TypeVar("S")
P = ParamSpec("P")


def parse(line: str) -> str | None: ...
def scale(x: np.ndarray, factor: float = 1.0, *, clip: bool = False) -> np.ndarray: ...
def counts(n: int) -> Iterator[int]:
    yield n


def totals() -> Generator[float, int, None]:
    yield 0.0


async def fetch(url: str) -> bytes: ...
async def stream(n: int) -> AsyncIterator[str]:
    yield ""


def bare(x, y=1, *rest, key, **more): ...


class Model:
    def run(self, x: np.ndarray) -> list[float]: ...
    def other(self, x: int) -> str: ...
    @classmethod
    def make(cls, text: str) -> Model: ...
    @staticmethod
    def still(a: int, b: int) -> int: ...


class Rows:
    def run(self) -> Iterator[bytes]:
        yield b""


class Called:
    def __call__(self, a: int, b: str = "") -> float: ...


class Base(Generic[T, S]):
    def run(self, x: T) -> dict[T, S]: ...


class Half(Base[int, S]): ...


class Whole(Half[str]): ...


# what they are


@pytest.mark.parametrize(
    ("functor", "form", "run_form"),
    [
        (parse, "function", None),
        (lambda x: x, "function", None),
        (counts, "generator", None),
        (fetch, "coroutine", None),
        (stream, "async_generator", None),
        (functools.partial(parse), "function", None),
        (functools.partial(counts, 3), "generator", None),
        (Model, "class", "function"),
        (Rows, "class", "generator"),
        (int, "class", None),
        (functools.partial(int, base=2), "class", None),
        (Model(), "instance", "function"),
        (Rows(), "instance", "generator"),
        (Model().other, "function", None),
        (Model.make, "function", None),
        (Model.still, "function", None),
        (Called(), "callable", "function"),
        (print, "callable", None),
        ("".join, "callable", None),
        (operator.itemgetter(1), "callable", None),
        (np.sqrt, "callable", None),
        ([1, 2], "iterable", None),
        ("text", "iterable", None),
        (range(3), "iterable", None),
        (counts(1), "started_generator", None),
        (stream(1), "started_generator", None),
        (3, "other", None),
        (None, "other", None),
    ],
)
def test_form(functor, form, run_form):
    facts = read(functor)
    assert (facts.form, facts.run_form) == (form, run_form)


def test_a_class_with_run_is_told_from_its_instance():
    assert read(Model).has_run
    assert read(Model).form == "class"
    assert read(Model()).has_run
    assert not read(int).has_run


def test_run_is_looked_up_on_the_type_alone():
    class Proxy:
        def __getattr__(self, name):
            return lambda *a: None

    facts = read(Proxy())
    assert facts.form == "other"
    assert not facts.has_run


@pytest.mark.parametrize(
    ("functor", "name"),
    [
        (parse, "parse"),
        (lambda x: x, None),
        (functools.partial(parse), None),
        (functools.update_wrapper(functools.partial(parse), parse), "parse"),
        (Model(), "Model"),
        (Model, "Model"),
        (Model().other, "other"),
        (print, "print"),
        (int, "int"),
        (counts(1), "counts"),
        ((x for x in []), None),
        ([1], None),
    ],
)
def test_name(functor, name):
    assert read(functor).name == name


# what they take


def names(functor: object) -> list[str]:
    return [parameter.name for parameter in read(functor).parameters]


def test_parameters_by_position_and_by_name():
    facts = read(scale)
    assert [(p.name, p.annotation, p.has_default) for p in facts.parameters] == [
        ("x", np.ndarray, False),
        ("factor", float, True),
    ]
    assert [(p.name, p.annotation, p.has_default) for p in facts.keyword_only] == [("clip", bool, True)]
    assert (facts.min_args, facts.max_args) == (1, 2)


def test_any_number_of_arguments():
    facts = read(bare)
    assert facts.var_positional is not None
    assert (facts.min_args, facts.max_args) == (1, None)
    assert [p.name for p in facts.keyword_only] == ["key"]
    assert facts.keyword_only[0].has_default is False
    assert facts.parameters[0].annotation is UNKNOWN


def test_self_is_not_a_parameter():
    assert names(Model()) == ["x"]
    assert names(Model().other) == ["x"]
    assert names(Model.make) == ["text"]
    assert names(Model.still) == ["a", "b"]
    assert names(Called()) == ["a", "b"]


def test_partial_takes_away_what_it_gives():
    assert names(functools.partial(scale, np.zeros(1))) == ["factor"]
    facts = read(functools.partial(scale, factor=2.0))
    assert names(functools.partial(scale, factor=2.0)) == ["x"]
    assert (facts.min_args, facts.max_args) == (1, 1)
    assert names(functools.partial(functools.partial(Model.still, 1), 2)) == []
    assert names(functools.partial(Model().other, 1)) == []
    assert names(functools.partial(Called(), 1)) == ["b"]


def test_a_keyword_given_by_partial_closes_the_positions_behind_it():
    def f(a, b, c): ...

    facts = read(functools.partial(f, b=1))
    assert [p.name for p in facts.parameters] == ["a"]
    assert [(p.name, p.has_default) for p in facts.keyword_only] == [("b", True), ("c", False)]


def test_classes_take_what_their_init_takes():
    @dataclass
    class Point:
        x: int
        y: float = 0.0

    class Row(NamedTuple):
        a: int
        b: str

    assert names(Point) == ["x", "y"]
    assert accepted(Point, "transform", 1) is float
    assert produced(Point, "transform") is Point
    assert accepted(Row, "transform", 1) is str
    assert produced(Row, "transform") is Row
    assert names(functools.partial(Point, 3)) == ["y"]
    assert produced(int, "transform") is int
    assert read(int).has_signature is False
    assert read(int).max_args is None


def test_builtins_without_a_signature_claim_nothing():
    facts = read(print)
    assert not facts.has_signature
    assert (facts.min_args, facts.max_args) == (0, None)
    assert produced(print, "transform") is UNKNOWN
    assert accepted(len, "transform", 0) is UNKNOWN


# wrappers


def passing(function: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    return wrapper


def test_through_wraps():
    wrapped = passing(passing(scale))
    assert names(wrapped) == ["x", "factor"]
    assert accepted(wrapped, "transform", 0) is np.ndarray
    assert produced(wrapped, "transform") is np.ndarray
    assert read(wrapped).line == read(scale).line


def test_a_wrapper_with_parameters_of_its_own_is_believed():
    def with_connection(function):
        @functools.wraps(function)
        def wrapper(x):
            return function(x, "connection")

        return wrapper

    @with_connection
    def save(x: int, connection: str) -> bool: ...

    assert names(save) == ["x"]
    assert accepted(save, "transform", 0) is int


def test_wrapped_method():
    class M:
        @passing
        def run(self, x: int) -> str: ...

    assert names(M()) == ["x"]
    assert produced(M(), "transform") is str


def test_caches_are_looked_through():
    @functools.lru_cache
    def f(x: int) -> str: ...

    assert names(f) == ["x"]
    assert produced(f, "transform") is str


def test_a_wrapper_of_another_form_makes_the_result_unknown():
    def listed(function):
        @functools.wraps(function)
        def wrapper(*args):
            return list(function(*args))

        return wrapper

    many = listed(counts)
    assert read(many).form == "function"
    assert read(many).wrapped_form == "generator"
    assert produced(many, "transform") is UNKNOWN
    assert produced(many, "source") is int


def test_context_managers():
    managed, later = (
        produced(contextmanager(counts), "transform"),
        produced(asynccontextmanager(stream), "transform"),
    )
    assert show(managed) == "contextlib.AbstractContextManager[int]"
    assert show(later) == "contextlib.AbstractAsyncContextManager[str]"
    assert assignable(managed, AbstractContextManager[int]).verdict == "ok"
    assert assignable(managed, AbstractContextManager[str]).verdict == "mismatch"
    assert assignable(later, AbstractAsyncContextManager[str]).verdict == "ok"
    assert assignable(managed, Callable[..., Any]).verdict == "ok"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python remembers overloads since 3.11")
def test_overloads():
    @overload
    def f(x: int) -> int: ...
    @overload
    def f(x: str) -> str: ...
    def f(x: int | str) -> int | str: ...
    @overload
    def g(x: int) -> bool: ...
    @overload
    def g(x: str) -> bool: ...
    def g(x: int | str) -> bool: ...

    assert accepted(f, "transform", 0) == int | str
    assert produced(f, "transform") is UNKNOWN
    assert produced(g, "transform") is bool


def test_a_circle_of_wrappers_ends():
    def f(x: int) -> int: ...

    f.__wrapped__ = f  # type: ignore[attr-defined]
    assert read(f).form == "function"


def test_a_signature_set_by_a_decorator():
    def f(*args): ...

    f.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("a", inspect.Parameter.POSITIONAL_ONLY, annotation=int)], return_annotation=str
    )
    assert accepted(f, "transform", 0) is int
    f.__signature__ = "nonsense"  # type: ignore[attr-defined]
    assert read(f).has_signature is False


# annotations


def test_names_of_an_enclosing_function():
    class Local: ...

    def f(x: Local) -> list[Local]:
        return [Local()]  # the reference is what keeps the name in the closure

    assert produced(f, "transform") == list[Local]
    assert accepted(f, "transform", 0) in (Local, UNKNOWN)


def test_one_missing_name_does_not_hide_the_others():
    def f(a: Missing, b: int, c: dict[str, Missing]) -> list[Missing] | str:  # noqa: F821
        ...

    assert accepted(f, "transform", 0) is UNKNOWN
    assert accepted(f, "transform", 1) is int
    assert accepted(f, "transform", 2) == dict[str, UNKNOWN]
    assert show(produced(f, "transform")) == "list[unknown] | str"


def test_annotations_that_are_no_types():
    def f(a, b, c, d, e): ...

    f.__annotations__ = {
        "a": "1 + 1",
        "b": "not python(",
        "c": callable,
        "d": [int, str],
        "e": "lambda: 3",
        "return": "1 / 0",
    }
    facts = read(f)
    assert facts.has_signature
    assert len(facts.parameters) == 5
    assert facts.returns is UNKNOWN


def test_names_that_exist_only_for_type_checkers():
    def f(x: Fraction, y: dec.Decimal, z: Ghost) -> Fraction: ...

    import decimal
    import fractions

    assert accepted(f, "transform", 0) is fractions.Fraction
    assert accepted(f, "transform", 1) is decimal.Decimal
    assert accepted(f, "transform", 2) is UNKNOWN
    assert produced(f, "transform") is fractions.Fraction


def test_type_variables_of_the_class_that_owns_run():
    assert accepted(Whole(), "transform", 0) is int
    assert produced(Whole(), "transform") == dict[int, str]
    assert produced(Half[bytes](), "transform") == dict[int, bytes]
    assert produced(Base[bool, float](), "transform") == dict[bool, float]


def test_self_is_the_class_of_the_instance():
    class Node:
        def run(self, x: int) -> Self: ...

    class Leaf(Node): ...

    assert produced(Leaf(), "transform") is Leaf


# what they give


def gives(annotation: object) -> Callable[..., Any]:
    def f(x): ...

    f.__annotations__["return"] = annotation
    return f


@pytest.mark.parametrize(
    ("annotation", "item"),
    [
        (Iterator[int], int),
        (Iterable[str | None], str),
        (Generator[bytes, int, str], bytes),
        (list[int], int),
        (Sequence[float], float),
        (dict[str, int], str),
        (tuple[int, ...], int),
        (tuple[int, str], int | str),
        (str, str),
        (bytes, int),
        (range, int),
        (Iterator[int] | None, int),
        (list[int] | set[str], int | str),
        (int, UNKNOWN),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_item_of_a_source(annotation, item):
    assert produced(gives(annotation), "source") == item


def test_items_of_classes_that_say_so_themselves():
    class Loop:
        def __iter__(self) -> Iterator[int]: ...

    class Next:
        def __iter__(self) -> Next: ...
        def __next__(self) -> str: ...

    class Later:
        def __aiter__(self) -> Later: ...
        async def __anext__(self) -> bytes: ...

    class Words(list[str]): ...

    for cls, item in ((Loop, int), (Next, str), (Later, bytes), (Words, str)):
        assert produced(gives(cls), "source") is item
        assert produced(cls(), "source") is item, cls


class Loader(Generic[T]):
    def __iter__(self) -> Iterator[T]: ...


class Nexts(Generic[T, S]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> dict[S, T]: ...


class Own(Generic[T]):
    def __iter__(self: list[S]) -> Iterator[tuple[S, Self]]: ...  # type: ignore[misc]


class IntLoader(Loader[int]): ...


class ListLoader(Loader[list[S]], Generic[S]): ...


def test_items_of_generic_classes():
    expected: tuple[tuple[Any, Any], ...] = (
        (Loader[int], int),
        (Loader[T], T),  # pyright: ignore[reportGeneralTypeIssues]
        (Loader[S], S),  # pyright: ignore[reportGeneralTypeIssues]
        (Loader[list[S]], list[S]),  # pyright: ignore[reportGeneralTypeIssues]
        (Loader, Any),
        (IntLoader, int),
        (ListLoader[str], list[str]),
        (ListLoader, list[Any]),
        (Nexts[int, str], dict[str, int]),
        (Own[int], tuple[UNKNOWN, Own[int]]),
    )
    for annotation, item in expected:
        assert produced(gives(annotation), "source") == item, annotation
    assert produced(Loader(), "source") is Any
    assert produced(IntLoader(), "source") is int


def test_items_of_ready_data():
    assert produced([1, 2], "source") is int
    assert produced([1, "a", None], "source") == int | str
    assert produced([], "source") is UNKNOWN
    assert produced({"a": 1}, "source") is str
    assert produced("abc", "source") is str
    assert produced(range(3), "source") is int
    assert produced(np.zeros(3), "source") is UNKNOWN
    assert produced(counts(3), "source") is int
    assert produced((x for x in [1]), "source") is UNKNOWN


def test_awaited():
    async def a(x: int) -> str | None: ...
    def b(x: int) -> Awaitable[str]: ...
    def c(x: int) -> Coroutine[Any, Any, str]: ...
    def d(x: int) -> asyncio.Future[str]: ...

    assert produced(a, "transform") is str
    assert may_drop(a) is True
    # Nothing awaits what a plain function returns.
    assert produced(b, "transform") == Awaitable[str]
    assert produced(c, "transform") == Coroutine[Any, Any, str]
    assert produced(d, "transform") == asyncio.Future[str]
    assert produced(stream, "source") is str


@pytest.mark.skipif(sys.version_info < (3, 12), reason="functions can be marked since 3.12")
def test_a_function_that_is_marked_as_a_coroutine_function():
    def c(x: int) -> Coroutine[Any, Any, str]: ...

    assert produced(inspect.markcoroutinefunction(c), "transform") is str


def test_regulators():
    assert produced(totals, "regulator") is float
    assert accepted(totals, "regulator", 0) is int

    def loose() -> Iterator[int]:
        yield 1

    assert produced(loose, "regulator") is int
    assert accepted(loose, "regulator", 0) is UNKNOWN


def test_none_is_stripped_and_noted():
    assert produced(parse, "transform") is str
    assert may_drop(parse) is True
    assert may_drop(scale) is False
    assert may_drop(bare) is None
    assert produced(gives(None), "transform") is Never
    assert may_drop(gives(None)) is True
    assert produced(gives(Iterator[int | None]), "source") is int
    assert may_drop(gives(Iterator[int | None]), "source") is True


def test_facts_can_be_asked_in_place_of_the_functor():
    facts = read(parse)
    assert produced(facts, "transform") is str
    assert accepted(facts, "transform", 0) is str
    assert may_drop(facts) is True


def test_each_argument_of_any_number():
    def f(a: int, *rest: str): ...

    assert accepted(f, "transform", 0) is int
    assert accepted(f, "transform", 5) is str
    assert accepted(parse, "transform", 5) is UNKNOWN


# where they are


@passing
def decorated(
    line: str,
    *,
    strip: bool = True,  # a comment
) -> dict[str, int]:
    """Not part of it."""


def test_source_line():
    assert read(parse).source_line == "def parse(line: str) -> str | None"
    assert read(decorated).source_line == "def decorated(line: str, *, strip: bool = True) -> dict[str, int]"
    assert read(fetch).source_line == "async def fetch(url: str) -> bytes"
    assert read(Model()).source_line == "def run(self, x: np.ndarray) -> list[float]"
    assert read(print).source_line is None
    assert read(lambda x: x).source_line is None


def in_a_dict() -> dict[str, Callable[[int], int]]: return {"up": lambda x: x + 1}  # fmt: skip


class Held: down: Callable[[int], int] = staticmethod(lambda x: x - 1)  # fmt: skip  # noqa: E701


def around(change: Callable[[int], int]) -> Any:
    return lambda function: change


@around(lambda x: x * 2)
def doubled(x: int) -> int:
    return x


def test_a_lambda_is_not_the_function_that_begins_on_its_line():
    assert read(in_a_dict()["up"]).source_line is None
    assert read(in_a_dict).source_line == "def in_a_dict() -> dict[str, Callable[[int], int]]"
    assert read(Held.down).source_line is None
    assert read(doubled).source_line is None


def test_place():
    facts = read(parse)
    assert facts.file == __file__
    assert facts.line == parse.__code__.co_firstlineno
    assert facts.cell is None
    assert read(print).file is None
    assert read(Model).file == __file__


def test_notebook_cells():
    code = compile("def f(x): ...", "<ipython-input-7-0a1b2c>", "exec")
    space: dict[str, Any] = {}
    exec(code, space)
    assert read(space["f"]).cell == 7


# never raises


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        if name in ("__mro__", "__dict__", "__class__"):
            return super().__getattribute__(name)
        raise RuntimeError(name)


class OddClass(metaclass=Meta):
    pass


class LyingClass:
    @property
    def __class__(self):
        raise ValueError


HOSTILE = {
    "attributes": lambda: Hostile(),
    "class": lambda: OddClass,
    "instance": lambda: OddClass(),
    "lying": lambda: LyingClass(),
    "type": lambda: type,
    "object": lambda: object,
    "plain": lambda: object(),
    "ellipsis": lambda: ...,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_hostile_objects(make):
    functor = make()
    facts = read(functor)
    assert isinstance(facts, FunctorFacts)
    for kind in ("source", "transform", "regulator", "sink"):
        produced(functor, kind)
        accepted(functor, kind, 0)
        may_drop(functor, kind)
    assert isinstance(show(functor), str)


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.binary(),
    st.functions(),
    st.lists(st.integers()),
    st.dictionaries(st.text(), st.integers()),
    st.sampled_from([int, print, len, random.random, np, functools.partial(print), Model(), Called]),
    st.builds(object),
    st.builds(lambda: Base[int, str]),
)


@given(anything)
def test_any_object_is_read(functor):
    facts = read(functor)
    assert facts.min_args <= (facts.max_args if facts.max_args is not None else facts.min_args)
    produced(functor, "source")


@given(anything, anything, anything)
def test_any_annotations_are_read(a, b, returns):
    def f(a, b): ...

    f.__annotations__ = {"a": a, "b": b, "return": returns}
    facts = read(f)
    assert facts.has_signature
    assert len(facts.parameters) == 2
    produced(f, "transform")
    produced(f, "source")
    show(facts.returns)
