"""Whether the arms of a join can be paired by origin, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeflow.origins.content import Content, Guard, Number, Sequence, together

Cause = Literal["", "counts", "switch", "copies", "sources", "workers", "unknown"]
"""Why arms can't be paired, or "unknown" where nothing is claimed (and nothing is wrong)."""


@dataclass(frozen=True)
class Match:
    """How the arms of a join meet.

    Attributes:
        pairable: whether they do.
        cause: why not. "counts": they change the number of items differently (or it isn't known how);
            "switch": they are arms of one Switch, or compete for one stream, so that no item is in both;
            "copies": an arm has several items for one; "sources": an arm merges streams that have no common
            count; "workers": an arm's items are made by several workers at once, so that they have no i-th.
        numbers: the numbering each arm is paired by; the same one for all when their items have one origin,
            else the i-th of one is the partner of the i-th of the other.
        arms: the arms that are to blame, by position.
    """

    pairable: bool
    cause: Cause = ""
    numbers: tuple[Number, ...] = ()
    arms: tuple[int, ...] = ()

    @property
    def one_origin(self) -> bool:
        """Whether all arms carry one numbering."""
        return len(set(self.numbers)) == 1


def match(contents: list[Content]) -> Match:
    """How streams with these contents can be paired."""
    if any(not content.views for content in contents):
        return Match(True, "unknown")
    shared = _by_number(contents)
    if shared is not None and shared.pairable:
        return shared
    chosen: list[Number | None] = [None] * len(contents)
    for group in _related(contents):
        members = [contents[position] for position in group]
        counted = _by_sequence(members)
        if counted is None:
            return _refused(contents, group, shared)
        for position, number in zip(group, counted, strict=True):
            chosen[position] = number
    return Match(True, "", tuple(number for number in chosen if number is not None))


def _by_number(contents: list[Content]) -> Match | None:
    """The first numbering that all arms carry, with an item at least that is in all of them."""
    refused: Match | None = None
    for view in contents[0].views:
        guards = [content.guards(view.number) for content in contents]
        known = [found for found in guards if found is not None]
        if len(known) < len(guards):
            continue
        if not view.number.unique:
            continue
        if together(known):
            return Match(True, "", (view.number,) * len(contents))
        refused = Match(False, "switch", (), tuple(range(len(contents))))
    return refused


def _related(contents: list[Content]) -> list[list[int]]:
    """The arms, those that have a source in common together."""
    groups: list[tuple[int, list[int]]] = []
    for position, content in enumerate(contents):
        roots, members = content.roots, [position]
        others: list[tuple[int, list[int]]] = []
        for group in groups:
            if group[0] & roots:
                roots |= group[0]
                members = group[1] + members
            else:
                others.append(group)
        groups = [*others, (roots, members)]
    return [sorted(members) for _, members in groups]


def _by_sequence(contents: list[Content]) -> list[Number] | None:
    """For each arm a numbering that counts the same sequence at the same rate as the others'."""
    for sequence in _sequences(contents[0]):
        numbers: list[Number] = []
        guards: list[frozenset[Guard]] = []
        for content in contents:
            view = next((view for view in content.views if view.number.sequence == sequence), None)
            if view is None:
                break
            numbers.append(view.number)
            guards.append(view.guards)
        else:
            if len(set(numbers)) > 1 or together(guards):
                return numbers
    return None


def _sequences(content: Content) -> list[Sequence]:
    return [view.number.sequence for view in content.views if view.number.sequence is not None]


def _refused(contents: list[Content], group: list[int], shared: Match | None) -> Match:
    if shared is not None:
        return shared
    pair = _guarded_apart(contents, group)
    if pair:
        return Match(False, "switch", (), pair)
    without = [position for position in group if not _sequences(contents[position])]
    for cause in ("copies", "sources"):
        mixed = tuple(p for p in without if contents[p].views[0].number.mixture == cause)
        if mixed:
            return Match(False, "copies" if cause == "copies" else "sources", (), mixed)
    if without and len(group) == 1:
        return Match(False, "workers", (), tuple(without))
    return Match(False, "counts", (), tuple(group))


def _guarded_apart(contents: list[Content], group: list[int]) -> tuple[int, ...]:
    """Two arms with one numbering and no item in common."""
    for index, one in enumerate(group):
        for other in group[index + 1 :]:
            for view in contents[one].views:
                guards = contents[other].guards(view.number)
                if guards is not None and not together([view.guards, guards]):
                    return (one, other)
    return ()
