"""Pipe: what every kind of pipe has, and the one question each kind answers: *what is your step?*"""

from __future__ import annotations

import copy as copying
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple

from typing_extensions import Self

from pipeflow import ends, hints
from pipeflow.errors import CompositionError
from pipeflow.flow import Flow
from pipeflow.markers import UNSET, Unset
from pipeflow.places import Place, caller, cell_number
from pipeflow.streams import Stream, check_buffer_size


class Step:
    """What one worker of a pipe does with its items. The run loop around it is the same for every kind.

    Pushed, not pulled: the inline engine runs every pipe in one thread, and a step that waits for its next
    input inside an iterator could not be set aside there.

    Attributes:
        satisfied: the step wants no more input; read after each `start` and `feed`. The run loop then ends the
            step as if its input had ended, and tells who sends to it that nobody reads any more.
    """

    satisfied: bool = False
    each: Callable[[Any], Any] | None = None
    """Where `feed` is one call with one result (None: none) and nothing else: that call. The run loop may then
    call it for many inputs in a row."""

    def start(self) -> Iterable[Any]:
        """What is sent before any input: everything a source makes; nothing from most others."""
        return ()

    def feed(self, *args: Any) -> Iterable[Any]:
        """The results of one input."""
        return ()

    def finish(self) -> Iterable[Any]:
        """What is still held when the input has ended."""
        return ()

    def close(self) -> Any:
        """Let go of everything, also after a failure; what it returns is the worker's result."""
        return None


class Rate(NamedTuple):
    """How many items leave for those that enter; `None` where it depends on the items.

    ``Rate(1, 1)`` is one for one, ``Rate(32, 1)`` a batch of 32, ``Rate(1, None)`` one in and any number out.
    """

    consumes: int | None
    produces: int | None
    may_drop: bool = False

    @property
    def keeps_origin(self) -> bool:
        """One item out for each item in (or a dropped one): results can be paired by where they began."""
        return self.consumes == 1 and self.produces == 1


ONE_TO_ONE = Rate(1, 1)
UNKNOWN_RATE = Rate(None, None)


@dataclass(frozen=True)
class Options:
    """What can be said about a pipe besides its functor. None: not said, the default holds.

    Attributes:
        n_processes: how many workers share the pipe's input (default 1).
        buffer_size: items that may wait in front of the pipe (default: 3, or more while they fit in 4 MiB).
        ordered: whether results of several workers leave in the order of their inputs (default no).
        concurrency: items in flight in one worker of an ``async def`` functor (default 1).
        on_error: "raise" (default), "skip", or where failed items go is said by ``pipe.errors >> sink``.
        retries: how often a failing item is tried again (default 0), with a growing pause between.
        on_crash: "fail" (default) or "restart" the worker and re-run what it had not finished.
        idempotent: running an item twice does no harm, so a Sink may be restarted (default no).
        ignore_exceptions: exception classes that skip the item, counted in the report.
        init_kwargs: keyword arguments of ``local_init`` (or of a Regulator's coroutine function).
        timeout: seconds one item may take; longer is an error.
        readonly: with ``on_crash="restart"``, arrays arrive as read-only views instead of copies.
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


class Pipe(Flow):
    """A pipe segment: a functor, a name, options, and (in the documented classes) its streams.

    Pipes are values: `with_` and ``*`` return changed copies that are still the same node of a graph.
    They compare and hash by an identity that survives pickling.
    """

    kind: ClassVar[str] = "Pipe"
    takes: ClassVar[frozenset[str]] = frozenset()
    """Names of the options this kind has."""
    has_input: ClassVar[bool] = True
    has_output: ClassVar[bool] = True
    replicable: ClassVar[str] = ""
    """Why the kind can't have several workers; empty when it can."""
    pairs_by: ClassVar[str] = "origin"
    """How several inputs are paired: "origin", "key" or "arrival"."""
    spreads: ClassVar[bool] = False
    """The next pipe is called with the parts of each item as its arguments (Join)."""
    passes_through: ClassVar[bool] = False
    """Items leave as they came, so that their type is that of the input."""

    _op = "pipe"
    _operands = ()
    _link = None

    def __init__(
        self,
        functor: Any,
        name: str | None = None,
        upstreams: Sequence[Stream] | None = None,
        downstreams: Sequence[Stream] | None = None,
        options: Options = Options(),
    ) -> None:
        self.place: Place = caller()
        self.uid = uuid.uuid4().hex
        self.functor = functor
        self.given_name = name
        self.options = options
        self._upstreams = list(upstreams or ())
        self._downstreams = list(downstreams or ())
        if name is not None and (not isinstance(name, str) or not name):
            raise CompositionError(f"{self.label_with_place}: a name is a non-empty string, not {name!r}")
        self._open_ends()
        self._check_options(options.given())
        self.check_functor()

    def _open_ends(self) -> None:
        self._entry = ends.Lane(self) if self.has_input else None
        self._exit = ends.Lane(self) if self.has_output else None

    # ------------------------------------------------------------ what a kind says

    def check_functor(self) -> None:
        """Refuse, with `CompositionError`, a functor that can't be one at all."""
        if callable(self.functor) or hasattr(type(self.functor), "run"):
            return
        raise CompositionError(
            f"{self.label_with_place}: its functor {self.functor!r} can't be called. "
            f"Give {self.kind} a function, or an object of a class with a method  run"
        )

    @property
    def rate(self) -> Rate:
        """How many items leave for those that enter."""
        return self.options.rate or ONE_TO_ONE

    def step(self, context: StepContext) -> Step:
        """The pipe's step, made in the worker."""
        raise CompositionError(f"{self.label_with_place} is of no kind that can run")

    # ------------------------------------------------------------ names and places

    @property
    def label(self) -> str:
        """The name as it is before a graph makes it unique."""
        return self.given_name or hints.read(self.functor).name or self.kind

    @property
    def name(self) -> str:
        """The pipe's name: the given one, else its functor's, else its kind's."""
        return self.label

    @property
    def label_with_place(self) -> str:
        """The pipe as a message names it."""
        return f"{self.kind} {self.label!r} (created at {self.place})"

    @property
    def functor_place(self) -> Place:
        """Where the functor was defined; where that can't be known, where the pipe was created."""
        facts = hints.read(self.functor)
        if facts.file is None or facts.line is None:
            return self.place
        return Place(facts.file, facts.line, facts.cell or cell_number(facts.file))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.label!r} at {self.functor_place}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pipe) and other.uid == self.uid

    def __hash__(self) -> int:
        return hash(self.uid)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key not in ("_entry", "_exit")}
        return (_rebuild, (type(self), state))

    # ------------------------------------------------------------ changed copies

    def __mul__(self, n: int) -> Self:
        """``pipe * n``: the same pipe with n workers that share its input."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise CompositionError(
                f"{self.label_with_place} * {n!r}: a pipe has a whole number of workers, at least 1"
            )
        return self._changed(n_processes=n)

    __rmul__ = __mul__

    def with_(
        self,
        *,
        name: str | Unset = UNSET,
        n_processes: int | Unset = UNSET,
        buffer_size: int | None | Unset = UNSET,
        ordered: bool | Unset = UNSET,
        concurrency: int | Unset = UNSET,
        on_error: str | Unset = UNSET,
        retries: int | Unset = UNSET,
        on_crash: str | Unset = UNSET,
        idempotent: bool | Unset = UNSET,
        ignore_exceptions: Iterable[type[BaseException]] | Unset = UNSET,
        init_kwargs: Any = UNSET,
        timeout: float | None | Unset = UNSET,
        readonly: bool | Unset = UNSET,
        ignore: Iterable[str] | Unset = UNSET,
        unchecked: bool | Unset = UNSET,
        resources: Any = UNSET,
        total: int | None | Unset = UNSET,
        rate: Rate | Unset = UNSET,
    ) -> Self:
        """A changed copy of the description: the same node, with other options (see `Options`).

        Raises:
            CompositionError: for an option this kind doesn't have, or a value it can't take.
        """
        said = {
            key: value
            for key, value in locals().items()
            if key not in ("self", "__class__") and value is not UNSET
        }
        return self._changed(**said)

    def copy(self, name: str | None = None) -> Self:
        """A new pipe with the same functor and options: another node."""
        twin = copying.copy(self)
        twin.uid = uuid.uuid4().hex
        twin.place = caller()
        twin._upstreams, twin._downstreams = list(self._upstreams), list(self._downstreams)
        if name is not None:
            twin.given_name = name
        twin._open_ends()
        return twin

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._open_ends()
        return twin

    def _changed(self, **said: Any) -> Self:
        twin = copying.copy(self)
        if "name" in said:
            twin.given_name = said.pop("name")
        for key in ("ignore_exceptions", "ignore"):
            if key in said and said[key] is not None:
                said[key] = tuple(said[key])
        self._check_options({key: value for key, value in said.items() if value is not None})
        twin.options = replace(self.options, **said)
        twin._open_ends()
        return twin

    def _check_options(self, said: dict[str, Any]) -> None:
        for key, value in said.items():
            if key == "n_processes" and self.replicable and value != 1:
                raise CompositionError(f"{self.label_with_place} * {value}: {self.replicable}")
            if key != "n_processes" and key not in self.takes:
                near = ", ".join(sorted(self.takes))
                raise CompositionError(
                    f"{self.label_with_place}: a {self.kind} has no option {key!r}. It has: {near}"
                )
            problem = _PROBLEMS.get(key, _anything)(value)
            if problem:
                raise CompositionError(f"{self.label_with_place}: {key} {problem}, not {value!r}")
        if said.get("buffer_size") is not None:
            check_buffer_size(said["buffer_size"], self.label_with_place)

    # ------------------------------------------------------------ traces of the documented classes

    @property
    def upstreams(self) -> list[Stream]:
        """The streams it reads, in the order of the functor's arguments (documented classes)."""
        return self._upstreams

    @property
    def downstreams(self) -> list[Stream]:
        """The streams it writes, in the order of the value's parts (documented classes)."""
        return self._downstreams

    def set_upstreams(self, upstreams: Sequence[Stream]) -> None:
        """Say which streams it reads (documented classes)."""
        self._upstreams = list(upstreams)

    def set_downstreams(self, downstreams: Sequence[Stream]) -> None:
        """Say which streams it writes (documented classes)."""
        self._downstreams = list(downstreams)

    def get_upstreams(self) -> list[Stream]:
        """The streams it reads (documented classes)."""
        return self._upstreams

    def get_downstreams(self) -> list[Stream]:
        """The streams it writes (documented classes)."""
        return self._downstreams

    def set_term_flag(self, term_flag: Any) -> None:
        """An event that ends the pipe when it is set (documented classes).

        Args:
            term_flag: a `multiprocessing.Event` or `threading.Event`; watched by the caller's process alone.
        """
        self._term_flag = term_flag

    @property
    def term_flag(self) -> Any:
        """The event that ends the pipe when it is set; None when there is none (documented classes)."""
        return self._term_flag

    _term_flag: Any = None


@dataclass(frozen=True)
class StepContext:
    """What a step may know about where it runs.

    Attributes:
        name: the pipe's unique name.
        replica: which of its workers, from 0, `of` how many.
        arguments: how many streams it joins.
        wake: call it, from any thread, when results are ready that no input asked for.
    """

    name: str
    replica: int = 0
    of: int = 1
    arguments: int = 1
    wake: Callable[[], None] = lambda: None


def _rebuild(kind: type[Pipe], state: dict[str, Any]) -> Pipe:
    pipe = object.__new__(kind)
    pipe.__dict__.update(state)
    pipe._open_ends()
    return pipe


def _anything(value: Any) -> str:
    return ""


def _at_least(low: int) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= low
        return "" if fits else f"must be a whole number of at least {low}"

    return problem


def _one_of(*known: str) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        return "" if value in known else "must be " + " or ".join(repr(word) for word in known)

    return problem


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be True or False"


def _exceptions(value: Any) -> str:
    fits = isinstance(value, (tuple, list)) and all(
        isinstance(kind, type) and issubclass(kind, BaseException) for kind in value
    )
    return "" if fits else "must be a list of exception classes"


def _seconds(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return "" if fits else "must be a number of seconds above 0"


_PROBLEMS: dict[str, Callable[[Any], str]] = {
    "n_processes": _at_least(1),
    "concurrency": _at_least(1),
    "retries": _at_least(0),
    "total": _at_least(0),
    "on_error": _one_of("raise", "skip"),
    "on_crash": _one_of("fail", "restart"),
    "ordered": _flag,
    "idempotent": _flag,
    "readonly": _flag,
    "unchecked": _flag,
    "ignore_exceptions": _exceptions,
    "timeout": _seconds,
}
