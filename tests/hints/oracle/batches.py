# ruff: noqa: E501
"""Asking mypy and pyright about many pairs at once: one run of each over a folder of generated files."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from tests.hints.oracle.fresh import Fresh
from tests.hints.oracle.growing import Grower

HERE = Path(__file__).parent
PER_FILE = 500
HEADER = """from __future__ import annotations
import collections, decimal, fractions, io, pathlib, re, types, typing as t, uuid
import numpy as np, numpy.typing as npt
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import *
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO, StringIO
from os import PathLike
from pathlib import Path, PurePath
from re import Pattern
from types import FunctionType, ModuleType
from typing import (
    AbstractSet, Annotated, Any, BinaryIO, ClassVar, Generic, Hashable, Literal, NamedTuple, Optional, Protocol,
    Sized, SupportsAbs, SupportsFloat, SupportsIndex, SupportsInt, TextIO, TypedDict, Union, cast,
)
from typing_extensions import LiteralString, Never, NotRequired, ReadOnly, Required, TypeGuard, Unpack
from uuid import UUID
import dataclasses
from prelude import *
"""


@dataclass
class Pair:
    number: int
    producer: str
    consumer: str
    mypy: str = ""
    pyright: str = ""
    valid: bool = True
    ours: str = ""
    certain: bool = False
    reason: str = ""
    crashed: bool = False

    @property
    def agreed(self) -> bool | None:
        """Whether both call it good (True) or bad (False); None when they differ or can't read it."""
        if not self.valid or bool(self.mypy) != bool(self.pyright):
            return None
        return not self.mypy


@dataclass
class Batch:
    folder: Path
    pairs: list[Pair] = field(default_factory=list)
    lines: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)


def make(folder: Path, seed: int, count: int) -> Batch:
    """Write the files for ``count`` fresh pairs."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "prelude.py", folder / "prelude.py")
    batch = Batch(folder)
    for start in range(0, count, PER_FILE):
        _write_file(batch, rng, start, min(PER_FILE, count - start))
    return batch


def _write_file(batch: Batch, rng: random.Random, start: int, count: int) -> None:
    fresh = Fresh(rng)
    stem = f"batch_{start // PER_FILE}"
    (batch.folder / f"fresh_{start // PER_FILE}.py").write_text(HEADER + fresh.text)
    grower = Grower(rng, fresh.plain, fresh.generic)
    text = (HEADER + f"from fresh_{start // PER_FILE} import *\n").splitlines()
    for number in range(start, start + count):
        producer, consumer = grower.pair()
        batch.pairs.append(Pair(number, producer, consumer))
        for role, line in (
            ("def", f"def c{number}(x: {consumer}) -> None: ..."),
            ("def", f"def f{number}(p: {producer}) -> None:"),
            ("call", f"    c{number}(p)"),
        ):
            text.append(line)
            batch.lines[stem, len(text)] = (number, role)
    (batch.folder / f"{stem}.py").write_text("\n".join(text) + "\n")


def ask_mypy(batch: Batch) -> None:
    """One run of mypy; what it says at a definition makes the pair invalid."""
    files = sorted(path.name for path in batch.folder.glob("batch_*.py"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--python-version=3.11", "--no-error-summary",
         "--show-error-codes", "--hide-error-context", "--no-pretty", "--allow-empty-bodies", *files],
        cwd=batch.folder, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    for line in done.stdout.splitlines():
        place, _, message = line.partition(": error: ")
        if message:
            file, _, number = place.partition(":")
            _note(batch, Path(file).stem, int(number.partition(":")[0]), "mypy", message)


def ask_pyright(batch: Batch) -> None:
    """One run of pyright."""
    (batch.folder / "pyrightconfig.json").write_text(
        json.dumps({"include": ["."], "pythonVersion": "3.11", "typeCheckingMode": "standard"})
    )
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable],
        cwd=batch.folder, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        if found["severity"] == "error":
            line = found["range"]["start"]["line"] + 1
            _note(batch, Path(found["file"]).stem, line, "pyright", found["message"])


def _note(batch: Batch, stem: str, line: int, who: str, message: str) -> None:
    number, role = batch.lines.get((stem, line), (None, ""))
    if number is None:
        return
    pair = batch.pairs[number]
    if role == "def":
        pair.valid = False
    else:
        setattr(pair, who, message)


def ask_us(batch: Batch) -> None:
    """Our own answer, from the functions as the program sees them."""
    from pipeflow.hints import assignable, read

    sys.path.insert(0, str(batch.folder))
    made = [path.stem for path in batch.folder.glob("*.py")]
    try:
        for stem in sorted(stem for stem in made if stem.startswith("batch_")):
            module = _load(batch.folder / f"{stem}.py")
            for (file, _), (number, role) in batch.lines.items():
                if file != stem or role != "call":
                    continue
                pair = batch.pairs[number]
                given = read(getattr(module, f"f{number}")).parameters[0].annotation
                taken = read(getattr(module, f"c{number}")).parameters[0].annotation
                answer = assignable(given, taken)
                pair.ours, pair.certain, pair.reason = answer.verdict, answer.certain, answer.reason
                pair.crashed = answer.reason.startswith("the comparison failed")
    finally:
        sys.path.remove(str(batch.folder))
        for stem in made:
            sys.modules.pop(stem, None)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
