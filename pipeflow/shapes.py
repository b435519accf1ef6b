"""The four shapes of a Flow, by which ends are open, for the type checkers and for the verbs each one has."""

from __future__ import annotations

from typing import Any, Generic

from typing_extensions import TypeVar

from pipeflow.flow import Flow

In_contra = TypeVar("In_contra", contravariant=True, default=Any)
Out_co = TypeVar("Out_co", covariant=True, default=Any)


class OutFlow(Flow, Generic[Out_co]):
    """Only outputs are open: it can be iterated, or composed further."""


class ThroughFlow(Flow, Generic[In_contra, Out_co]):
    """Inputs and outputs are open: a fragment."""


class InFlow(Flow, Generic[In_contra]):
    """Only inputs are open: a fragment that ends in sinks."""


class ClosedFlow(Flow):
    """Nothing is open: it can run."""


def of(has_input: bool, has_output: bool) -> type[Flow]:
    """The class of a flow whose ends are open as said."""
    if has_input:
        return ThroughFlow if has_output else InFlow
    return OutFlow if has_output else ClosedFlow
