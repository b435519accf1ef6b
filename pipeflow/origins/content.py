"""What a stream carries, as far as pairing is concerned: whose items, which of them, in what order.

    View      "one item for each output of that pipe (or for those that certain Switch arms chose)"
    Content   every view that holds of one stream, and the sequence that its items are, item for item

A pipe that sends one item for each item keeps the views of its input; any other starts a numbering of its
own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple

Guard = frozenset[tuple[Hashable, Hashable]]
"""The choices that brought an item here: (switch, key) and (stream, competing reader)."""

ALL: frozenset[Guard] = frozenset({frozenset()})
"""No choice was made: every item."""

_MOST_GUARDS = 256
_MOST_VIEWS = 8


class Sequence(NamedTuple):
    """``ratio`` items for each output of ``base``, in that order, none missing.

    ``steps`` are the pipes between that have no fixed ratio, but say that they count alike.
    """

    base: Hashable
    ratio: Fraction
    steps: tuple[Hashable, ...] = ()


Mixture = Literal["", "copies", "sources"]


@dataclass(frozen=True, eq=False)
class Number:
    """A numbering of items. Two streams that carry the same one can be paired by it.

    Attributes:
        pipes: whose outputs are numbered; several where streams merge that have no number in common.
        sequence: what the numbers count, when they count one known sequence.
        mixture: why there are several pipes: "copies" of the same items, or different "sources".
        unique: whether a number, with its pipe, names one item.
    """

    pipes: frozenset[Any]
    sequence: Sequence | None
    mixture: Mixture = ""
    unique: bool = True


class View(NamedTuple):
    """One item for each that `number` numbers and one of `guards` lets through."""

    number: Number
    guards: frozenset[Guard] = ALL


@dataclass(frozen=True, eq=False)
class Content:
    """What is known of a stream's items. Without views nothing is known, and nothing is claimed.

    Attributes:
        views: the numberings that identify them.
        roots: the sources they come from, one bit each.
        sequence: the sequence that they are; None when some may be missing or out of order.
    """

    views: tuple[View, ...] = ()
    roots: int = 0
    sequence: Sequence | None = None

    def guards(self, number: Number) -> frozenset[Guard] | None:
        """Which items of `number` are here; None when they aren't numbered so."""
        return next((view.guards for view in self.views if view.number is number), None)

    def guarded(self, switch: Hashable, key: Hashable) -> Content:
        """Those that took one branch."""
        choice = (switch, key)
        views = tuple(
            View(view.number, frozenset(guard | {choice} for guard in view.guards)) for view in self.views
        )
        return Content(views, self.roots, None)

    def with_sequence(self, sequence: Sequence | None) -> Content:
        """The same items, in another order or some of them missing."""
        return self if sequence == self.sequence else Content(self.views, self.roots, sequence)


UNKNOWN = Content()


def compatible(one: Guard, other: Guard) -> bool:
    """Whether an item may have made both lists of choices."""
    chosen = dict(one)
    return all(chosen.get(switch, key) == key for switch, key in other)


def together(all_guards: Iterable[frozenset[Guard]]) -> frozenset[Guard]:
    """The choices of the items that are in all of these streams; empty when there are none."""
    found = ALL
    for guards in all_guards:
        if guards == found:
            continue
        if guards == ALL or len(guards) * len(found) > _MOST_GUARDS:
            continue
        found = frozenset(one | other for one in found for other in guards if compatible(one, other))
    return found


@dataclass
class Merger:
    """Merges streams; the same mixture of the same outputs is the same numbering wherever it occurs.

    Attributes:
        keys: for each Switch the keys it has branches for, for each contended stream its readers: once all
            of them are merged again no choice is left.
    """

    keys: dict[Any, frozenset[Any]] = field(default_factory=dict[Any, frozenset[Any]])
    _mixed: dict[frozenset[Any], Number] = field(default_factory=dict[frozenset[Any], Number])

    def merge(self, taps: list[tuple[Any, Content]]) -> Content:
        """The content of a stream that these outputs are written to: (what identifies one, its content)."""
        if len(taps) == 1:
            return taps[0][1]
        contents = [content for _, content in taps]
        if any(not content.views for content in contents):
            return UNKNOWN
        roots = 0
        for content in contents:
            roots |= content.roots
        views: list[View] = []
        for view in contents[0].views:
            guards = self._merged_guards(view.number, contents)
            if guards is not None:
                views.append(View(view.number, guards))
        if views:
            return Content(tuple(views), roots, None)
        return Content((View(self._mixture(taps)),), roots, None)

    def _merged_guards(self, number: Number, contents: list[Content]) -> frozenset[Guard] | None:
        """None when an item could arrive twice, or some content has another numbering."""
        merged: list[Guard] = []
        for content in contents:
            guards = content.guards(number)
            if guards is None:
                return None
            merged.extend(guards)
        if len(merged) > _MOST_GUARDS or not _disjoint(merged):
            return None
        return self._folded(frozenset(merged))

    def _folded(self, guards: frozenset[Guard]) -> frozenset[Guard]:
        """Without the choices whose every branch is here."""
        for switch in {switch for guard in guards for switch, _ in guard}:
            rests: dict[Guard, set[Hashable]] = {}
            for guard in guards:
                for chooser, key in guard:
                    if chooser == switch:
                        rests.setdefault(guard - {(switch, key)}, set()).add(key)
            for rest, keys in rests.items():
                if keys >= self.keys.get(switch, frozenset({object()})):
                    without = frozenset(guard for guard in guards if guard - _choices(guard, switch) != rest)
                    return self._folded(without | {rest})
        return guards

    def _mixture(self, taps: list[tuple[Any, Content]]) -> Number:
        outputs = frozenset(output for output, _ in taps)
        known = self._mixed.get(outputs)
        if known is None:
            pipes = frozenset(pipe for pipe, _ in outputs)
            shared, seen = False, 0
            for _, content in taps:
                shared = shared or bool(seen & content.roots)
                seen |= content.roots
            mixture: Mixture = "copies" if shared else "sources"
            known = Number(pipes, None, mixture, unique=len(pipes) == len(outputs))
            self._mixed[outputs] = known
        return known


def joined(contents: list[Content], sequence: Sequence | None) -> Content:
    """The content behind a join of these: each pair is one item of every arm."""
    roots = 0
    for content in contents:
        roots |= content.roots
    numbers = list(dict.fromkeys(view.number for content in contents for view in content.views))[:_MOST_VIEWS]
    views: list[View] = []
    for number in numbers:
        guards = [
            found if (found := content.guards(number)) is not None else content.views[0].guards
            for content in contents
        ]
        both = together(guards)
        views.append(View(number, both or ALL))
    return Content(tuple(views), roots, sequence)


def _choices(guard: Guard, switch: Hashable) -> Guard:
    return frozenset(choice for choice in guard if choice[0] == switch)


def _disjoint(guards: list[Guard]) -> bool:
    """Whether no item can have made two of these lists of choices."""
    if len(guards) < 2:
        return True
    # The arms of one Switch, as they usually are, need no comparison of each with each.
    if all(len(guard) == 1 for guard in guards):
        only = [next(iter(guard)) for guard in guards]
        if len({switch for switch, _ in only}) == 1:
            return len(set(only)) == len(only)
    return not any(
        compatible(one, other) for number, one in enumerate(guards) for other in guards[number + 1 :]
    )
