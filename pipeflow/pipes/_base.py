"""Pipe: what every kind of pipe has. A kind adds which options it takes, its rate and its step."""

from __future__ import annotations

import copy as copying
import difflib
import inspect
import operator
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import Self

from pipeflow import ends, hints
from pipeflow.errors import CompositionError
from pipeflow.expression import Described, Expression
from pipeflow.flow import Flow
from pipeflow.markers import UNSET, Unset
from pipeflow.pipes.documented import Connected
from pipeflow.pipes.functors import has_method
from pipeflow.pipes.named import Named
from pipeflow.pipes.options import (
    COMMON,
    NOTHING_LEAVES,
    ONE_TO_ONE,
    UNKNOWN_RATE,
    WITH_INPUT,
    WITH_WORKERS,
    Options,
    Rate,
    as_tuple,
    problem_with,
    suggesting,
)
from pipeflow.pipes.steps import Step, StepContext
from pipeflow.places import Place, caller
from pipeflow.spelling import spell
from pipeflow.streams import Stream

__all__ = [
    "COMMON",
    "NOTHING_LEAVES",
    "ONE_TO_ONE",
    "UNKNOWN_RATE",
    "WITH_INPUT",
    "WITH_WORKERS",
    "Options",
    "Pipe",
    "Rate",
    "Step",
    "StepContext",
]

_NOT_CONTENT = ("uid", "place", "given_name", "_suffix", "expression", "_facts", "functor", "options", "rest")


class Pipe(Flow, Named, Connected):
    """A pipe segment: a functor, a name, options, and (in the documented classes) its streams.

    Pipes are values: `with_` and ``*`` return changed copies that are still the same node of a graph.
    They compare and hash by an identity that survives pickling.
    """

    takes: ClassVar[frozenset[str]] = frozenset()
    """Names of the options this kind has."""
    has_input: ClassVar[bool] = True
    has_output: ClassVar[bool] = True
    replicable: ClassVar[str] = ""
    """Why the kind can't have several workers (unless ``independent``); empty when it can."""
    spreads: ClassVar[bool] = False
    """The next pipe is called with the parts of each item as its arguments (Join)."""
    passes_through: ClassVar[bool] = False
    """Items leave as they came, so that their type is that of the input."""
    takes_apart: ClassVar[bool] = False
    """It sends what is inside of each item, so that there must be something."""

    lineage: ClassVar[str] = ""
    """How items can be followed through it, to resume a run: each result is of one input ("each"), or items
    leave as they came, alone or in lists, some time later ("kept"); empty: not at all."""

    def __init__(
        self,
        functor: Any,
        name: str | None = None,
        upstreams: Sequence[Stream] | None = None,
        downstreams: Sequence[Stream] | None = None,
        options: Options | None = None,
    ) -> None:
        self.place: Place = caller()
        self.uid: str = uuid.uuid4().hex
        self.functor = functor
        self.given_name = None
        self.options: Options = options or Options()
        self._describe()
        self._refuse_a_pipe()
        self.check_name(name)
        self.given_name = name
        self._upstreams = self._listed(upstreams or (), "upstreams")
        self._downstreams = self._listed(downstreams or (), "downstreams")
        self._check_options(self.options.given())
        self.check_functor()

    def _describe(self) -> None:
        entry = ends.Lane(self) if self.has_input else None
        exit = ends.Lane(self) if self.has_output else None
        self.expression: Expression = Expression("pipe", (), entry, exit, pipe=self)

    # ------------------------------------------------------------ what a kind says

    def check_functor(self) -> None:
        """Refuse, with `CompositionError`, a functor that can't be one at all."""
        if callable(self.functor) or has_method(self.functor, "run"):
            return
        raise CompositionError(
            f"{self.label_with_place}: its functor {self.functor!r} can't be called. "
            f"Give {self.kind} a function, or an object of a class with a method  run"
        )

    def _refuse_a_pipe(self) -> None:
        """Every flow has a method ``run``, and would be taken for a functor object."""
        inner: Any = self.functor
        if not issubclass(type(inner), Described):  # its attributes may run any code
            return
        ends = inner.expression
        spelled = f"({spell(inner)})" if ends.op == "|" else spell(inner)
        use = f"{'... >> ' if ends.entry else ''}{spelled}{' >> ...' if ends.exit else ''}"
        what, advice = f"the flow  {spelled}", ""
        if issubclass(type(inner), Pipe):
            what = f"a pipe already, {inner.label_with_place}"
            if inspect.isroutine(inner.functor):
                advice = f" , or give {self.kind} the function in it:  {inner.label}.functor"
        raise CompositionError(
            f"{self.kind} (created at {self.place}): its functor is {what}. Write  {use}{advice}"
        )

    @property
    def pairs_by(self) -> str:
        """How several inputs are paired: "origin", "key" or "arrival"."""
        return "origin"

    @property
    def rate(self) -> Rate:
        """How many items leave for those that enter."""
        return self.options.rate or ONE_TO_ONE

    def reshaped(self, received: Any) -> Any:
        """The annotation of what leaves, where it depends on that of what enters; else `hints.UNKNOWN`."""
        return received if self.passes_through else hints.UNKNOWN

    def step(self, context: StepContext) -> Step:
        """The pipe's step, made in the worker."""
        raise CompositionError(f"{self.label_with_place} is of no kind that can run")

    # ------------------------------------------------------------ a value

    def __repr__(self) -> str:
        return f"<{self.kind} {self.label!r} at {self.functor_place}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pipe) and other.uid == self.uid

    def __hash__(self) -> int:
        return hash(self.uid)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key not in ("expression", "_facts")}
        return (type(self).restored, (state,))

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Self:
        """A pipe of a pickled state."""
        pipe = object.__new__(cls)
        pipe.__dict__.update(state)
        pipe._describe()
        return pipe

    def content(self) -> tuple[Any, ...]:
        """What two pipes of the same structure have in common: everything but identity, name and place."""
        rest = {key: value for key, value in self.__dict__.items() if key not in _NOT_CONTENT}
        return (type(self), self.functor, self.options, rest)

    # ------------------------------------------------------------ changed copies

    if not TYPE_CHECKING:  # `Replicable` says it for the kinds that can

        def __mul__(self, n: int) -> Self:
            number = n if isinstance(n, bool) or not has_method(n, "__index__") else operator.index(n)
            if problem_with("n_processes", number):
                raise CompositionError(
                    f"{self.label_with_place} * {n!r}: a pipe has a whole number of workers, at least 1"
                )
            return self._changed(n_processes=number)

        __rmul__ = __mul__

    @suggesting
    def with_(
        self,
        *,
        name: str | Unset = UNSET,
        n_processes: int | Unset = UNSET,
        buffer_size: int | Unset | None = UNSET,
        ordered: bool | Unset = UNSET,
        concurrency: int | Unset = UNSET,
        on_error: str | Unset = UNSET,
        retries: int | Unset = UNSET,
        on_crash: str | Unset = UNSET,
        independent: bool | Unset = UNSET,
        idempotent: bool | Unset = UNSET,
        ignore_exceptions: Iterable[type[BaseException]] | Unset = UNSET,
        init_kwargs: Any = UNSET,
        timeout: float | Unset | None = UNSET,
        readonly: bool | Unset = UNSET,
        ignore: Iterable[str] | Unset = UNSET,
        unchecked: bool | Unset = UNSET,
        resources: Any = UNSET,
        total: int | Unset | None = UNSET,
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

    def copy(self, name: str | None = None, *, suffix: str = "") -> Self:
        """A new pipe with the same functor and options: another node of a graph.

        Args:
            name: its name; two pipes that were *given* the same one can't stand in one graph.
            suffix: without a name: what is added to this one's.
        """
        if name is None and suffix:
            return self.copy_named(suffix)
        self.check_name(name)
        twin = self._twin()
        if name is not None:
            twin.given_name = name
        return twin

    def copy_named(self, suffix: str) -> Self:
        """A new pipe whose name ends in `suffix`."""
        twin = self._twin()
        if twin.given_name is not None:
            twin.given_name += f"_{suffix}"
        else:
            twin._suffix += f"_{suffix}"
        return twin

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._describe()
        return twin

    def _twin(self) -> Self:
        twin = copying.copy(self)
        twin.uid = uuid.uuid4().hex
        twin.place = caller()
        twin._upstreams, twin._downstreams = list(self._upstreams), list(self._downstreams)
        return twin

    def _changed(self, **said: Any) -> Self:
        twin = copying.copy(self)
        if "name" in said:
            name = said.pop("name")
            self.check_name(name)
            twin.given_name = name
        for key in ("ignore_exceptions", "ignore"):
            if key in said:
                said[key] = as_tuple(said[key])
        self._check_options({key: value for key, value in said.items() if value is not None})
        twin.options = replace(self.options, **said)
        return twin

    def _check_options(self, said: dict[str, Any]) -> None:
        for key, value in said.items():
            if key == "n_processes" and self.replicable and value != 1:
                if not said.get("independent", self.options.independent):
                    raise CompositionError(f"{self.label_with_place} * {value}: {self.replicable}")
            if key != "n_processes" and key not in self.takes:
                raise CompositionError(f"{self.label_with_place}: {self.no_such_option(key)}")
            problem = problem_with(key, value)
            if problem:
                raise CompositionError(f"{self.label_with_place}: {key} {problem}, not {value!r}")

    @classmethod
    def no_such_option(cls, key: str) -> str:
        """What to say of an option that the kind doesn't have."""
        named = cls.takes | {"name"} if cls.replicable else cls.takes | {"name", "n_processes"}
        near = difflib.get_close_matches(key, named, 1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        return f"a {cls.kind} has no option {key!r}.{meant} It has: {', '.join(sorted(named))}"
