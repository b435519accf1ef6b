"""Join: says how several streams are paired, where pairing by origin is not what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.pipes._base import COMMON, ONE_TO_ONE, Options, Pipe, Rate, Step, StepContext
from pipeflow.shapes import In_contra, Out_co, ThroughFlow

DEFAULT_WAITING = 1024


class Join(Pipe, ThroughFlow[In_contra, Out_co]):
    """Pairs the items of round brackets; the next pipe is called with the parts as its arguments.

    ``(left, right) >> Join(key=attrgetter("id")) >> merge`` pairs by key, first in, first out for each key;
    ``Join(pairing="arrival")`` as they come; ``Join()`` by origin, as a plain join does. Iterating shows tuples.

    Args:
        key: a function of an item, or one for each position, whose results are equal for partners.
        pairing: "origin", "key" or "arrival"; left out, "key" when `key` is given, else "origin".
        name: shown everywhere.
        waiting: by key, how many items of one position may wait for partners before that is an error.

    Raises:
        CompositionError: for an unknown pairing, or a key without pairing by key.
    """

    kind = "Join"
    takes = (COMMON - {"on_error"}) | {"buffer_size"}
    spreads = True
    replicable = "a Join pairs all items in one place. Replicate the pipe behind it"

    def __init__(
        self,
        key: Callable[[Any], Any] | tuple[Callable[[Any], Any], ...] | None = None,
        pairing: str | None = None,
        name: str | None = None,
        *,
        waiting: int = DEFAULT_WAITING,
    ) -> None:
        self.keys = key
        self.pairing = pairing or ("origin" if key is None else "key")
        self.waiting = waiting
        super().__init__(None, name, None, None, Options())

    def check_functor(self) -> None:
        """A Join has no functor; its key and pairing are checked instead."""
        if self.pairing not in ("origin", "key", "arrival"):
            raise CompositionError(
                f"{self.label_with_place}: pairing must be 'origin', 'key' or 'arrival', not {self.pairing!r}"
            )
        if (self.pairing == "key") != (self.keys is not None):
            raise CompositionError(
                f"{self.label_with_place}: pairing by key needs key=...,  Join(key=attrgetter('id')) ; "
                "the other pairings take none"
            )
        keys = self.keys if isinstance(self.keys, tuple) else (self.keys,)
        if self.keys is not None and not all(callable(key) for key in keys):
            raise CompositionError(
                f"{self.label_with_place}: key must be a function, or a tuple of functions"
            )
        if isinstance(self.waiting, bool) or not isinstance(self.waiting, int) or self.waiting < 1:
            raise CompositionError(
                f"{self.label_with_place}: waiting must be a whole number of at least 1, not {self.waiting!r}"
            )

    @property
    def label(self) -> str:
        """The given name, else "join"."""
        return self.given_name or "join"

    @property
    def pairs_by(self) -> str:  # type: ignore[override]
        """The pairing that was asked for."""
        return self.pairing

    @property
    def rate(self) -> Rate:
        """One pair for one item of each."""
        return ONE_TO_ONE

    def step(self, context: StepContext) -> Step:
        """Pass the pair on."""
        return JoinStep()


class JoinStep(Step):
    """The run loop has paired; the pair leaves as a tuple."""

    def feed(self, *args: Any) -> Iterable[Any]:
        """The parts as one tuple."""
        return (args,)
