"""The four answers of the relation, and how answers about parts make one about the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from pipeflow.hints.verdict import Verdict
from pipeflow.hints.writing import show


class Rank(IntEnum):
    """From best to worst. A whole is as bad as its worst part; a choice is as good as its best arm."""

    OK = 0
    UNKNOWN = 1
    LETTER = 2
    MISMATCH = 3


@dataclass(frozen=True)
class Outcome:
    """An answer. The reason is kept as a template and its types, and written only when it is asked for."""

    rank: Rank
    template: str = ""
    types: tuple[object, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the pair is assignable for certain."""
        return self.rank is Rank.OK

    def at_most(self, rank: Rank) -> Outcome:
        """The same reason, but no worse than this."""
        return self if self.rank <= rank else Outcome(rank, self.template, self.types)

    def verdict(self) -> Verdict:
        """The public form."""
        reason = self.template.format(*(show(each) for each in self.types)) if self.template else ""
        name: Literal["ok", "mismatch", "unknown"] = "ok"
        if self.rank is Rank.UNKNOWN:
            name = "unknown"
        elif self.rank is not Rank.OK:
            name = "mismatch"
        return Verdict(name, self.rank in (Rank.OK, Rank.MISMATCH), reason)


OK = Outcome(Rank.OK)


def unknown(template: str, *types: object) -> Outcome:
    """It can't be told."""
    return Outcome(Rank.UNKNOWN, template, types)


def letter(template: str, *types: object) -> Outcome:
    """Wrong by the typing specification, though it may well run."""
    return Outcome(Rank.LETTER, template, types)


def mismatch(template: str, *types: object) -> Outcome:
    """Wrong, and it fails when it runs."""
    return Outcome(Rank.MISMATCH, template, types)


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst; nothing is worse than a certain mismatch, so that ends the look."""
    worst = OK
    for outcome in outcomes:
        if outcome.rank > worst.rank:
            worst = outcome
            if worst.rank is Rank.MISMATCH:
                break
    return worst
