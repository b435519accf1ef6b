"""Lambdas and functions without annotations are never an error of ours."""
# What a strict checker says of such functions themselves is switched off here.
# mypy: allow-untyped-defs, allow-incomplete-defs
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false, reportUnknownMemberType=false

from __future__ import annotations

from typing_extensions import assert_type

import pipeflow as pf
from tests.typing.functors import double, ints, parse, strings

numbers = pf.Source(ints)
words = pf.Source(strings)
doubled = pf.Transform(double)
parsed = pf.Transform(parse)


def unannotated(x):
    return x


def half_annotated(x: int):
    return x


def unannotated_two(x, y):
    return x + y


def unannotated_source(x=None):
    yield x


def unannotated_batches(size=3):
    held = []
    while True:
        held.append((yield))


class Unannotated:
    def run(self, x):
        return x


def lambdas_and_unannotated_functors_are_no_errors() -> None:
    plus = pf.Transform(lambda x: x + 1)
    size = pf.Transform(lambda x: len(x))
    keep = pf.Transform(lambda x: x if x > 3 else None)
    both = pf.Transform(lambda x, y: x + y)
    bound = pf.Transform(lambda x, k=3: x + k)
    bound_two = pf.Transform(lambda x, k=3, n=4: x + k + n)
    numbers >> plus >> doubled
    words >> size >> doubled
    numbers >> keep >> doubled
    (numbers, numbers) >> both >> doubled
    numbers >> bound >> doubled
    numbers >> bound_two >> doubled
    numbers >> pf.Sink(lambda x: print(x))
    call = pf.Sink(lambda x: x.anything())
    numbers >> call
    numbers >> pf.Switch(lambda x: x > 3) >> {True: doubled, False: doubled}
    pf.Source(lambda: [1, 2]) >> doubled


def functions() -> None:
    assert_type(numbers >> pf.Transform(unannotated) >> parsed, pf.OutFlow[int])
    assert_type(numbers >> unannotated >> parsed, pf.OutFlow[int])
    assert_type((numbers, words) >> pf.Transform(unannotated_two) >> parsed, pf.OutFlow[int])
    assert_type(numbers >> pf.Transform(Unannotated()) >> parsed, pf.OutFlow[int])
    assert_type(pf.Source(unannotated_source) >> parsed, pf.OutFlow[int])
    assert_type(numbers >> pf.Regulator(unannotated_batches) >> parsed, pf.OutFlow[int])
    numbers >> half_annotated >> doubled
    numbers >> pf.Transform(unannotated) >> (doubled, parsed) >> pf.Sink(unannotated_two)
    numbers >> pf.Switch(unannotated) >> {1: doubled, 2: pf.Sink(unannotated)}
    for item in numbers >> unannotated:
        item.anything()
