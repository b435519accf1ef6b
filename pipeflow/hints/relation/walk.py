"""One comparison under way: its memo, its assumptions, its budget and the type variables it has bound."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pipeflow.hints.relation.keys import key_of
from pipeflow.hints.relation.normal import shape_of
from pipeflow.hints.relation.outcome import OK, Outcome, Rank, unknown
from pipeflow.hints.relation.shapes import Shape

DEPTH = 80  # nested levels, well below Python's own limit of 1,000 frames


class TooLarge(Exception):
    """The budget is used up."""


@dataclass
class Bounds:
    """What a type variable must lie between."""

    lower: list[object] = field(default_factory=list[object])
    upper: list[object] = field(default_factory=list[object])


_R = TypeVar("_R")
Rule = Callable[["Walk", Shape, Shape], Outcome]


class Walk:
    """Compares pairs with ``rule``, each pair once.

    A pair that is met again while it is being compared counts as assignable: that is what it means for two
    recursive types to agree. Such an assumption is kept when the pair turns out well, and when it does
    not, everything assumed since is forgotten.
    """

    def __init__(self, rule: Rule, steps: int) -> None:
        self._rule = rule
        self._left = steps
        self._depth = 0
        self._assumed: dict[Hashable, None] = {}
        self._failed: dict[Hashable, Outcome] = {}
        self._shapes: dict[int, tuple[object, Shape]] = {}
        self._by_key: dict[Hashable, Shape] = {}
        self._made: dict[Hashable, tuple[object, ...]] = {}
        self._views: dict[Hashable, tuple[Shape, Shape]] = {}
        self.bounds: dict[TypeVar, Bounds] = {}
        self.bindings = 0
        self.is_flipped = False  # whether the roles are exchanged at the moment, see relate_back

    @property
    def steps_left(self) -> int:
        """How much of the budget is left."""
        return self._left

    @property
    def is_inside(self) -> bool:
        """Whether a part is being compared, not the two types that were asked about."""
        return self._depth > 1

    def shape(self, annotation: object) -> Shape:
        """The shape of an annotation, made once (the annotation is kept, so that its id stays its own)."""
        known = self._shapes.get(id(annotation))
        if known is None:
            key = key_of(annotation)
            shape = self._by_key.get(key)
            if shape is None:
                shape = self._by_key[key] = shape_of(annotation)
            known = self._shapes[id(annotation)] = (annotation, shape)
        return known[1]

    def seen_as(self, shape: Shape, view: Shape) -> Shape:
        """``view`` of a shape, one object however often it is made: pairs are remembered by identity."""
        return self._views.setdefault((id(shape), type(view)), (shape, view))[1]

    def remembered(self, key: Hashable, make: Callable[[], _R], *kept: object) -> _R:
        """What ``make`` gives, made once for each key. ``kept`` are the objects whose ids are in the key."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = (make(), *kept)
        return cast(_R, found[0])

    def spend(self, steps: int = 1) -> None:
        """Use up a step (or several, for what takes as long)."""
        self._left -= steps
        if self._left < 0:
            raise TooLarge

    def relate(self, producer: object, consumer: object) -> Outcome:
        """Whether a ``producer`` may go where a ``consumer`` is taken."""
        return self.relate_shapes(self.shape(producer), self.shape(consumer))

    def relate_back(self, consumer: object, producer: object) -> Outcome:
        """Whether what belongs to the consumer may go where what belongs to the producer is taken.

        That is asked of the parameters of callables, and of whatever may be written as well as read.
        """
        self.is_flipped = not self.is_flipped
        try:
            return self.relate(consumer, producer)
        finally:
            self.is_flipped = not self.is_flipped

    def relate_shapes(self, producer: Shape, consumer: Shape) -> Outcome:
        """The same, of shapes."""
        self.spend()
        key = (id(producer), id(consumer), self.is_flipped)
        if key in self._assumed:
            return OK
        if key in self._failed:
            return self._failed[key]
        if self._depth >= DEPTH:
            return unknown("the types are nested too deeply")
        before, bindings = len(self._assumed), self.bindings
        self._assumed[key] = None
        self._depth += 1
        try:
            outcome = self._rule(self, producer, consumer)
        finally:
            self._depth -= 1
        if outcome.ok and bindings == self.bindings:
            return outcome
        while len(self._assumed) > before:
            self._assumed.popitem()
        if outcome.rank is Rank.MISMATCH and bindings == self.bindings:
            self._failed[key] = outcome
        return outcome

    def snapshot(self) -> dict[TypeVar, tuple[int, int]]:
        """How many bounds each variable has, to go back to when an arm of a union doesn't fit."""
        return {variable: (len(b.lower), len(b.upper)) for variable, b in self.bounds.items()}

    def restore(self, snapshot: dict[TypeVar, tuple[int, int]]) -> None:
        """Forget the bounds that were found since."""
        for variable, bounds in self.bounds.items():
            lower, upper = snapshot.get(variable, (0, 0))
            del bounds.lower[lower:]
            del bounds.upper[upper:]

    def bind_lower(self, variable: TypeVar, annotation: object) -> None:
        """The variable must take this."""
        self.bindings += 1
        self.bounds.setdefault(variable, Bounds()).lower.append(annotation)

    def bind_upper(self, variable: TypeVar, annotation: object) -> None:
        """The variable must be taken by this."""
        self.bindings += 1
        self.bounds.setdefault(variable, Bounds()).upper.append(annotation)
