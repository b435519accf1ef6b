#!/usr/bin/env python3
"""What a user installs, on every Python found: the wheel and the source archive, each in its environment.

Installed with its dependencies alone; imported, and asked which heavy packages that loads; its demo is run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from place import Failed, Place, pythons_found, version_of

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "networkx", "graphviz", "multiprocessing", "rich", "torch", "ray")
LOOK = f"""
import sys, pipeflow
loaded = sorted(set({HEAVY!r}) & set(sys.modules))
sys.exit(f"import pipeflow loads {{loaded}}" if loaded else 0)
"""


def installed(place: Place, package: Path, python: Path, name: str) -> None:
    """Install a package, import it, run its demo."""
    begin = time.monotonic()
    made = place.environment(package, python=python, name=name)
    place.must(made, "-W", "error", "-c", LOOK, cwd=place.folder)
    place.must(made.with_name("pipeflow"), "demo", cwd=place.folder, hours=0.05)
    place.note(f"figure {package.name} on Python {version_of(python)}: {time.monotonic() - begin:.0f} s")


def main() -> int:
    """0 when all of them work."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Place(Path(temporary), ROOT, [])
        try:
            wheel = place.wheel(source="")
            archive = next(wheel.parent.glob("*.tar.gz"))
            pythons = list(pythons_found())
            for number, python in enumerate(pythons):
                installed(place, wheel, python, f"wheel{number}")
            installed(place, archive, pythons[0], "archive")
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
