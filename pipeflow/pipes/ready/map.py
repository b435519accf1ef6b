"""map: a Transform under the name that other libraries use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, overload

from pipeflow.pipes.transform import Transform

if TYPE_CHECKING:
    from pipeflow.pipes.functor_types import A, B, Nothing, R
    from pipeflow.shapes import Args2, Nobody, V


@overload
def map(fn: Callable[[A], Nobody], name: str | None = None) -> Transform[A, Any]: ...
@overload
def map(fn: Callable[[A], Awaitable[R | None]], name: str | None = None) -> Transform[A, R]: ...
@overload
def map(fn: Callable[[A], V], name: str | None = None) -> Transform[A, V]: ...
@overload
def map(fn: Callable[[A], Nothing], name: str | None = None) -> Transform[A, Any]: ...
@overload
def map(fn: Callable[[A], R | None], name: str | None = None) -> Transform[A, R]: ...
@overload
def map(fn: Callable[[A, B], Nobody], name: str | None = None) -> Transform[Args2[A, B], Any]: ...
@overload
def map(fn: Callable[[A, B], Awaitable[R | None]], name: str | None = None) -> Transform[Args2[A, B], R]: ...
@overload
def map(fn: Callable[[A, B], V], name: str | None = None) -> Transform[Args2[A, B], V]: ...
@overload
def map(fn: Callable[[A, B], Nothing], name: str | None = None) -> Transform[Args2[A, B], Any]: ...
@overload
def map(fn: Callable[[A, B], R | None], name: str | None = None) -> Transform[Args2[A, B], R]: ...
@overload
def map(fn: Callable[[A], Any], name: str | None = None) -> Transform[A, Any]: ...
def map(fn: Any, name: str | None = None) -> Any:
    """``fn(item)`` for each item: a `Transform`.

    Args:
        fn: called with each item; None sends nothing.
        name: shown everywhere; left out, the function's own.
    """
    return Transform(fn, name)
