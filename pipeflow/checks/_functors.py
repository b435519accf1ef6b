"""A pipe's functor as the checks see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeflow import hints
from pipeflow.checks._code import class_of, function_of
from pipeflow.checks._drawing import ports_of
from pipeflow.graph import Graph, before, is_spread
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import Deferred
from pipeflow.places import Place


@dataclass(frozen=True)
class Functor:
    """What is known of a functor in its pipe.

    Attributes:
        pipe: with the options of all its uses.
        facts: what the functor is.
        function: the Python function that does the work, None where there is none. (Any: a field of the type
            FunctionType would count as a method.)
    """

    pipe: Pipe
    facts: hints.FunctorFacts
    function: Any

    @property
    def shape(self) -> str:
        """The form of the function that does the work; "" where a decorator makes that uncertain."""
        if self.facts.wrapped_form is not None:
            return ""
        if self.facts.form in ("instance", "callable"):
            return self.facts.run_form or ""
        return self.facts.form

    @property
    def spelled(self) -> str:
        """Its name in the user's code."""
        return self.facts.name or self.pipe.label

    @property
    def place(self) -> Place:
        """Where it was defined."""
        return self.pipe.functor_place

    @property
    def source_line(self) -> str:
        """Its signature as it was written, where that can be read."""
        return self.facts.source_line or ""

    @property
    def settings(self) -> frozenset[str]:
        """The parameters that ``init_kwargs`` give, unless ``local_init`` takes them."""
        return frozenset(self.given) if self.takes_settings else frozenset()

    @property
    def takes_settings(self) -> bool:
        """Whether ``init_kwargs`` are its own parameters."""
        return not hasattr(class_of(self.facts.functor), "local_init")

    @property
    def given(self) -> tuple[str, ...]:
        """The names in ``init_kwargs``."""
        try:
            return tuple(str(key) for key in dict(self.pipe.options.init_kwargs or {}))
        except (TypeError, ValueError):
            return ()

    def missing(self, arguments: int) -> list[str]:
        """The parameters left without a value when it is called with so many arguments."""
        rest = self.facts.parameters[arguments:]
        needed = [each for each in (*rest, *self.facts.keyword_only) if not each.has_default]
        return [each.name for each in needed if not (each.has_name and each.name in self.settings)]

    def surplus(self, arguments: int) -> int:
        """How many of so many arguments it can't take."""
        most = self.facts.max_args
        if most is None:
            return 0
        named = {each.name for each in self.facts.parameters if each.has_name}
        return max(0, arguments - (most - len(self.settings & named)))


def is_called(pipe: Pipe) -> bool:
    """Whether its functor is called with each item: one argument for each stream that is joined in front."""
    return pipe.functor is not None and pipe.has_input and pipe.kind not in _OTHERWISE


def arguments_of(graph: Graph, pipe: Pipe) -> int | None:
    """With how many arguments the functor is called; None when nothing reaches it, or it isn't known."""
    ports = ports_of(graph, pipe)
    if len(ports) != 1:
        return len(ports) or None
    if not is_spread(graph, ports[0]):
        return 1
    counts = {len(ports_of(graph, writer)) for writer in before(graph, ports[0])}
    return counts.pop() if len(counts) == 1 else None


SENDING = {"Source": "source", "Transform": "transform", "Regulator": "regulator"}
"""Kinds whose functor's annotations say what they send, and in which of the ways that `hints` knows."""
_OTHERWISE = ("Regulator", "Collate")
"""They take what arrives as one item, however many streams are joined."""


def functor_of(pipe: Pipe) -> Functor:
    """A pipe's functor; read once for each description of a pipe, however many rules ask."""
    known = _known.get(id(pipe))
    if known is None or known.pipe is not pipe:
        known = _known[id(pipe)] = _read(pipe)
    return known


def forget() -> None:
    """Let go of the pipes that were read: a description should not live longer for having been checked."""
    _known.clear()


def _read(pipe: Pipe) -> Functor:
    functor: Any = pipe.functor
    if issubclass(class_of(functor), Deferred):
        functor = functor.likeness
    return Functor(pipe, hints.read(functor), function_of(functor))


_known: dict[int, Functor] = {}
