"""Functors as type checkers see them: what the constructors of the kinds of pipe accept. Nothing of it runs.

``A`` to ``D`` are what the functor takes, ``R`` what it returns. They have ``bound=Any``, so that the body of
a lambda is free to use its parameters, and ``default=Any`` for what a functor doesn't say.
"""
# ruff: noqa: D102 - the protocols' methods are all there is to say

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypedDict

from typing_extensions import TypeVar

from pipeflow.pipes.options import Rate
from pipeflow.streams import Stream

A = TypeVar("A", bound=Any, default=Any)
B = TypeVar("B", bound=Any, default=Any)
C = TypeVar("C", bound=Any, default=Any)
D = TypeVar("D", bound=Any, default=Any)
R = TypeVar("R", default=Any)
R_co = TypeVar("R_co", covariant=True)
A_contra = TypeVar("A_contra", contravariant=True)
B_contra = TypeVar("B_contra", contravariant=True)
C_contra = TypeVar("C_contra", contravariant=True)


class Optional1(Protocol):
    """``lambda x, k=k: ...``, which mypy matches with nothing else."""

    def __call__(self, a: Any, k: Any = ..., /) -> Any: ...


class Optional2(Protocol):
    """``lambda x, k=k, n=n: ...``."""

    def __call__(self, a: Any, k: Any = ..., n: Any = ..., /) -> Any: ...


class Runs1(Protocol[A_contra, R_co]):
    """An object of a class with ``run(self, item)``."""

    def run(self, a: A_contra, /) -> R_co:
        """Its result for an item."""
        ...


class Runs2(Protocol[A_contra, B_contra, R_co]):
    """An object of a class with ``run(self, a, b)``, for two that are joined."""

    def run(self, a: A_contra, b: B_contra, /) -> R_co:
        """Its result for a pair."""
        ...


class Runs3(Protocol[A_contra, B_contra, C_contra, R_co]):
    """An object of a class with ``run(self, a, b, c)``."""

    def run(self, a: A_contra, b: B_contra, c: C_contra, /) -> R_co:
        """Its result for three that belong together."""
        ...


class Makes(Protocol[R_co]):
    """An object of a class with ``run(self)``, for a source or a regulator."""

    @property
    def run(self) -> Callable[..., R_co]:
        """Makes the generator."""
        ...


Nothing: TypeAlias = Awaitable[None] | None
Items: TypeAlias = Iterable[R] | AsyncIterable[R]
Maybe: TypeAlias = Iterable[R | None] | AsyncIterable[R | None]
Given: TypeAlias = str | Sequence[Stream] | None
"""What may follow a functor by position: a name, then streams."""


class Said(TypedDict, total=False):
    """What may follow every functor by name."""

    name: str | None
    ignore_exceptions: Sequence[type[BaseException]] | None
    init_kwargs: Mapping[str, Any] | None


class SaidOfSource(Said, total=False):
    """The same for a Source."""

    downstreams: Sequence[Stream] | None
    total: int | None


class SaidOfSink(Said, total=False):
    """The same for a Sink."""

    upstreams: Sequence[Stream] | None


class SaidOfTransform(SaidOfSink, total=False):
    """The same for a Transform."""

    downstreams: Sequence[Stream] | None


class SaidOfRegulator(SaidOfTransform, total=False):
    """The same for a Regulator."""

    rate: Rate | None


class Options(TypedDict, total=False):
    """What a decorator, or ``with_``, takes for every kind of pipe; see `pipeflow.pipes.options.Options`."""

    name: str
    ignore_exceptions: Sequence[type[BaseException]]
    on_error: str
    init_kwargs: Mapping[str, Any]
    timeout: float | None
    ignore: Sequence[str]
    unchecked: bool
    resources: Any


class OptionsOfSource(Options, total=False):
    """The same for a source."""

    total: int | None
    rate: Rate


class OptionsOfRegulator(Options, total=False):
    """The same for a regulator."""

    buffer_size: int | None
    independent: bool
    n_processes: int
    rate: Rate


class OptionsOfSink(Options, total=False):
    """The same for a sink."""

    buffer_size: int | None
    n_processes: int
    concurrency: int
    retries: int
    on_crash: str
    readonly: bool
    idempotent: bool


class OptionsOfTransform(Options, total=False):
    """The same for a transform."""

    buffer_size: int | None
    n_processes: int
    ordered: bool
    concurrency: int
    retries: int
    on_crash: str
    readonly: bool
    rate: Rate
