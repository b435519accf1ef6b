"""What was measured, and what is proposed because of it: prints as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeflow.tune.measuring import Sample


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one pipe, and why."""

    name: str
    sample: Sample
    load: float
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""


@dataclass(frozen=True)
class Tuning:
    """The measurements behind a tuned flow, and what they led to; prints as a table.

    Attributes:
        proposals: one for each pipe, in the order they were written.
        fuse: neighbouring pipes are to share a worker.
        reason: why, or why not.
        cores: that may be used.
    """

    proposals: tuple[Proposal, ...]
    fuse: bool
    reason: str
    cores: int

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("pipe", "calls", "each", "load", "size", "proposed", "because")]
        for p in self.proposals:
            numbers = (
                str(p.sample.calls),
                duration(p.sample.each),
                duration(p.load),
                f"{p.sample.size:.0f} B",
            )
            said = ", ".join(f"{key}={value}" for key, value in p.options.items()) or "-"
            rows.append((p.name, *(numbers if p.sample.measured else ("-", "-", "-", "-")), said, p.reason))
        widths = [max(len(row[column]) for row in rows) for column in range(7)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join([*(line.rstrip() for line in lines), f"fuse={self.fuse}: {self.reason}"])


def duration(seconds: float) -> str:
    """In the unit that fits, with three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"
