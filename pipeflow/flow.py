"""Flow: an expression, and what can be done with it.

The operators make new flows (`pipeflow.compose`); the verbs only delegate, each to a function of the graph.
They are long because every option of a run is named, so that a misspelt one is an error.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Collection, Iterator, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, cast

from typing_extensions import Self

from pipeflow import compose
from pipeflow.choices import unknown
from pipeflow.errors import CompositionError
from pipeflow.expression import (
    Expression,
    Link,
    alike,
    copied,
    equal,
    flatten,
    links_in,
    pipes_in,
    structure,
    unflatten,
)
from pipeflow.refusals import Refusals
from pipeflow.spelling import spell, spell_pipe
from pipeflow.streams import Stream

if TYPE_CHECKING:
    from pipeflow.verbs import PipeSystem, Preview, Report, RunReport


class NothingOpen(Protocol):
    """A flow without open ends: the one shape that can run by itself."""

    def nothing_is_open(self) -> None:
        """Only for type checkers: `ClosedFlow` has it."""


class Flow(Refusals):
    """A description of pipes and how they are joined; made by operators, never by hand.

    Its open ends are its shape: with none open it can run, with one open output it can be iterated,
    with an open input it is a fragment to be composed further.
    """

    shape_of: ClassVar[dict[tuple[bool, bool], type[Flow]]] = {}
    """The class of a composed flow, by whether its input and its output are open."""

    __array_ufunc__ = None  # numpy on the left of an operator must not broadcast into us

    def __init_subclass__(cls, open_ends: tuple[bool, bool] | None = None, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if open_ends is not None:
            Flow.shape_of[open_ends] = cls

    if not TYPE_CHECKING:  # the shapes say these with their item types

        def __rshift__(self, other: Any) -> Any:
            return _shaped_or_not(compose.then(self, other))

        def __rrshift__(self, other: Any) -> Any:
            return _shaped_or_not(compose.then(other, self))

        def __or__(self, other: Any) -> Any:
            return _shaped_or_not(compose.beside(self, other))

        def __ror__(self, other: Any) -> Any:
            return _shaped_or_not(compose.beside(other, self))

        def __mul__(self, other: Any) -> Any:
            raise CompositionError(
                f"{spell(self.expression)} * {other!r}: only a single pipe can have replicas. "
                "Put the star on the pipes inside:  a * 3 >> b * 3"
            )

        __rmul__ = __mul__

        def __iter__(self) -> Iterator[Any]:
            if _is_unpacked(sys._getframe(1)):
                raise CompositionError(
                    "a Flow can't be unpacked into names: that would run it. "
                    "Use  list(flow)  or  for item in flow"
                )
            return iter(self.stream())

        def stream(self, *args: Any, **options: Any) -> Any:
            """An iterator, and context manager, of the items of the one open output; options as `run`."""
            from pipeflow import verbs

            if self.lacks:
                raise CompositionError(self.lacks)
            _must_be_options("stream", options)
            return verbs.stream(self, *args, **options)

    # ------------------------------------------------------------ a value

    def __repr__(self) -> str:
        pipes = dict.fromkeys(pipes_of(self))
        places = [f"    {spell_pipe(pipe)}: {pipe.kind} at {pipe.functor_place}" for pipe in pipes]
        return "\n".join([f"{type(self).__name__} {spell(self)}", *places])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Flow) or other.expression.op == "pipe":
            return NotImplemented
        return equal(self.expression, other.expression)

    def __hash__(self) -> int:
        return hash(structure(self.expression))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickled, (flatten(self.expression),))

    # ------------------------------------------------------------ verbs

    @property
    def graph(self) -> Any:
        """The networkx DiGraph of its pipes and streams; the edges carry port positions."""
        from pipeflow import verbs

        return verbs.graph(self)

    def check(
        self,
        *,
        engine: str = "process",
        start_method: str | None = None,
        strict: bool = False,
        ignore: Collection[str] = (),
        intent: Literal["check", "run", "stream"] = "check",
    ) -> Report:
        """Everything that can be said about the graph without running it, as a `Report`.

        Args:
            engine: where it would run.
            start_method: how its processes would start.
            strict: warnings are errors.
            ignore: codes that are not looked for.
            intent: what for: "check", "run" (nothing may be open) or "stream" (one open output).
        """
        from pipeflow import verbs

        return verbs.check(
            self, engine=engine, start_method=start_method, strict=strict, ignore=ignore, intent=intent
        )

    def compile(
        self: NothingOpen,
        engine: str = "process",
        *,
        progress: bool | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        fuse: bool = False,
        tune: bool = False,
        seed: int | None = None,
        check: bool = True,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
    ) -> PipeSystem:
        """A built `PipeSystem`, ready to run; the options are those of `run`.

        Raises:
            GraphError: when the graph has errors.
        """
        from pipeflow import verbs

        return verbs.compile(
            cast("Flow", self), engine, progress=progress, ignore=ignore, strict=strict,
            start_method=start_method, stop_timeout=stop_timeout, grow=grow, seed=seed, check=check,
            address=address, **_wanted(fuse=fuse, tune=tune, engine_options=engine_options),
        )  # fmt: skip

    def run(
        self: NothingOpen,
        engine: str = "process",
        *,
        progress: bool | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        fuse: bool = False,
        tune: bool = False,
        seed: int | None = None,
        check: bool = True,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
    ) -> RunReport:
        """Run it to its end and return a `RunReport`.

        Args:
            engine: "inline", "thread", "process" or "ray".
            progress: show it live; left out, when a run in a terminal or notebook lasts over a second.
            ignore: codes of checks that are not looked for.
            strict: warnings of the checks are errors.
            start_method: "fork", "forkserver" or "spawn"; left out, the platform's.
            stop_timeout: seconds that a stopping worker has for its ``local_term``.
            grow: let a full stream grow when otherwise everybody would wait for ever.
            fuse: run neighbouring cheap pipes in one process.
            tune: measure a sample first and choose replicas and buffers.
            seed: of every worker's random numbers.
            check: look at the graph first.
            address: of the cluster, for engines that have one.
            engine_options: what is the engine's own business: for "ray", the arguments of ``ray.init``.

        Raises:
            GraphError: when the graph has errors; nothing was started.
            PipeError: when a pipe failed.
        """
        from pipeflow import verbs

        return verbs.run(
            cast("Flow", self), engine, progress=progress, ignore=ignore, strict=strict,
            start_method=start_method, stop_timeout=stop_timeout, grow=grow, seed=seed, check=check,
            address=address, **_wanted(fuse=fuse, tune=tune, engine_options=engine_options),
        )  # fmt: skip

    def to_torch(self, engine: str = "process", *, resumable: bool = False, **options: Any) -> Any:
        """The items of the one open output as a torch ``IterableDataset``: each iteration is a run.

        For ``DataLoader(flow.to_torch(), batch_size=None)``; the workers are the flow's own.

        Args:
            engine: where it runs.
            resumable: its ``state_dict()`` says where it is, ``load_state_dict(state)`` goes on from there.
            options: as `run`.

        Raises:
            GraphError: when the graph has errors; nothing was started.
            PipelineStateError: when it can't be resumed.
            ImportError: when there is no torch.
        """
        from pipeflow import verbs

        _must_be_options("to_torch", options)
        return verbs.to_torch(self, engine, resumable=resumable, **options)

    def preview(self, n: int = 3, *, sinks: bool = False) -> Preview:
        """Run the first `n` items through in this process and show what each pipe emitted.

        Args:
            n: how many items of each source.
            sinks: call the sinks too.
        """
        from pipeflow import verbs

        return verbs.preview(self, n, sinks=sinks)

    def diagram(
        self, draw_streams: bool = False, *, load: RunReport | None = None, findings: bool = True
    ) -> Any:
        """A drawing of the graph, a `graphviz.Digraph`.

        Args:
            draw_streams: show the streams between the pipes.
            load: the report of a run: pipes are coloured by how busy they were.
            findings: colour the pipes and streams that the checks find something about.
        """
        from pipeflow import verbs

        return verbs.diagram(self, draw_streams=draw_streams, load=load, findings=findings)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows when the flow ends a cell: its diagram and what the checks find."""
        from pipeflow import verbs

        return verbs.mimebundle(self, include, exclude)

    def tune(self, n: int = 200) -> Self:
        """A new Flow with the replicas, buffers and fusion that a measured sample of `n` items suggests."""
        from pipeflow import verbs

        tuned: Self = verbs.tune(self, n)
        return tuned

    def copy(self, name: str | None = None, *, suffix: str = "2") -> Self:
        """The same flow made of new pipes, so that both can stand in one graph.

        Args:
            name: the suffix, by position:  ``prep.copy("p2")``.
            suffix: added to the names of the pipes: ``parse`` becomes ``parse_2``.
        """
        twin: Self = shaped(copied(self.expression, name or suffix))
        return twin


def shaped(expression: Expression) -> Any:
    """The flow of an expression, of the class that its open ends ask for."""
    flow = object.__new__(Flow.shape_of[expression.entry is not None, expression.exit is not None])
    flow.expression = expression
    return flow


def pipes_of(flow: Flow) -> list[Any]:
    """The pipes of a flow in the order they were written, one entry for each use."""
    return pipes_in(flow.expression)


def links_of(flow: Flow) -> list[Link]:
    """Every use of ``>>`` in a flow, in the order they were written; repeated ones once."""
    return links_in(flow.expression)


def same_structure(first: Flow, second: Flow) -> bool:
    """Whether two flows describe the same graph, each with pipes of its own.

    Compared are the kinds of the pipes, their functors and options, and how they are joined. ``==`` asks for
    the same pipes; a flow and its ``copy()`` are only of the same structure.
    """
    return alike(first.expression, second.expression)


_LEFT_OUT: Mapping[str, Any] = {"fuse": False, "tune": False, "engine_options": None}


def _wanted(**asked: Any) -> dict[str, Any]:
    """What is asked for: it is only loaded then."""
    return {name: value for name, value in asked.items() if value is not _LEFT_OUT[name]}


def _must_be_options(verb: str, options: Mapping[str, Any]) -> None:
    """For the verbs that take the options of `Flow.run`: a misspelt one is the error that it is there."""
    known = [*inspect.signature(Flow.__dict__["run"]).parameters, "resumable"][1:]
    for option in options:
        if wrong := unknown(f"option of {verb}()", option, known):
            raise TypeError(wrong)


def _shaped_or_not(expression: Expression | None) -> Any:
    return NotImplemented if expression is None else shaped(expression)


def _composed(left: Any, right: Any) -> Any:
    """``left >> right`` where one is a Stream and the other may be brackets."""
    return _shaped_or_not(compose.then(left, right))


Stream.composed = staticmethod(_composed)


def _unpickled(records: list[tuple[Any, ...]]) -> Any:
    return shaped(unflatten(records))


def _is_unpacked(frame: FrameType) -> bool:
    """Whether `frame` is in the middle of ``a, b = flow``."""
    code = frame.f_code.co_code
    opcode = code[frame.f_lasti] if 0 <= frame.f_lasti < len(code) else 0
    return dis.opname[opcode].startswith("UNPACK_")
