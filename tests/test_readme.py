"""The README's commands and first example. That every block prints what it says is in test_pages.py."""

from __future__ import annotations

import re
from pathlib import Path

from tests.pages import ROOT, Example, examples, run

README = ROOT / "README.md"
COMMANDS = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_first_example_counts_every_keyword(tmp_path: Path) -> None:
    here = "import keyword\nfrom pathlib import Path\nlib = Path(keyword.__file__).parent\n"
    count = "print(sum(map(keyword.iskeyword, ' '.join(f.read_text() for f in lib.glob('*.py')).split())))"
    in_one_process = run(Example(here + count, "", None, "", 0), tmp_path).strip()
    first = next(examples(README))
    assert f"{in_one_process} keywords in the standard library" in run(first, tmp_path)


def test_the_two_commands_are_a_line_each() -> None:
    assert [command.count("\n") for command in COMMANDS[:2]] == [1, 1]
    assert "pipeflow demo" in COMMANDS[0]
    assert "pytest" in COMMANDS[1]


def test_the_picture_is_of_the_flow_that_is_named() -> None:
    said = re.search(r"pipeflow draw (\S+):flow", README.read_text())
    assert said is not None
    (ROOT / said[1]).resolve(strict=True)
    shown = re.search(r"!\[.*?\]\((\S+\.svg)\)", README.read_text())
    assert shown is not None
    picture = (ROOT / shown[1]).read_text()
    scope: dict[str, object] = {}
    exec(compile((ROOT / said[1]).read_text(), said[1], "exec"), scope)
    graph = scope["flow"].graph  # type: ignore[attr-defined]
    names = [data["name"] for _, data in graph.nodes(data=True) if "pipe" in data]
    assert len(names) == 9
    assert [name for name in names if f">{name}<" not in picture] == []
