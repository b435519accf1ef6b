"""Type parameters and aliases in the syntax of Python 3.12, and deferred annotations of 3.14."""

from __future__ import annotations

import sys
import textwrap
import types
from typing import Any

import pytest

from pipeflow.hints import accepted, assignable, may_drop, parts, produced, read, show

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is new in Python 3.12")


@pytest.fixture
def module(request):
    """Runs source as a module of its own, since older Pythons can't parse it here."""
    made: list[str] = []

    def run(source: str) -> types.SimpleNamespace:
        name = f"new_syntax_{request.node.name}"
        new = types.ModuleType(name)
        sys.modules[name] = new
        made.append(name)
        exec(textwrap.dedent(source), new.__dict__)
        return types.SimpleNamespace(**new.__dict__)

    yield run
    for name in made:
        del sys.modules[name]


def said(producer: Any, consumer: Any) -> str:
    verdict = assignable(producer, consumer)
    return verdict.verdict if verdict.verdict != "mismatch" or verdict.certain else "by the letter"


def test_variance_is_found(module):
    m = module(
        """
        class Reads[T]:
            def get(self) -> T: ...
        class Writes[T]:
            def put(self, x: T) -> None: ...
        class Both[T]:
            def get(self) -> T: ...
            def put(self, x: T) -> None: ...
        class Field[T]:
            x: T
        class Private[T]:
            _x: T
        class Sub[T](Reads[list[T]]): ...
        class Nested[T]:
            def all(self) -> Reads[T]: ...
        class Node[T]:
            def next(self) -> "Node[T]": ...
            def value(self) -> T: ...
        class Unused[T]: ...
        """
    )
    for cls in (m.Reads, m.Private, m.Nested, m.Node, m.Unused):
        assert said(cls[bool], cls[int]) == "ok", cls
        assert said(cls[int], cls[bool]) != "ok", cls
    assert said(m.Writes[int], m.Writes[bool]) == "ok"
    assert said(m.Writes[bool], m.Writes[int]) == "by the letter"
    for cls in (m.Both, m.Field, m.Sub):
        assert said(cls[bool], cls[int]) == "by the letter", cls
        assert said(cls[int], cls[int]) == "ok", cls


def test_functions_and_classes_with_parameters(module):
    m = module(
        """
        def first[T](xs: list[T]) -> T | None: ...
        def bounded[N: (int, str)](x: N) -> N: ...
        class Model[In, Out]:
            def run(self, x: In) -> dict[In, Out]: ...
        class Half[S](Model[int, S]): ...
        class Whole(Half[str]): ...
        """
    )
    assert may_drop(m.first) is True
    assert said(list[int], accepted(m.first, "transform", 0)) == "ok"
    assert said(int, accepted(m.first, "transform", 0)) == "mismatch"
    assert said(bytes, accepted(m.bounded, "transform", 0)) == "mismatch"
    assert accepted(m.Whole(), "transform", 0) is int
    assert produced(m.Whole(), "transform") == dict[int, str]
    assert produced(m.Model[bool, bytes](), "transform") == dict[bool, bytes]


def test_aliases(module):
    m = module(
        """
        from collections.abc import Iterator
        type Maybe = int | None
        type Rows[T] = Iterator[T | None]
        type Json = dict[str, Json] | list[Json] | str | int | None
        type Pair = tuple[int, str]
        type Lost = NoSuchName
        type Round = Round | int
        def parse(x: Maybe) -> Maybe: ...
        def rows() -> Rows[str]: ...
        def lost(x: Lost) -> int: ...
        def round(x: Round) -> Round: ...
        """
    )
    assert produced(m.parse, "transform") is int
    assert may_drop(m.parse) is True
    assert produced(m.rows, "source") is str
    assert parts(m.Pair, 2) == (int, str)
    assert said(list[dict[str, int]], m.Json) != "mismatch"
    assert said(m.Json, m.Json) == "ok"
    assert said(bytes, m.Json) == "mismatch"
    assert read(m.lost).has_signature
    assert said(int, accepted(m.lost, "transform", 0)) == "unknown"
    assert said(str, accepted(m.round, "transform", 0)) in ("mismatch", "unknown")
    assert show(m.Maybe) == "Maybe"


def test_defaults_of_parameters(module):
    if sys.version_info < (3, 13):
        pytest.skip("defaults are new in Python 3.13")
    m = module(
        """
        class Box[T = int]:
            def get(self) -> T: ...
        """
    )
    assert said(m.Box, m.Box[int]) == "ok"
    assert said(m.Box, m.Box[str]) == "mismatch"


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are deferred since Python 3.14")
def test_deferred_annotations_are_not_evaluated(module):
    m = module(
        """
        def f(a: int, b: Missing, c: list[Missing], d: 1 / 0) -> str | None: ...
        class Model:
            x: int
            y: Missing
            def run(self, a: Later) -> "Later": ...
        class Later: ...
        """
    )
    assert accepted(m.f, "transform", 0) is int
    assert produced(m.f, "transform") is str
    assert accepted(m.Model(), "transform", 0) is m.Later
    assert len(read(m.f).parameters) == 4


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are deferred since Python 3.14")
def test_deferred_annotations_of_classes(module):
    m = module(
        """
        from typing import NamedTuple, Protocol, TypedDict
        class Movie(TypedDict):
            title: str
            cast: list[Missing]
        class Long(TypedDict):
            title: str
            cast: list[Missing]
            minutes: int
        class Wrong(TypedDict):
            title: int
            cast: list[Missing]
        class Pair(NamedTuple):
            a: int
            b: Missing
        class Named(Protocol):
            name: str
            more: Missing
        class Person:
            name: str
            more: Missing
        class Thing:
            name: int
            more: Missing
        """
    )
    assert said(m.Long, m.Movie) == "unknown"
    assert said(m.Wrong, m.Movie) == "mismatch"
    assert (parts(m.Pair, 2) or (None,))[0] is int
    assert said(m.Pair, tuple[str, str]) == "mismatch"
    assert said(m.Person, m.Named) == "unknown"
    assert said(m.Thing, m.Named) == "mismatch"
