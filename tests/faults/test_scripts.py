"""What a script defines reaches its workers, and comes back, under every start method (G14, G21)."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

METHODS = ["fork", pytest.param("forkserver", marks=pytest.mark.faults), "spawn"]

# No guard in front of what runs: workers don't import the script.
PRELUDE = """
    import dataclasses, sys
    import pipeflow as pf
    from pipeflow.system import run_flow, stream_flow

    METHOD = sys.argv[1]

    @dataclasses.dataclass
    class Point:
        x: int

    class Boom(Exception):
        pass

    def points():
        for x in range(5):
            yield Point(x)

    def move(point):
        assert type(point) is Point
        return Point(point.x + 1)

    class Keep:
        def local_init(self):
            self.points = []
        def run(self, point):
            assert type(point) is Point
            self.points.append(point)
        def local_term(self):
            return self.points
"""

SCRIPTS = {
    "classes of the script travel from a source in a worker": """
        flow = pf.Source(points) >> pf.Transform(move) * 2 >> pf.Sink(Keep(), "k")
        report = run_flow(flow, start_method=METHOD)
        [kept] = report.results["k"]
        assert sorted(point.x for point in kept) == [1, 2, 3, 4, 5]
        assert all(type(point) is Point for point in kept), "a result is of the script's own class"
    """,
    "and from a generator that the script has started": """
        started = points()
        flow = pf.Source(started) >> pf.Transform(move) >> pf.Sink(Keep(), "k")
        report = run_flow(flow, start_method=METHOD)
        assert [point.x for point in report.results["k"][0]] == [1, 2, 3, 4, 5]
    """,
    "and to the loop of the script": """
        flow = pf.Source(points) >> pf.Transform(move)
        for n, point in enumerate(stream_flow(flow, start_method=METHOD), 1):
            assert type(point) is Point and point.x == n, (point, n)
    """,
    "in containers, with what they close over": """
        def scale(by):
            return lambda point: (point.x * by, [Point(point.x)], {"f": lambda: by})
        received = list(stream_flow(pf.Source(points) >> pf.Transform(scale(3)), start_method=METHOD))
        assert [item[0] for item in received] == [0, 3, 6, 9, 12]
        assert all(type(item[1][0]) is Point and item[2]["f"]() == 3 for item in received)
    """,
    "and past a pipe that is restarted and does not name them": """
        passing = pf.map(lambda item: item).with_(on_crash="restart")
        received = list(stream_flow(pf.Source(points) >> passing, start_method=METHOD))
        assert [type(point) is Point for point in received] == 5 * [True], received
    """,
    "with slots": """
        @dataclasses.dataclass(slots=True)
        class Slotted:
            x: int
        class Private:
            __slots__ = ("__x",)
            def __init__(self, x):
                self.__x = x
            def x(self):
                return self.__x
        def both(point):
            return Slotted(point.x), Private(point.x)
        received = list(stream_flow(pf.Source(points) >> pf.Transform(both), start_method=METHOD))
        assert [slotted for slotted, _ in received] == [Slotted(x) for x in range(5)]
        assert [private.x() for _, private in received] == list(range(5))
        assert not hasattr(received[0][0], "__dict__")
    """,
    "exceptions of the script are the cause": """
        def fail(point):
            raise Boom(point.x)
        try:
            run_flow(pf.Source(points) >> pf.Transform(fail) >> pf.Sink(Keep()), start_method=METHOD)
        except pf.PipeError as error:
            assert type(error.__cause__) is Boom, error.__cause__
        else:
            raise AssertionError("it should have failed")
    """,
    "a result that can't travel is an error that names the sink": """
        import threading
        class Bad(Keep):
            def local_term(self):
                return threading.Lock()
        try:
            run_flow(pf.Source(points) >> pf.Sink(Bad(), "bad"), start_method=METHOD)
        except pf.PipeError as error:
            assert "'bad'" in str(error) and "local_term" in str(error) and "lock" in str(error), error
        else:
            raise AssertionError("it should have failed")
    """,
}


def run_script(
    tmp_path: Path, text: str, *arguments: str, seconds: float = 200
) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "script.py"
    script.write_text(text)
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", SCRIPTS.values(), ids=SCRIPTS)
def test_scripts(tmp_path: Path, body: str, method: str) -> None:
    done = run_script(tmp_path, textwrap.dedent(PRELUDE) + textwrap.dedent(body), method)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
