"""A functor in its worker: initialised once, called for every item, terminated once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import CoroutineType
from typing import Any

from pipeflow.errors import PipeflowError


class Deferred:
    """A functor that is built inside the worker (``Transform.of(Model, "weights.pt")``)."""

    def __init__(self, build: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.build, self.args, self.kwargs = build, args, dict(kwargs)
        self.__name__ = getattr(build, "__name__", type(build).__name__)
        self._made: Any = None
        self._call: Callable[..., Any] | None = None

    def local_init(self, **init_kwargs: Any) -> Any:
        """Build the functor; what it takes to build it was said where the pipe was made. Returns what its own
        ``local_init`` returns, for that may have to be awaited.
        """
        self._made = self.build(*self.args, **self.kwargs)
        if is_coroutine(self._made) and not is_coroutine(self):
            raise TypeError(
                f"{self.__name__} made an async functor, which can't be known before it is called. Give "
                "the class itself, or a function that returns a plain functor"
            )
        result = initialised(self._made, init_kwargs)
        self._call, _ = ready(self._made, init_kwargs)
        return result

    def run(self, *args: Any) -> Any:
        """Call the functor that was built."""
        assert self._call is not None, "local_init runs first"
        return self._call(*args)

    def local_term(self) -> Any:
        """Terminate the functor that was built, where it has a ``local_term``."""
        term = getattr(self._made, "local_term", None)
        return term() if callable(term) else None

    @property
    def likeness(self) -> Any:
        """What looks like the thing that will be built: an object of the class, without its ``__init__``.

        None where only calling could tell.
        """
        if not isinstance(self.build, type):
            return None
        cls: Any = self.build
        try:
            return object.__new__(cls)
        except TypeError:  # a class of C, or an abstract one
            return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Deferred):
            return NotImplemented
        return (self.build, self.args, self.kwargs) == (other.build, other.args, other.kwargs)

    def __hash__(self) -> int:
        return hash(self.build)


class UnawaitedCoroutine(PipeflowError, TypeError):
    """A functor that was taken for a plain one has returned a coroutine."""


def has_method(value: object, name: str) -> bool:
    """Whether its class has it: an object that answers every attribute must not be taken for a functor."""
    return hasattr(type(value), name)


def bound(functor: Any, init_kwargs: Any) -> tuple[Callable[..., Any], Callable[[], Any]]:
    """The functor's call and its termination, where nothing can be awaited; ``local_init`` has run when this
    returns.

    Args:
        functor: a callable, or an object of a class with ``run``.
        init_kwargs: keyword arguments of ``local_init``; of the call itself for plain functions.

    Raises:
        UnawaitedCoroutine: its ``local_init`` is a coroutine function; the termination raises it too.
    """
    _not_async(initialised(functor, init_kwargs), "local_init")
    call, term = ready(functor, init_kwargs)
    return call, lambda: _not_async(term(), "local_term")


def initialised(functor: Any, init_kwargs: Any) -> Any:
    """What its ``local_init`` returns: a coroutine, when it is an ``async def``."""
    init = getattr(functor, "local_init", None)
    return init(**dict(init_kwargs or {})) if callable(init) else None


def ready(functor: Any, init_kwargs: Any) -> tuple[Callable[..., Any], Callable[[], Any]]:
    """The call and the termination of a functor that is initialised; see `bound`."""
    kwargs = dict(init_kwargs or {})
    init = getattr(functor, "local_init", None)
    call = functor.run if has_method(functor, "run") else functor
    if kwargs and not callable(init):
        call = functools.partial(call, **kwargs)
    term = getattr(functor, "local_term", None)
    return call, term if callable(term) else _nothing


def unwrapped(functor: Any) -> Any:
    """The function inside partials, and ``run`` of a functor object: what says how it is to be called."""
    while isinstance(functor, functools.partial):
        functor = functor.func
    if inspect.isroutine(functor) or inspect.isclass(functor):
        return functor
    if has_method(functor, "run"):
        return functor.run
    return type(functor).__call__ if callable(functor) else functor


def is_coroutine(functor: Any) -> bool:
    """Whether calling it gives something to await."""
    if isinstance(functor, Deferred):
        if not inspect.isclass(functor.build):
            return False  # what a function will make can't be known here
        return inspect.iscoroutinefunction(getattr(functor.build, "run", functor.build.__call__))
    return inspect.iscoroutinefunction(unwrapped(functor))


def no_coroutine(result: Any) -> Any:
    """The result of a plain functor, which is called where nothing can be awaited.

    Raises:
        UnawaitedCoroutine: when it is one: it would be sent on, or dropped, and would never have run.
    """
    if type(result) is CoroutineType:
        result.close()  # or Python warns, later and elsewhere, that it was never awaited
        raise UnawaitedCoroutine(
            f"it returned the coroutine {result.__name__}, and nothing awaits it. Give the pipe the  "
            f"async def  function itself, not one that calls it:  Transform({result.__name__})"
        )
    return result


def _not_async(result: Any, method: str) -> Any:
    if type(result) is CoroutineType:
        result.close()
        raise UnawaitedCoroutine(
            f"its  {method}  is an  async def  (it returned the coroutine {result.__name__}), and nothing "
            f"awaits it beside a plain functor. Make  run  an  async def  too (in a Transform or a Sink), or "
            f"{method}  a plain  def"
        )
    return result


def _nothing() -> None:
    return None
