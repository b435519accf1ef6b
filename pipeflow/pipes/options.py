"""What can be said about a pipe besides its functor, and how many items leave it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, TypeVar, cast

from pipeflow.errors import CompositionError
from pipeflow.expression import is_a

With = TypeVar("With", bound=Callable[..., Any])


class Rate(NamedTuple):
    """How many items leave for those that enter; `None` where it depends on the items.

    ``Rate(1, 1)`` is one for one, ``Rate(32, 1)`` a batch of 32, ``Rate(1, None)`` one in and any number out.

    Attributes:
        consumes: how many items enter,
        produces: for how many that leave,
        may_drop: or fewer.
    """

    consumes: int | None
    produces: int | None
    may_drop: bool = False

    @property
    def keeps_origin(self) -> bool:
        """One item out for each item in (or a dropped one): results can be paired by where they began."""
        return self.consumes == 1 and self.produces == 1


ONE_TO_ONE = Rate(1, 1)
NOTHING_LEAVES = Rate(1, 0)
UNKNOWN_RATE = Rate(None, None)


@dataclass(frozen=True)
class Options:
    """What can be said about a pipe besides its functor. None: not said, the default holds.

    Attributes:
        n_processes: how many workers share the pipe's input (default 1).
        buffer_size: items that may wait in front of the pipe (default: 3, or more while they fit in 4 MiB).
        ordered: whether results of several workers leave in the order of their inputs (default no).
        concurrency: items in flight in one worker of an ``async def`` functor (default 1).
        on_error: "raise" (default) or "skip"; ``pipe.errors >> sink`` says where failed items go instead.
        retries: how often a failing item is tried again (default 0), with a growing pause between.
        on_crash: "fail" (default) or "restart" the worker and re-run what it had not finished.
        independent: a kind that remembers items doesn't mind several workers, each of which sees only some.
        idempotent: running an item twice does no harm, so a Sink may be restarted (default no).
        ignore_exceptions: exception classes that skip the item, counted in the report.
        init_kwargs: keyword arguments of ``local_init`` (or of the functor itself where it has none).
        timeout: seconds one item may take; longer is an error.
        readonly: with ``on_crash="restart"``, large arrays arrive so that they can't be written to.
        ignore: codes of the checks that are silent about this pipe.
        unchecked: the functor's annotations are not compared with its neighbours'.
        resources: what an engine beyond this machine must give each worker.
        total: how many items a Source will make, for progress.
        rate: how many items leave for those that enter, where the kind can't know.
    """

    n_processes: int | None = None
    buffer_size: int | None = None
    ordered: bool | None = None
    concurrency: int | None = None
    on_error: str | None = None
    retries: int | None = None
    on_crash: str | None = None
    independent: bool | None = None
    idempotent: bool | None = None
    ignore_exceptions: tuple[type[BaseException], ...] | None = None
    init_kwargs: Any = None
    timeout: float | None = None
    readonly: bool | None = None
    ignore: tuple[str, ...] | None = None
    unchecked: bool | None = None
    resources: Any = None
    total: int | None = None
    rate: Rate | None = None

    def given(self) -> dict[str, Any]:
        """The options that were said."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}


COMMON = frozenset(
    {"ignore_exceptions", "on_error", "init_kwargs", "ignore", "unchecked", "resources", "timeout"}
)
WITH_INPUT = COMMON | {"buffer_size", "retries"}
WITHOUT_FUNCTOR = frozenset({"buffer_size", "ignore", "resources"})
WITH_WORKERS = WITH_INPUT | {"n_processes", "on_crash", "readonly"}


def problem_with(option: str, value: Any) -> str:
    """What is wrong with the value of an option, as the end of a sentence; empty when nothing is."""
    return _PROBLEMS.get(option, _anything)(value)


def as_tuple(values: Any) -> Any:
    """An iterable as a tuple; anything else stays what it is, for `problem_with` to refuse."""
    return tuple(values) if is_a(values, Iterable) and not is_a(values, str) else values


def is_whole(value: object) -> bool:
    """A whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def suggesting(with_: With) -> With:
    """Say which option was meant by a misspelt one; a TypeError would not name the pipe."""
    known = set(inspect.signature(with_).parameters)

    @functools.wraps(with_)
    def checked(self: Any, /, **said: Any) -> Any:
        for key in said:
            if key not in known:
                raise CompositionError(f"{self.label_with_place}: {self.no_such_option(key)}")
        return with_(self, **said)

    return cast("With", checked)


def _anything(value: Any) -> str:
    return ""


def _at_least(low: int) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        fits = is_whole(value) and value >= low
        return "" if fits else f"must be a whole number of at least {low}"

    return problem


def _one_of(*known: str) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        fits = isinstance(value, str) and value in known
        return "" if fits else "must be " + " or ".join(repr(word) for word in known)

    return problem


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be True or False"


def _exceptions(value: Any) -> str:
    fits = isinstance(value, tuple) and all(
        isinstance(kind, type) and issubclass(kind, BaseException) for kind in _each(value)
    )
    return "" if fits else "must be a list of exception classes"


def _codes(value: Any) -> str:
    fits = isinstance(value, tuple) and all(isinstance(code, str) for code in _each(value))
    return "" if fits else "must be a list of codes such as 'PF302'"


def _seconds(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return "" if fits else "must be a number of seconds above 0"


def _rate(value: Any) -> str:
    if not isinstance(value, Rate):
        return "must be a Rate, such as  Rate(32, 1)  for 32 items in and one out"
    *counts, may_drop = _each(value)
    fits = all(count is None or (is_whole(count) and count >= 0) for count in counts)
    if fits and isinstance(may_drop, bool):
        return ""
    return "must have counts, such as  Rate(32, 1)  for 32 items in and one out, or None where that depends"


def _mapping(value: Any) -> str:
    if not is_a(value, Mapping):
        return "must be a dict of keyword arguments"
    return "" if all(isinstance(key, str) for key in value) else "must have names of arguments for its keys"


def _each(value: Any) -> tuple[Any, ...]:
    each: tuple[Any, ...] = value
    return each


_PROBLEMS: dict[str, Callable[[Any], str]] = {
    "n_processes": _at_least(1),
    "buffer_size": _at_least(1),
    "concurrency": _at_least(1),
    "waiting": _at_least(1),
    "retries": _at_least(0),
    "total": _at_least(0),
    "on_error": _one_of("raise", "skip"),
    "on_crash": _one_of("fail", "restart"),
    "ordered": _flag,
    "independent": _flag,
    "idempotent": _flag,
    "readonly": _flag,
    "unchecked": _flag,
    "ignore_exceptions": _exceptions,
    "ignore": _codes,
    "init_kwargs": _mapping,
    "timeout": _seconds,
    "rate": _rate,
}
