#!/usr/bin/env python3
"""Whether everything that ``import pipeflow`` gives is typed in full, for users with a type checker.

Asks `pyright --verifytypes` and looks at the public names and what they have inside. pyright counts every
module without an underscore as public; that score is printed, and not held.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def public_names() -> set[str]:
    """As they are imported, and as they are defined."""
    sys.path.insert(0, str(ROOT))
    import pipeflow

    names: set[str] = set()
    for name in pipeflow.__all__:
        thing = getattr(pipeflow, name)
        names.add(f"pipeflow.{name}")
        if hasattr(thing, "__qualname__"):
            names.add(f"{thing.__module__}.{thing.__qualname__}")
    return names


def main() -> int:
    """0 when all of them are."""
    folder = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": os.pathsep.join([folder, os.environ["PATH"]])}
    command = ["pyright", "--verifytypes", "pipeflow", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    said: dict[str, Any] = json.loads(done.stdout)["typeCompleteness"]
    roots = public_names()
    ours = [s for s in said["symbols"] if any(f"{s['name']}.".startswith(f"{root}.") for root in roots)]
    wrong = [symbol for symbol in ours if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]]
    for symbol in wrong:
        reasons = "; ".join(each["message"].splitlines()[0] for each in symbol["diagnostics"])
        print(f"{symbol['name']}: {reasons}")
    share = 100 * (len(ours) - len(wrong)) / len(ours) if ours else 0.0
    print(f"{share:.1f} % of {len(ours)} public symbols are typed in full", end=" ")
    print(f"({100 * said['completenessScore']:.1f} % with every internal module)")
    return int(bool(wrong) or len(ours) < len(roots))


if __name__ == "__main__":
    sys.exit(main())
