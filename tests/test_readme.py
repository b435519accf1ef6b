"""The README's examples are run as they stand, and print what it says they print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
# A block of Python, and the text block right after it, when there is one.
EXAMPLES = re.findall(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", README.read_text(), re.DOTALL)
COMMANDS = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)


def output_of(code: str, folder: Path) -> str:
    (folder / "example.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", "example.py"],
        cwd=folder, capture_output=True, text=True, timeout=45, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.replace(f"{folder}/", "")


@pytest.mark.parametrize(("code", "expected"), EXAMPLES)
def test_example(code: str, expected: str, tmp_path: Path) -> None:
    printed = output_of(code, tmp_path)
    if expected:
        assert printed.strip() == expected.strip()


def test_the_first_example_counts_every_keyword(tmp_path: Path) -> None:
    here = "import keyword\nfrom pathlib import Path\nlib = Path(keyword.__file__).parent\n"
    count = "print(sum(map(keyword.iskeyword, ' '.join(f.read_text() for f in lib.glob('*.py')).split())))"
    in_one_process = output_of(here + count, tmp_path).strip()
    assert f"{in_one_process} keywords in the standard library" in output_of(EXAMPLES[0][0], tmp_path)


def test_the_two_commands_are_a_line_each() -> None:
    assert [command.count("\n") for command in COMMANDS[:2]] == [1, 1]
    assert "pipeflow demo" in COMMANDS[0]
    assert "pytest" in COMMANDS[1]
