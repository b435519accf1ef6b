"""The timeline: a picture of what every worker did when, a row for each."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from html import escape
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from pipeflow.runtime.messages import Worker
from pipeflow.runtime.report.samples import Span, spans

if TYPE_CHECKING:
    from pipeflow.runtime.report.model import RunReport

COLOURS = {"busy": "#f08a24", "waiting": "#d7dce2", "blocked": "#b58bd6", "rest": "#eef0f3"}
MEANINGS = {
    "busy": "in the functor",
    "waiting": "waiting for input",
    "blocked": "blocked on output",
    "rest": "sending, starting",
}
_ROW, _GAP, _LEFT, _WIDTH, _TOP = 18, 5, 170, 720, 34
_MOST = 240
"""Pieces of a row: more than that nobody sees."""


@dataclass(frozen=True)
class Row:
    """One worker's."""

    name: str
    spans: tuple[Span, ...]


def rows(report: RunReport) -> list[Row]:
    """A row for each worker, in the order of the pipes."""
    workers = sorted({worker for sample in report.samples for worker in sample.readings})
    # The caller of an iteration has no meter.
    return [
        Row(_label(report, worker), tuple(_merged(spans(report.samples, worker))))
        for worker in workers
        if worker.stage < len(report.stages)
    ]


class Timeline:
    """What every worker of a run did when.

    A notebook shows it as SVG. `figure` is the same for matplotlib, to go on from.

    Args:
        report: of the run.
    """

    def __init__(self, report: RunReport) -> None:
        self.rows: list[Row] = rows(report)
        self.seconds: float = report.samples[-1].seconds if report.samples else report.seconds

    @property
    def svg(self) -> str:
        """The picture as SVG text."""
        return _svg(self)

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture: ``.svg`` as it is, any other format with matplotlib.

        Raises:
            ModuleNotFoundError: matplotlib is needed and not installed.
        """
        name = fspath(path)
        if name.lower().endswith(".svg"):
            with open(name, "w", encoding="utf-8") as file:
                file.write(self.svg)
        else:
            self.figure().savefig(name)

    def figure(self) -> Any:
        """The picture as a `matplotlib.figure.Figure`.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        try:
            # Not pyplot: that would choose a window system and keep the figure.
            make: Any = importlib.import_module("matplotlib.figure").Figure
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "the timeline is drawn by matplotlib:  pip install 'pipeflow[plot]' ; "
                "save('run.svg') needs nothing",
                name=error.name,
            ) from error
        figure = make(figsize=(9, 0.9 + 0.32 * max(1, len(self.rows))), layout="constrained")
        axes = figure.subplots()
        for number, row in enumerate(self.rows):
            for way, colour in COLOURS.items():
                bars = [(span.begin, span.end - span.begin) for span in row.spans if _main(span) == way]
                axes.broken_barh(bars, (number - 0.4, 0.8), facecolors=colour, label=MEANINGS[way])
        axes.set_yticks(range(len(self.rows)), [row.name for row in self.rows])
        axes.set_ylim(len(self.rows) - 0.5, -0.5)
        axes.set_xlabel("seconds")
        handles, labels = axes.get_legend_handles_labels()
        once = dict(zip(labels, handles, strict=True))
        figure.legend(once.values(), once.keys(), loc="outside upper left", ncols=4, frameon=False)
        return figure

    def __repr__(self) -> str:
        return f"<Timeline of {len(self.rows)} workers over {self.seconds:.2f} s>"


def _label(report: RunReport, worker: Worker) -> str:
    name, replicas = report.stages[worker.stage]
    return f"{name}[{worker.replica}]" if replicas > 1 else name


def _main(span: Span) -> str:
    parts = {"busy": span.busy, "waiting": span.waiting, "blocked": span.blocked, "rest": span.rest}
    return max(parts, key=lambda way: parts[way])


def _merged(pieces: list[Span]) -> list[Span]:
    """At most `_MOST` pieces, neighbours put together."""
    step = -(-len(pieces) // _MOST) or 1
    return [_together(pieces[start : start + step]) for start in range(0, len(pieces), step)]


def _together(pieces: list[Span]) -> Span:
    whole = sum(piece.end - piece.begin for piece in pieces)
    busy, waiting, blocked = (
        sum(getattr(piece, way) * (piece.end - piece.begin) for piece in pieces) / whole
        for way in ("busy", "waiting", "blocked")
    )
    return Span(pieces[0].begin, pieces[-1].end, busy, waiting, blocked, sum(piece.taken for piece in pieces))


# ---------------------------------------------------------------- SVG


def _svg(timeline: Timeline) -> str:
    height = _TOP + len(timeline.rows) * (_ROW + _GAP) + 30
    scale = _WIDTH / max(timeline.seconds, 1e-9)
    size = f'width="{_LEFT + _WIDTH + 40}" height="{height}"'
    font = 'font-family="Helvetica,Arial,sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_legend(),
    ]
    for number, row in enumerate(timeline.rows):
        parts += _svg_row(row, _TOP + number * (_ROW + _GAP), scale)
    parts += _axis(timeline.seconds, height - 26)
    return "\n".join([*parts, "</svg>"])


def _legend() -> list[str]:
    parts: list[str] = []
    for number, (way, meaning) in enumerate(MEANINGS.items()):
        x = _LEFT + 150 * number
        parts += [
            f'<rect x="{x}" y="8" width="12" height="12" fill="{COLOURS[way]}" stroke="#999999"/>',
            f'<text x="{x + 18}" y="18" fill="#222222">{meaning}</text>',
        ]
    return parts


def _svg_row(row: Row, top: int, scale: float) -> list[str]:
    """A piece is a column: the ways its time was spent on top of each other, busy at the bottom."""
    name = row.name if len(row.name) <= 24 else row.name[:23] + "…"
    parts = [f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end" fill="#222222">{escape(name)}</text>']
    for span in row.spans:
        x, width = _LEFT + span.begin * scale, (span.end - span.begin) * scale
        bottom = float(top + _ROW)
        for way, colour in COLOURS.items():
            height = getattr(span, way) * _ROW
            if height > 0.05:
                bottom -= height
                parts.append(
                    f'<rect x="{x:.1f}" y="{max(bottom, top):.1f}" width="{width:.2f}" '
                    f'height="{height:.1f}" fill="{colour}"/>'
                )
    return parts


def _axis(seconds: float, top: int) -> list[str]:
    parts = [f'<line x1="{_LEFT}" y1="{top}" x2="{_LEFT + _WIDTH}" y2="{top}" stroke="#999999"/>']
    for moment in moments(seconds):
        x = _LEFT + _WIDTH * moment / max(seconds, 1e-9)
        label = f"{moment:g} s"
        parts.append(f'<text x="{x:.0f}" y="{top + 16}" text-anchor="middle" fill="#222222">{label}</text>')
    return parts


def moments(seconds: float) -> list[float]:
    """Round numbers of seconds along the axis: some four to nine of them."""
    if seconds <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(seconds))
    step = next(part * power for part in (0.1, 0.2, 0.5, 1.0, 2.0) if seconds / (part * power) < 8)
    return [round(number * step, 9) for number in range(int(seconds / step + 1e-9) + 1)]
