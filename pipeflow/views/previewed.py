"""Preview: what a preview shows, as text and in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from pipeflow.runtime.messages import Failure
from pipeflow.runtime.shown import cut_repr

WIDTH = 100
"""Characters of one item."""


@dataclass(frozen=True)
class PipePreview:
    """What one pipe did with the first items.

    Attributes:
        name, kind: of the pipe.
        items: the first results as text; for a sink what it got.
        count: how many results there were.
        taken: how many items it was called with; None for a source.
        dropped: results that were None.
        skipped: items that an ignored exception has skipped.
        called: its functor was called; sinks are not, unless that was asked for.
        cut: it would have gone on.
    """

    name: str
    kind: str
    items: tuple[str, ...]
    count: int
    taken: int | None = None
    dropped: int = 0
    skipped: int = 0
    called: bool = True
    cut: bool = False

    @property
    def summary(self) -> str:
        """Its counts in words."""
        words: list[str] = []
        if self.kind == "Sink":
            words.append(f"{'got' if self.called else 'would get'} {self.count}")
        else:
            words += [f"{self.taken} in"] if self.taken is not None else []
            words.append(f"{self.count} out")
        words += [f"{self.dropped} dropped"] if self.dropped else []
        words += [f"{self.skipped} skipped by an ignored exception"] if self.skipped else []
        words += ["stopped here, it would go on"] if self.cut else []
        return ", ".join(words)


@dataclass(frozen=True)
class Preview:
    """What each pipe emitted for the first items.

    Attributes:
        pipes: in the order they were written.
        n: how many items of each source were taken.
        failure: why it ended early, None when nothing failed.
        failed: the name of the pipe that failed.
    """

    pipes: tuple[PipePreview, ...]
    n: int
    failure: Failure | None = None
    failed: str = ""

    def __getitem__(self, name: str) -> PipePreview:
        """What the pipe `name` did."""
        for pipe in self.pipes:
            if pipe.name == name:
                return pipe
        raise KeyError(name)

    @property
    def error(self) -> str:
        """What failed, in a line; empty when nothing did."""
        failure = self.failure
        if failure is None:
            return ""
        item = f" on item {failure.item} ({failure.item_repr})" if failure.item else ""
        return f"'{self.failed}' failed{item}: {failure.kind}: {failure.text}".rstrip(": ")

    def __str__(self) -> str:
        lines: list[str] = []
        for pipe in self.pipes:
            lines.append(f"{pipe.name} ({pipe.kind}): {pipe.summary}")
            lines += [f"    {item}" for item in pipe.items]
            lines += [f"    ... {pipe.count - len(pipe.items)} more"] if pipe.count > len(pipe.items) else []
        if self.failure is not None:
            lines += ["", self.error, self.failure.traceback.rstrip()]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(_row(pipe) for pipe in self.pipes)
        table = (
            "<table><thead><tr><th style='text-align:left'>pipe</th><th style='text-align:left'>kind</th>"
            "<th style='text-align:left'>first items</th><th style='text-align:left'></th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )
        if self.failure is None:
            return table
        return f"{table}<p><b>{escape(self.error)}</b></p><pre>{escape(self.failure.traceback)}</pre>"


def _row(pipe: PipePreview) -> str:
    items = "<br>".join(f"<code>{escape(item)}</code>" for item in pipe.items)
    cells = (escape(pipe.name), escape(pipe.kind), items, escape(pipe.summary))
    return "<tr>" + "".join(f"<td style='text-align:left'>{cell}</td>" for cell in cells) + "</tr>"


def shown(value: Any) -> str:
    """A value in one line: arrays and frames by their shape, everything else by its ``repr``."""
    text = " ".join(cut_repr(value).split())
    if len(text) > WIDTH // 2 and (sizes := _sizes(value)):
        return f"{type(value).__name__} {sizes} {value.dtype}"
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def _sizes(value: Any) -> str:
    """``480x640`` of an array; empty for what has no shape and no kind of elements."""
    try:
        return "x".join(map(str, value.shape)) if value.dtype is not None else ""
    except Exception:  # noqa: BLE001 - a user's object answers what it likes
        return ""
