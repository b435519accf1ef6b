"""What a pipe is called, and where it was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from pipeflow import hints
from pipeflow.errors import CompositionError
from pipeflow.pipes.functors import Deferred
from pipeflow.places import Place, cell_number


class Named:
    """Names and places of a pipe.

    Attributes:
        kind: what kind of pipe it is.
        default_name: its name when neither the user nor the functor gives one; empty: the kind.
        functor: what it runs.
        given_name: the name the user gave.
        place: where the user made it.
    """

    kind: ClassVar[str] = "Pipe"
    default_name: ClassVar[str] = ""

    functor: Any
    given_name: str | None
    place: Place
    _suffix = ""
    _facts: hints.FunctorFacts | None = None

    @property
    def facts(self) -> hints.FunctorFacts:
        """What is known about the functor from looking at it."""
        if self._facts is None:
            self._facts = _facts_of(self.functor)
        return self._facts

    @property
    def label(self) -> str:
        """The name as it is before a graph makes it unique."""
        return self.given_name or (self.facts.name or self.default_name or self.kind) + self._suffix

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
        facts = self.facts
        if facts.file is None or facts.line is None:
            return self.place
        return Place(facts.file, facts.line, facts.cell or cell_number(facts.file))

    def check_name(self, name: Any) -> None:
        """Refuse what is no name."""
        if name is not None and (not isinstance(name, str) or not name):
            raise CompositionError(f"{self.label_with_place}: a name is a non-empty string, not {name!r}")


def _facts_of(functor: Any) -> hints.FunctorFacts:
    """What is known about it; of one that the worker will build, about what it will be."""
    if type(functor) is not Deferred:
        return hints.read(functor)
    build, made = hints.read(functor.build), functor.likeness
    facts = build if made is None else hints.read(made)
    return replace(facts, name=functor.__name__, place=build.place if facts.file is None else facts.place)
