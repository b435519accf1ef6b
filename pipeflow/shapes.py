"""The four shapes of a Flow, by which ends are open.

Four classes instead of one ``Flow[In, Out]``: with Never for a missing end, ``sink >> pipe`` would pass a
type checker, because Never is assignable to every input. What the operators mean for the item types is in
``shapes.pyi``; what they do is in `pipeflow.flow`.
"""

from __future__ import annotations

from typing import Any, Generic

from typing_extensions import TypeVar

from pipeflow.flow import Flow

In_contra = TypeVar("In_contra", contravariant=True, default=Any)
Out_co = TypeVar("Out_co", covariant=True, default=Any)
T = TypeVar("T", default=Any)


class OutFlow(Flow, Generic[Out_co], open_ends=(False, True)):
    """Only outputs are open: it can be iterated, or composed further."""


class ThroughFlow(Flow, Generic[In_contra, Out_co], open_ends=(True, True)):
    """Inputs and outputs are open: a fragment."""


class PassingFlow(ThroughFlow[In_contra, Any], Generic[In_contra]):
    """A fragment whose items leave as they came (`Switch`, ``filter``, ``take``)."""


class PairingFlow(ThroughFlow[Any, Any]):
    """A fragment that leaves joined items joined (`Join`)."""


class InFlow(Flow, Generic[In_contra], open_ends=(True, False)):
    """Only inputs are open: a fragment that ends in sinks."""


class LoopFlow(OutFlow[T], InFlow[T], Generic[T]):
    """It gives items on the left of ``>>`` and takes them back on the right (`Feedback`)."""


class ClosedFlow(Flow, open_ends=(False, False)):
    """Nothing is open: it can run."""
