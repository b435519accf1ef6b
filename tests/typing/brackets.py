"""Copies, merges, splits, joins and choices."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

import pipeflow as pf
from pipeflow.shapes import Args2, Args3
from tests.typing.functors import (
    add,
    double,
    halve,
    ints,
    lots,
    maybe,
    pair,
    parse,
    parts,
    repeat,
    show,
    show_text,
    show_two,
    strings,
    three,
    triple,
)

numbers = pf.Source(ints)
words = pf.Source(strings)
doubled = pf.Transform(double)
halved = pf.Transform(halve)
texts = pf.Transform(maybe)
parsed = pf.Transform(parse)
added = pf.Transform(add)
repeated = pf.Transform(repeat)
of_three = pf.Transform(three)
shown = pf.Sink(show)
shown_text = pf.Sink(show_text)
shown_two = pf.Sink(show_two)
printed = pf.Sink(print)
anyhow = pf.Transform(str)


def merges() -> None:
    assert_type(numbers | words, pf.OutFlow[int | str])
    assert_type(numbers | numbers, pf.OutFlow[int])
    assert_type((numbers | words) >> anyhow, pf.OutFlow[str])
    assert_type(numbers >> (doubled | texts), pf.OutFlow[int | str])
    assert_type(doubled | texts, pf.ThroughFlow[int, int | str])
    assert_type(doubled | anyhow, pf.ThroughFlow[int, int | str])
    assert_type(anyhow | doubled, pf.ThroughFlow[int, str | int])
    for item in numbers | words:
        assert_type(item, int | str)
    for both in numbers >> (doubled | texts):
        assert_type(both, int | str)


def wrong_merges() -> None:
    (numbers | words) >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (numbers | words) >> parsed  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> (doubled | texts) >> parsed  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers | 3  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers | double  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def copies() -> None:
    assert_type(shown | printed, pf.InFlow[int])
    assert_type(printed | shown, pf.InFlow[int])
    assert_type(numbers >> (shown | printed), pf.ClosedFlow)
    assert_type(numbers >> (doubled | shown), pf.OutFlow[int])
    assert_type(numbers >> (shown | doubled), pf.OutFlow[int])
    assert_type(pf.lanes(shown, printed), pf.InFlow[int])


def wrong_copies() -> None:
    words >> (shown | printed)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    words >> (printed | shown)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    words >> (doubled | anyhow)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    words >> (anyhow | doubled)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> (parsed | doubled)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def side_by_side() -> None:
    first, second = numbers >> shown, words >> shown_text
    assert_type(first | second, pf.ClosedFlow)
    assert_type(numbers >> shown | words >> shown_text, pf.ClosedFlow)
    assert_type(first | words, pf.OutFlow[str])
    assert_type(words | first, pf.OutFlow[str])
    assert_type(first | doubled, pf.ThroughFlow[int, int])
    assert_type(doubled | first, pf.ThroughFlow[int, int])
    assert_type(first | shown, pf.InFlow[int])
    assert_type(shown | first, pf.InFlow[int])
    assert_type(numbers | doubled, pf.ThroughFlow[int, int])
    assert_type(doubled | words, pf.ThroughFlow[int, int | str])
    assert_type(shown | words, pf.ThroughFlow[int, str])
    assert_type(words | shown, pf.ThroughFlow[int, str])


def splits() -> None:
    assert_type(numbers >> pair >> (doubled, parsed), pf.OutFlow[Args2[int, int]])
    assert_type(numbers >> pair >> (shown, shown_text), pf.ClosedFlow)
    assert_type(numbers >> pair >> (shown, parsed), pf.OutFlow[int])
    assert_type(numbers >> pair >> (halved, shown_text), pf.OutFlow[float])
    assert_type(numbers >> parts >> (doubled, parsed), pf.OutFlow[Args2[int, int]])
    assert_type(numbers >> lots >> (doubled, texts), pf.OutFlow[Args2[int, str]])
    assert_type(numbers >> lots >> (shown, shown), pf.ClosedFlow)
    assert_type(numbers >> triple >> (doubled, parsed, anyhow), pf.OutFlow[Args3[int, int, str]])
    assert_type(numbers >> triple >> (shown, shown_text, printed), pf.ClosedFlow)
    assert_type(pf.Transform(pair) >> (doubled, parsed), pf.ThroughFlow[int, Args2[int, int]])
    assert_type(numbers >> pair >> (doubled, parsed) >> added, pf.OutFlow[float])
    assert_type(numbers >> pair >> (print, pf.Discard()), pf.OutFlow[Any])
    assert_type(numbers >> pair >> (doubled, parsed) >> add, pf.OutFlow[float])
    for left, right in numbers >> pair >> (halved, parsed):
        assert_type(left, float)
        assert_type(right, int)


def wrong_splits() -> None:
    numbers >> pair >> (doubled, doubled)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pair >> (parsed, parsed)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pair >> (shown, shown)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> parts >> (parsed, doubled)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> lots >> (doubled, parsed)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pair >> (doubled, parsed, doubled)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> triple >> (doubled, parsed)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> (doubled, doubled)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pair >> (doubled, words)  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> pair >> (doubled, parsed) >> repeated  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def joins() -> None:
    assert_type((numbers, numbers) >> added, pf.OutFlow[float])
    assert_type((words, numbers) >> repeated, pf.OutFlow[bytes])
    assert_type((words, numbers) >> pf.Transform(repeat), pf.OutFlow[bytes])
    assert_type((numbers >> doubled, numbers >> doubled) >> added, pf.OutFlow[float])
    assert_type((numbers, words) >> shown_two, pf.ClosedFlow)
    assert_type((numbers, words) >> printed, pf.ClosedFlow)
    assert_type((doubled, doubled) >> added, pf.ThroughFlow[tuple[int, int], float])
    assert_type((numbers, doubled) >> added, pf.ThroughFlow[int, float])
    assert_type((doubled, numbers) >> added, pf.ThroughFlow[int, float])
    assert_type((numbers, words, words >> str.encode) >> of_three, pf.OutFlow[bool])
    hub = numbers >> doubled
    assert_type((hub >> doubled, hub >> texts) >> shown_two, pf.ClosedFlow)
    for item in (words, numbers) >> repeated:
        assert_type(item, bytes)
    narrow = numbers >> bool
    assert_type((narrow, numbers) >> added, pf.OutFlow[float])


def wrong_joins() -> None:
    (numbers, words) >> added  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (words, words) >> repeated  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (numbers, numbers) >> repeated  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (words, numbers) >> shown_two  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (numbers, numbers) >> doubled  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (numbers, numbers, numbers) >> added  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (numbers, words) >> of_three  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (numbers, shown) >> added  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> added  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    (doubled, parsed) >> repeated  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def choices() -> None:
    switch = pf.Switch(halve)
    assert_type(numbers >> switch, pf.OutFlow[int])
    assert_type(numbers >> switch >> {True: doubled, False: texts}, pf.OutFlow[Any])
    assert_type(numbers >> switch >> {True: shown, False: printed}, pf.ClosedFlow)
    assert_type(numbers >> switch >> {True: shown, False: doubled}, pf.OutFlow[Any])
    assert_type(numbers >> pf.Switch(double) >> {2: shown, 4: printed}, pf.ClosedFlow)
    numbers >> pf.Switch(str) >> {"1": doubled, "2": print}


def wrong_choices() -> None:
    switch = pf.Switch(double)
    words >> switch  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    numbers >> switch >> {2: shown, 4: shown_text}  # type: ignore[dict-item] # pyright: ignore[reportOperatorIssue]
    numbers >> switch >> {2: doubled, 4: parsed}  # type: ignore[dict-item] # pyright: ignore[reportOperatorIssue]
    numbers >> switch >> {2: doubled, 4: numbers}  # type: ignore[dict-item] # pyright: ignore[reportOperatorIssue]


def combinators() -> None:
    assert_type(pf.lanes(numbers, words), pf.OutFlow[int | str])
    assert_type(pf.lanes(numbers >> shown, words >> shown_text), pf.ClosedFlow)
    assert_type(pf.chain(numbers, doubled, texts), pf.OutFlow[str])
    assert_type(pf.chain(numbers, doubled, shown), pf.ClosedFlow)
    assert_type(pf.chain(doubled, texts), pf.ThroughFlow[int, str])
    assert_type(pf.balance(doubled, texts), pf.ThroughFlow[int, int | str])
    assert_type(numbers >> pf.balance(doubled * 3, texts), pf.OutFlow[int | str])
    assert_type(numbers >> pf.balance(shown, printed), pf.ClosedFlow)
    pf.chain(numbers, parsed)  # type: ignore[misc] # pyright: ignore[reportCallIssue, reportArgumentType]
    numbers >> pf.balance(parsed, parsed)  # type: ignore[arg-type] # pyright: ignore[reportOperatorIssue]
