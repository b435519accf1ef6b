from __future__ import annotations

import io
import threading
from collections.abc import Mapping

import pytest

from pipeflow.plan import Plan
from pipeflow.runtime.messages import Worker
from pipeflow.runtime.meter import Reading
from pipeflow.views.progress import watch, watching
from pipeflow.views.progress.panel import Panel
from tests.views.graphs import pipe, sink, source
from tests.views.progress.looks import look, plan_of


class FakeRun:
    def __init__(self) -> None:
        self.plan: Plan = plan_of(source() >> pipe("a") >> sink())

    def readings(self) -> Mapping[Worker, Reading]:
        return look(self.plan, 0.0).readings


class FakeDisplay:
    pause = 0.001
    above = None

    def __init__(self, fails: bool = False) -> None:
        self.shown = threading.Event()
        self.panels: list[Panel] = []
        self.closed: list[Panel] = []
        self.fails = fails

    def show(self, panel: Panel) -> None:
        if self.fails:
            self.shown.set()
            raise BrokenPipeError
        self.panels.append(panel)
        if len(self.panels) == 3:
            self.shown.set()

    def close(self, panel: Panel) -> None:
        self.closed.append(panel)


def use(monkeypatch: pytest.MonkeyPatch, display: FakeDisplay | None) -> None:
    monkeypatch.setattr(watching, "display_for", lambda progress, out: display)


def ours() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name in ("pipeflow sampler", "pipeflow progress")
    ]


def test_it_shows_panels_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    display = FakeDisplay()
    use(monkeypatch, display)
    with watch(FakeRun(), True, delay=0.0) as watched:
        assert display.shown.wait(10)
    assert [panel.finished for panel in display.closed] == [True]
    assert len(watched.samples) >= 2
    assert ours() == []


def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    display = FakeDisplay()
    use(monkeypatch, display)
    with watch(FakeRun(), None, delay=3600) as watched:
        pass
    assert display.panels == display.closed == []
    assert len(watched.samples) == 2


def test_switched_off_there_are_still_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = watch(FakeRun(), False, delay=0.0).start()
    assert ours() == ["pipeflow sampler"]
    assert len(watched.stop()) == 2
    assert len(watched.stop()) == 2
    assert ours() == []


def test_nowhere_to_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, None)
    with watch(FakeRun(), None, delay=0.0):
        pass
    assert ours() == []


def test_a_display_that_breaks_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    display = FakeDisplay(fails=True)
    use(monkeypatch, display)
    with watch(FakeRun(), True, delay=0.0):
        assert display.shown.wait(10)
    assert display.closed == []


def test_a_real_one() -> None:
    out = io.StringIO()
    with watch(FakeRun(), True, out=out, delay=0.0) as watched:
        while not out.getvalue():
            threading.Event().wait(0.001)
    assert watched.samples
    assert out.getvalue().splitlines()[-1].startswith("ran ")
