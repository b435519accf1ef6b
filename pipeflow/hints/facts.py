"""What is known about a functor from looking at it, without calling it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeflow.hints.places import Place
from pipeflow.hints.unknown import UNKNOWN

Form = Literal[
    "function",
    "generator",
    "coroutine",
    "async_generator",
    "class",
    "instance",
    "callable",
    "started_generator",
    "iterable",
    "other",
]
RunForm = Literal["function", "generator", "coroutine", "async_generator"]
Kind = Literal["source", "transform", "regulator", "sink"]


@dataclass(frozen=True)
class Parameter:
    """One parameter that an item (or an option) can be passed to; ``self`` is never among them."""

    name: str
    annotation: object = UNKNOWN
    has_default: bool = False
    has_name: bool = True  # False where it is given by position alone


@dataclass(frozen=True)
class FunctorFacts:
    """Everything the checks ask about a functor. ``read`` makes it and never raises.

    ``form`` is what the object is; ``run_form`` what the method is that does the work (``run`` of an
    instance or class, ``__call__`` of a callable object). ``wrapped_form`` is the form of the innermost
    function when decorators (``functools.wraps``) hide one of another form: then neither is certain.
    ``believed`` is False when one of them may return something else than that function does.
    ``parameters`` are those that an item can be passed to by position, after what ``functools.partial``
    has already given. Without a signature nothing is claimed: no parameters, and ``max_args`` is None.
    """

    name: str | None
    form: Form
    run_form: RunForm | None = None
    wrapped_form: RunForm | None = None
    believed: bool = True
    has_run: bool = False
    is_iterable: bool = False
    has_signature: bool = False
    parameters: tuple[Parameter, ...] = ()
    var_positional: Parameter | None = None
    keyword_only: tuple[Parameter, ...] = ()
    returns: object = UNKNOWN
    place: Place = field(default_factory=Place)
    functor: object = field(default=None, repr=False, compare=False)

    @property
    def min_args(self) -> int:
        """How many items must be passed by position."""
        return sum(1 for parameter in self.parameters if not parameter.has_default)

    @property
    def max_args(self) -> int | None:
        """How many items may be passed by position; None when there is no limit or no signature."""
        if self.var_positional is not None or not self.has_signature:
            return None
        return len(self.parameters)

    @property
    def file(self) -> str | None:
        """The file the functor is defined in."""
        return self.place.file

    @property
    def line(self) -> int | None:
        """The line of its ``def``."""
        return self.place.line

    @property
    def cell(self) -> int | None:
        """The number of the notebook cell it is defined in."""
        return self.place.cell

    @property
    def source_line(self) -> str | None:
        """Its signature as its author wrote it, ``def parse(line: str) -> str``."""
        return self.place.source_line
