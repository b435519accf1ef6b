"""What of a value goes to an output: known to graphs, plans and workers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Position `index` of a value with `of` parts."""

    index: int
    of: int


@dataclass(frozen=True)
class Key:
    """What a Switch sent to this branch."""

    key: Hashable


@dataclass(frozen=True)
class Errors:
    """The items that failed, instead of results."""


Route = tuple[Part | Key | Errors, ...]
