"""The package under test, and a way for sinks in any process to say what they received."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

mp: Any = importlib.import_module(sys.argv[1])


def deliver(where: str, item: object) -> None:
    """One line in one write, so that lines of several processes never mix."""
    os.write(1, (json.dumps([where, item], default=repr) + "\n").encode())


def to(where: str) -> Callable[[object], None]:
    """A sink's functor that says what it receives, under the name `where`."""

    def sink(item: object) -> None:
        deliver(where, item)

    return sink


def go(system: Any, **options: Any) -> None:
    """Build, run and close; the log is of no interest here."""
    system.build(log_lvl="CRITICAL", **options)
    system.run()
    system.close()


def count(n: int = 10) -> Any:
    yield from range(n)


def double(x: Any) -> Any:
    return 2 * x
