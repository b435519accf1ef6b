"""The examples of a page: what stands in its code blocks, and what it says they print.

A page is read from top to bottom, as at a terminal: a block of Python is run as a script, and
a block of text behind it is what it prints. A script whose first line is ``# name.py`` stays under that name
for what follows. In a ``console`` block every line that begins with ``$`` is run, and what follows it is
printed. ``Needs `torch`:`` in front of a block says that it is run where the tests of that marker are.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(
    r"(?:^Needs `?(\w+)`?:\n\n)?^```(python|console|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_NAMED = re.compile(r"# (\w+\.py)\n")


@dataclass(frozen=True)
class Example:
    """A script, or a command, and what is printed by it.

    Attributes:
        code: the script; empty for a command.
        command: the words behind the dollar.
        printed: None when the page doesn't say.
        needs: the marker of tests that have what it needs.
        line: where it is in the page.
    """

    code: str
    command: str
    printed: str | None
    needs: str
    line: int


def examples(page: Path) -> Iterator[Example]:
    """Those of a page, in order."""
    text = page.read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    for number, block in enumerate(blocks):
        needs, kind, inside = block[1] or "", block[2], block[3]
        line = text.count("\n", 0, block.start(3))
        if kind == "python":
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            between = text[block.end() : following.start()].strip() if following else ""
            says = following is not None and following[2] == "text" and between in ("", "It prints:")
            yield Example(inside, "", following[3] if says and following else None, needs, line)
        elif kind == "console":
            for command, printed in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", inside, re.MULTILINE):
                yield Example("", command, printed, needs, line)


def run(example: Example, folder: Path) -> str:
    """What it prints, in `folder`; a script must end well and say nothing on stderr."""
    paths = [str(_with_command(folder)), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    env = {**os.environ, "PYTHONPATH": f"{ROOT}", "PATH": os.pathsep.join(paths), "COLUMNS": "100"}
    env.pop("PIPEFLOW_STRICT", None)
    if example.command:
        done = subprocess.run(
            ["bash", "-c", example.command], cwd=folder, env=env, timeout=60, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return _neutral(done.stdout, folder)
    named = _NAMED.match(example.code)
    name = named[1] if named else "example.py"
    (folder / name).write_text(example.code)
    strict = () if example.needs else ("-W", "error")  # other packages' warnings are their own
    done = subprocess.run(
        [sys.executable, *strict, name], cwd=folder, env=env, timeout=60, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"line {example.line}: {done.stderr}"
    assert done.stderr == "", f"line {example.line}: {done.stderr}"
    return _neutral(done.stdout, folder)


def _with_command(folder: Path) -> Path:
    """A folder with the ``pipeflow`` command of this checkout, installed or not."""
    bin_folder = folder / ".bin"
    bin_folder.mkdir(exist_ok=True)
    command = bin_folder / "pipeflow"
    call = "import sys; from pipeflow.cli import main; sys.exit(main())"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{call}' \"$@\"\n")
    command.chmod(0o755)
    return bin_folder


def _neutral(text: str, folder: Path) -> str:
    """Without the folder, and without times, which are never the same."""
    text = text.replace(f"{folder}/", "")
    return re.sub(r"\b\d+(\.\d+)?(e-\d+)? ?(s|ms|us|µs|%|items/s|/s)(?!\w)", "#", text)


def alike(printed: str, said: str) -> bool:
    """Whether the page says what was printed; ``...`` alone in a line of the page stands for any lines."""
    parts = [re.escape(part.strip("\n")) for part in _neutral(said, Path("-")).strip().split("\n...\n")]
    return re.fullmatch(r"\n(?:.*\n)*?".join(parts), printed.strip()) is not None
