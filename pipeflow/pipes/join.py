"""Join: says how several streams are paired, where pairing by origin is not what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.expression import is_a
from pipeflow.pipes._base import Pipe, Step, StepContext
from pipeflow.pipes.options import WITHOUT_FUNCTOR, problem_with
from pipeflow.shapes import PairingFlow

DEFAULT_WAITING = 1024


class Join(Pipe, PairingFlow):
    """Pairs the items of round brackets; the next pipe is called with the parts as its arguments.

    ``(left, right) >> Join(key=attrgetter("id")) >> merge`` pairs by key, first in, first out for each key;
    ``Join(pairing="arrival")`` as they come; ``Join()`` by origin, as a plain join does. Iterating it shows
    tuples.

    Args:
        key: a function of an item, or one for each position, whose results are equal for partners.
        pairing: "origin", "key" or "arrival"; left out, "key" when `key` is given, else "origin".
        name: shown everywhere.
        waiting: by key, how many items of one position may wait for partners before that is an error.

    Raises:
        CompositionError: for an unknown pairing, or a key without pairing by key.
    """

    kind = "Join"
    takes = WITHOUT_FUNCTOR
    default_name = "join"
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
        self.pairing: str = pairing or ("origin" if key is None else "key")
        self.waiting = waiting
        super().__init__(None, name)

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
        keys: Any = self.keys
        if keys is not None and not all(map(callable, keys if is_a(keys, tuple) else (keys,))):
            raise CompositionError(
                f"{self.label_with_place}: key must be a function, or a tuple of functions"
            )
        problem = problem_with("waiting", self.waiting)
        if problem:
            raise CompositionError(f"{self.label_with_place}: waiting {problem}, not {self.waiting!r}")

    @property
    def pairs_by(self) -> str:
        """The pairing that was asked for."""
        return self.pairing

    def step(self, context: StepContext) -> Step:
        """Pass the pair on."""
        return JoinStep()


class JoinStep(Step):
    """The run loop has paired; the pair leaves as a tuple."""

    def feed(self, *args: Any) -> Iterable[Any]:
        """The parts as one tuple."""
        return (args,)
