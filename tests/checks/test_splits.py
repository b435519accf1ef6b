"""PF202: how what a pipe sends is split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

import pipeflow as pf
from pipeflow import Discard, Join, Pipe, Regulator, Sink, Source, Stream, Transform
from tests.checks.asking import codes, neutral, only, report, text
from tests.checks.pieces import coroutine, numbers, one, show, sink, source

S, S1, S2 = source("s"), source("s1"), source("s2")
K = sink()


class Image: ...


class Label: ...


class Meta: ...


for each in (Image, Label, Meta):
    each.__module__ = "__main__"


def split(item: Any) -> tuple[Image, Label, Meta]:
    return Image(), Label(), Meta()


def split_two(item: Any) -> tuple[Image, Label]:
    return Image(), Label()


TRAIN, LOG, THIRD = sink("train"), sink("log"), sink("third")


def test_more_parts_than_branches() -> None:
    assert text(S >> split >> (TRAIN, LOG)) == (
        "PF202 arity mismatch: 'split' returns 3 values but the round brackets name 2 branches.\n"
        "    split (HERE) -> tuple[Image, Label, Meta]\n"
        "    you wrote   split >> (train, log)\n"
        "    part 0 Image -> train,  part 1 Label -> log,  part 2 Meta -> (no branch)\n"
        "    Fix: add a third branch, or Discard() in its place:  split >> (train, log, Discard())"
    )


def test_as_many_parts_as_branches() -> None:
    assert codes(S >> split >> (TRAIN, LOG, THIRD)) == []
    assert codes(S >> split >> (TRAIN, LOG, Discard())) == []
    assert codes(S >> split_two >> (TRAIN, LOG)) == []


def test_fewer_parts_than_branches() -> None:
    found = only(S >> split_two >> (TRAIN, LOG, THIRD))
    assert "part 1 Label -> log,  (no part) -> third" in found.message
    assert found.fixes == ("split_two >> (train, log)",)


def test_no_parts_at_all() -> None:
    assert text(S >> one >> (TRAIN, LOG)) == (
        "PF202 arity mismatch: 'one' returns int, which has no parts, "
        "but the round brackets name 2 branches.\n"
        "    one (HERE) -> int\n"
        "    you wrote   one >> (train, log)\n"
        "    Round brackets take a value apart; it must be a tuple or a list.\n"
        "    Fix: return a tuple with 2 parts, or copy the whole value to each branch:  one >> (train | log)"
    )


class Pair(NamedTuple):
    left: int
    right: int


@pytest.mark.parametrize("returns", [list, list[int], tuple, tuple[int, ...], Any, Pair, "Nowhere", None])
def test_what_may_have_two_parts(returns: Any) -> None:
    def parts(item: Any) -> Any:
        return item

    parts.__annotations__["return"] = returns
    if returns is None:
        del parts.__annotations__["return"]
    assert codes(S >> parts >> (TRAIN, LOG)) == []


def test_a_source_and_a_regulator_split_too() -> None:
    def pairs() -> "list[tuple[int, str, bytes]]":
        return []

    assert only(Source(pairs) >> (TRAIN, LOG)).title.startswith("arity mismatch: 'pairs' returns 3 values")
    assert codes(Source(pairs) >> (TRAIN, LOG, THIRD)) == []


def test_pairs_of_a_join_are_split_again() -> None:
    assert codes((S1, S2) >> Join(pairing="arrival") >> (TRAIN, LOG)) == []


def pairs() -> Iterator[tuple[int, str]]:
    yield 1, "a"


def batches() -> Iterator[list[tuple[int, str]]]:
    yield [(1, "a")]


def mixed() -> Iterator[int | tuple[int, str]]:
    yield 1


def words_and_numbers(item: Any) -> list[tuple[int, str]]:
    return []


def is_wanted(item: Any) -> bool:
    return True


P, N = Source(pairs, "p"), Source(numbers, "n")


@pytest.mark.parametrize(
    "sending",
    [
        P >> pf.filter(is_wanted, "kept"),
        P >> pf.take(3, "kept"),
        P >> pf.shuffle(3, name="kept"),
        Source(batches) >> pf.unbatch("kept"),
        N >> pf.flat_map(words_and_numbers, "kept"),
        (S1, S2) >> Join(pairing="arrival", name="kept"),
        (P | P.copy("p2")) >> pf.filter(is_wanted, "kept"),
    ],
)
def test_what_others_made_is_split(sending: Any) -> None:
    assert codes(sending >> (TRAIN, LOG)) == []
    found = only(sending >> (TRAIN, LOG, THIRD))
    assert found.title == "arity mismatch: 'kept' sends 2 values but the round brackets name 3 branches."
    assert found.fixes == ("kept >> (train, log)",)


def test_the_advice_of_what_sends() -> None:
    joined = (S1, S2) >> Join(pairing="arrival")
    assert "Fix: join 3 streams, or" in only(joined >> (TRAIN, LOG, THIRD)).message
    assert "Fix: send 3 values, or" in only(P >> pf.take(3) >> (TRAIN, LOG, THIRD)).message
    whole = only(N >> pf.filter(is_wanted, "kept") >> (TRAIN, LOG))
    assert "'kept' sends int, which has no parts" in whole.title
    assert "Fix: send a tuple with 2 parts" in whole.message


@pytest.mark.parametrize(
    "sending",
    [
        (P | N) >> pf.filter(is_wanted),
        Source(mixed) >> pf.filter(is_wanted),
        S >> pf.filter(is_wanted),
        (S | N) >> pf.filter(is_wanted),
        N >> pf.batch(2),
        P.with_(unchecked=True) >> pf.filter(is_wanted) >> pf.take(3),
    ],
)
def test_what_may_have_let_pairs_by(sending: Any) -> None:
    assert codes(sending >> (TRAIN, LOG, THIRD)) == []
    assert codes(sending >> (TRAIN, LOG)) == []


def test_where_nothing_is_sent_nothing_is_split() -> None:
    assert codes(S >> show >> pf.filter(is_wanted) >> (TRAIN, LOG)) == ["PF205"]


# ---------------------------------------------------------------- the documented classes


def documented(functor: Any) -> list[Pipe]:
    s1, s2, s3 = Stream("s1"), Stream("s2"), Stream("s3")
    return [
        Source(numbers, "s", downstreams=[s1]),
        Transform(functor, "split", upstreams=[s1], downstreams=[s2, s3]),
        Regulator(coroutine, "r", upstreams=[s2], downstreams=[]),
        Sink(print, "k", upstreams=[s3]),
    ]


def test_a_tuple_or_a_list_is_taken_apart_as_either_is() -> None:
    def both(x: int) -> tuple[int, int] | list[int]:
        return (x, x) if x else [x, x]

    def either(x: int) -> tuple[int, int] | int:
        return (x, x) if x else x

    two = (pf.map(str, "u"), pf.map(str, "v"))
    assert codes(source("s") >> Transform(both) >> two >> Sink(print, "k")) == []
    assert codes(Source([(1, 2), [3, 4]], "s") >> two >> Sink(print, "k")) == []
    assert "has no parts" in only(source("s") >> Transform(either) >> two >> Sink(print, "k")).message


def test_documented_splits_are_warned_of() -> None:
    assert documented_findings(split) == [
        "PF202 arity mismatch: 'split' returns 3 values but it has 2 downstreams.",
    ]
    assert documented_findings(split_two) == []


def documented_findings(functor: Any) -> list[str]:
    found = report(documented(functor)).findings
    assert {f.severity for f in found} <= {"warning"}
    return [neutral(f.message).splitlines()[0] for f in found if f.code == "PF202"]


def test_the_documented_classes_have_no_brackets() -> None:
    (more,) = [each for each in report(documented(split)).findings if each.code == "PF202"]
    assert more.message.splitlines()[2:] == [
        "    its downstreams are read by   r, k",
        "    part 0 Image -> r,  part 1 Label -> k,  part 2 Meta -> (no downstream)",
        "    Fix: return 2 values, or give it 3 downstreams:  downstreams=[s1, s2, s3]",
    ]
    (undivided,) = [each for each in report(documented(one)).findings if each.code == "PF202"]
    assert undivided.message.splitlines()[3:] == [
        "    Several downstreams take a value apart; it must be a tuple or a list.",
        "    Fix: return a tuple with 2 parts;  return item, item  sends the whole value to each",
    ]
    assert undivided.fixes == ("return item, item",)
