"""Pipe: names, options, places, identity, pickling."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import pipeflow as pf
from pipeflow.pipes._base import StepContext
from tests.functors import double, inc

A = pf.Transform(inc, "a")
HERE = r"\S*test_base\.py:\d+"


class Model:
    def run(self, x: int) -> int:
        return x


class Callable3:
    def __call__(self, x: int) -> int:
        return x


@pytest.mark.parametrize(
    ("pipe", "label"),
    [
        (pf.Transform(inc), "inc"),
        (pf.Transform(inc, "given"), "given"),
        (pf.Transform(inc, name="given"), "given"),
        (pf.Transform(lambda x: x), "Transform"),
        (pf.Sink(lambda x: x), "Sink"),
        (pf.Source([1]), "Source"),
        (pf.Transform(functools.partial(inc)), "Transform"),  # a partial has no name of its own
        (pf.Transform(Model()), "Model"),
        (pf.Transform(str.upper), "upper"),
        (pf.Transform.of(Model), "Model"),
        (pf.Join(), "join"),
        (pf.Feedback(), "loop"),
        (pf.Discard(), "discard"),
        (pf.batch(3), "batch"),
        (pf.take(3, name="few"), "few"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names(pipe: Any, label: str) -> None:
    assert (pipe.label, pipe.name) == (label, label)


@pytest.mark.parametrize("name", ["", 3, b"x"])
def test_a_name_is_text(name: Any) -> None:
    for make in (lambda: pf.Transform(inc, name), lambda: A.with_(name=name), lambda: pf.batch(2, name=name)):
        with pytest.raises(pf.CompositionError, match="a name is a non-empty string"):
            make()


def test_places() -> None:
    assert A.label_with_place.startswith("Transform 'a' (created at ")
    assert A.place.file == __file__
    assert str(A.functor_place).startswith("tests/functors.py:")
    assert pf.Source([1]).functor_place.file == __file__  # no place of its own: where the pipe was created
    assert pf.batch(2).place.file == __file__
    assert A.copy().place != A.place


# ---------------------------------------------------------------- options

GIVEN: dict[str, Any] = {
    "n_processes": 2,
    "buffer_size": 3,
    "ordered": True,
    "concurrency": 4,
    "on_error": "skip",
    "retries": 1,
    "on_crash": "restart",
    "ignore_exceptions": (ValueError,),
    "init_kwargs": {"a": 1},
    "timeout": 2.5,
    "readonly": True,
    "ignore": ("PF302",),
    "unchecked": True,
    "resources": {"num_gpus": 1},
    "rate": pf.Rate(1, 2),
}


def test_every_option_of_a_transform() -> None:
    changed = A.with_(**GIVEN)
    assert changed.options.given() == GIVEN
    assert A.options.given() == {}
    assert changed == A
    assert changed.rate == pf.Rate(1, 2)


def test_options_add_up() -> None:
    assert A.with_(ordered=True).with_(retries=2).options.given() == {"ordered": True, "retries": 2}
    assert (A.with_(retries=2) * 3).options.given() == {"retries": 2, "n_processes": 3}
    assert A.with_(timeout=3).with_(timeout=None).options.given() == {}


def test_lists_are_kept_as_tuples() -> None:
    changed = A.with_(ignore_exceptions=[ValueError], ignore=["PF101"])
    assert changed.options.ignore_exceptions == (ValueError,)
    assert changed.options.ignore == ("PF101",)
    assert pf.Sink(print, ignore_exceptions=[KeyError]).options.ignore_exceptions == (KeyError,)


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: A.with_(n_processes=0), "n_processes must be a whole number of at least 1, not 0"),
    (lambda: A.with_(n_processes=True), "n_processes must be"),
    (lambda: A.with_(buffer_size=0), "buffer_size must be a whole number of at least 1"),
    (lambda: A.with_(concurrency=0), "concurrency must be"),
    (lambda: A.with_(retries=-1), "retries must be a whole number of at least 0"),
    (lambda: A.with_(ordered=1), "ordered must be True or False"),
    (lambda: A.with_(on_error="ignore"), "on_error must be 'raise' or 'skip'"),
    (lambda: A.with_(on_crash="retry"), "on_crash must be 'fail' or 'restart'"),
    (lambda: A.with_(timeout=0), "timeout must be a number of seconds above 0"),
    (lambda: A.with_(ignore_exceptions=[3]), "ignore_exceptions must be a list of exception classes"),
    (lambda: A.with_(ignore_exceptions=ValueError), "ignore_exceptions must be a list of exception classes"),
    (lambda: A.with_(ignore="PF101"), "ignore must be a list of codes"),
    (lambda: A.with_(init_kwargs=[1]), "init_kwargs must be a dict of keyword arguments"),
    (lambda: A.with_(init_kwargs={1: 2}), "init_kwargs must have names of arguments for its keys, not"),
    (lambda: A.with_(rate=pf.Rate(-1, 0)), r"rate must have counts, such as  Rate\(32, 1\) .*, not Rate\("),
    (lambda: A.with_(rate=pf.Rate(1, -1)), "rate must have counts"),
    (lambda: A.with_(rate=pf.Rate("x", 1)), "rate must have counts"),  # type: ignore[arg-type]
    (lambda: A.with_(rate=pf.Rate(1, 1, "no")), "rate must have counts"),  # type: ignore[arg-type]
    (lambda: A.with_(rate=3), r"rate must be a Rate, such as  Rate\(32, 1\)"),
    (lambda: pf.Transform(inc, ignore_exceptions=["x"]), "ignore_exceptions must be"),
    (lambda: pf.Source([1], total=-1), "total must be"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_values_that_an_option_can_not_have(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(pf.CompositionError, match=rf"\(created at {HERE}\): {message}"):
        make()


NOT_HAD: list[tuple[Any, str, Any]] = [
    (pf.Sink(print), "ordered", True),
    (pf.Source([1]), "buffer_size", 3),
    (pf.Source([1]), "retries", 3),
    (pf.Regulator(print), "concurrency", 3),
    (pf.Join(), "on_error", "skip"),
    (pf.Feedback(), "n_processes", 2),
    (pf.Discard(), "timeout", 1),
    (pf.batch(2), "retries", 1),
    (A, "idempotent", True),
    (A, "total", 3),
]


@pytest.mark.parametrize(("pipe", "option", "value"), NOT_HAD)
def test_options_that_a_kind_does_not_have(pipe: Any, option: str, value: Any) -> None:
    with pytest.raises(pf.CompositionError) as refusal:
        pipe.with_(**{option: value})
    assert pipe.label_with_place in str(refusal.value)


def test_a_near_miss_is_named() -> None:
    with pytest.raises(pf.CompositionError, match="has no option 'total'"):
        A.with_(total=3)
    misspelt = r"Transform 'a' \(created at .* has no option 'n_process'. Did you mean 'n_processes'\?"
    with pytest.raises(pf.CompositionError, match=misspelt):
        A.with_(n_process=3)  # type: ignore[call-arg]
    assert "retries" in inspect.signature(A.with_).parameters


# ---------------------------------------------------------------- functors


@pytest.mark.parametrize("functor", [3, "abc", None, object()])
def test_a_functor_can_be_called(functor: Any) -> None:
    with pytest.raises(pf.CompositionError, match=rf"\(created at {HERE}\): its functor .* can't be called"):
        pf.Transform(functor)


def test_a_proxy_with_every_attribute_is_no_functor() -> None:
    class Proxy:
        def __getattr__(self, name: str) -> Any:
            return lambda *args: None

    with pytest.raises(pf.CompositionError, match="can't be called"):
        pf.Transform(Proxy())
    assert pf.Transform(Callable3()).functor is not None


# ---------------------------------------------------------------- a value


def test_identity_survives_changes_and_pickling() -> None:
    again = pickle.loads(pickle.dumps(A.with_(retries=3)))
    assert (again, hash(again)) == (A, hash(A))
    assert again.options.retries == 3
    assert again.expression.entry.pipe is again
    assert again.place == A.place


def test_copies_of_the_object_describe_themselves() -> None:
    twin = copy.copy(A)
    assert twin == A
    assert twin.expression.pipe is twin


def test_its_content_leaves_identity_and_place_out() -> None:
    assert pf.Transform(inc, "x").content() == pf.Transform(inc, "y").content()
    assert pf.Transform(inc).content() != pf.Transform(double).content()
    assert pf.Transform(inc).content() != pf.Sink(inc).content()
    assert pf.Switch(inc, default=1).content() != pf.Switch(inc, default=2).content()
    assert pf.Transform.of(Model, 3).content() == pf.Transform.of(Model, 3).content()
    assert pf.Transform.of(Model, 3).content() != pf.Transform.of(Model, 4).content()


def test_a_bare_pipe_can_not_run() -> None:
    with pytest.raises(pf.CompositionError, match="no kind that can run"):
        pf.Pipe(inc).step(StepContext("x"))


def test_only_what_passes_items_on_knows_their_type() -> None:
    from pipeflow import hints

    assert pf.Feedback().reshaped(int) is int
    assert A.reshaped(int) is hints.UNKNOWN


# ---------------------------------------------------------------- a pipe or a flow as a functor


@pf.transform
def up(text: str) -> str:
    return text.upper()


@pf.source
def rows() -> list[str]:
    return ["a"]


@pf.sink
def show(text: str) -> None:
    print(text)


MADE: list[tuple[Callable[[], Any], str]] = [
    (lambda: pf.map(up), r"already, Transform 'up' .*\. Write  \.\.\. >> up >> \.\.\. , or .*  up\.functor$"),
    (lambda: pf.filter(up), r"give Filter the function in it:  up\.functor$"),
    (lambda: pf.flat_map(up), r"already, Transform 'up'"),
    (lambda: pf.collate(up), r"already, Transform 'up'"),
    (lambda: pf.Switch(up), r"give Switch the function in it:  up\.functor$"),
    (lambda: pf.Regulator(up), r"already, Transform 'up'"),
    (lambda: pf.Sink(show), r"already, Sink 'show' .*\. Write  \.\.\. >> show , or give Sink the function"),
    (lambda: pf.Source(rows), r"already, Source 'rows' .*\. Write  rows >> \.\.\. , or give Source the"),
    (lambda: pf.sink(show), r"already, Sink 'show'"),
    (lambda: pf.Transform(A), r"already, Transform 'a'"),
    (lambda: pf.Transform(pf.batch(2)), r"already, Batch 'batch' .*\. Write  \.\.\. >> batch >> \.\.\.$"),
    (lambda: pf.Transform(A >> up), r"the flow  a >> up\. Write  \.\.\. >> a >> up >> \.\.\.$"),
    (lambda: pf.Transform(A | up), r"the flow  \(a \| up\)\. Write  \.\.\. >> \(a \| up\) >> \.\.\.$"),
    (lambda: pf.Source(rows >> up), r"the flow  rows >> up\. Write  rows >> up >> \.\.\.$"),
    (lambda: pf.Transform(up.errors), r"the flow  up\.errors\. Write  up\.errors >> \.\.\.$"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), MADE)
def test_a_pipe_is_no_functor(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(
        pf.CompositionError, match=r"\(created at .*test_base\.py:\d+\): its functor is .*" + text
    ):
        make()


def test_what_uses_a_flow_is_one() -> None:
    def total(n: int) -> int:
        return sum((pf.Source(range(n)) >> A).stream("inline"))

    assert pf.Transform(total).functor is total
