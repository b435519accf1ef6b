from __future__ import annotations

from dataclasses import replace

import pytest

from pipeflow.views.progress.panel import Panel
from pipeflow.views.progress.shown import duration, headline, html, line, text
from tests.views.progress.looks import row

WORK = row("<work>", workers=2, taken=1180, rate=3.25, busy=0.96, waiting=0.04, waiting_items=12, room=64)
ROWS = (
    row("src", kind="Source", taken=1200, total=4000, rate=812.3, blocked=0.9),
    replace(WORK, bottleneck=True),
    row("k", kind="Sink", taken=1170, over=True, waiting_items=7),
)


def test_the_text() -> None:
    lines = text(Panel(ROWS, 75.0, done=0.3, left=175.0))
    assert [" ".join(each.split()) for each in lines] == [
        "pipe items items/s busy waiting blocked in front",
        "src 1,200 of 4,000 812 0 % 0 % 90 %",
        "<work>*2 1,180 3.2 96 % 4 % 0 % 12 of 64 bottleneck",
        "k 1,170 0.0 0 % 0 % 0 % 7 over",
        "running for 1 min 15 s, 30 % done, about 2 min 55 s left",
    ]
    assert len({each.index(" %") for each in lines[1:4]}) == 1, "columns stand below each other"


def test_one_line() -> None:
    assert line(Panel(ROWS, 5.0)) == "running for 5.0 s; k 1,170 items, 0.0/s; bottleneck <work> (96 % busy)"
    assert line(Panel((), 5.0)) == "running for 5.0 s"


def test_at_the_end() -> None:
    assert headline(Panel(ROWS, 12.0, done=1.0, finished=True)) == "ran 12 s"


def test_html_escapes_names() -> None:
    shown = html(Panel(ROWS, 5.0))
    assert "&lt;work&gt;*2" in shown
    assert "<work>" not in shown
    assert "width:96.0%" in shown
    assert "font-weight:bold" in shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (61, "1 min 1 s"), (7322, "2 h 2 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
