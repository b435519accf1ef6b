"""One contender, once, in this process: prints what it took. Started by `__main__`, each time afresh."""

from __future__ import annotations

import importlib
import json
import sys
import time

from benchmarks.work import Workload

WARM = 16
"""Items of a first run that is not measured: what a library imports when it is first used does not count."""


def workload(name: str) -> Workload:
    """By the name of its file."""
    found: Workload = importlib.import_module(f"benchmarks.workloads.{name}").WORKLOAD
    return found


def main(name: str, contender_name: str) -> None:
    """Run it; the checksum must be right."""
    work = workload(name)
    contender = work.contenders[contender_name]
    peer = importlib.import_module(f"benchmarks.peers.{contender.peer}")
    count = max(1, round(work.items * contender.part))
    chain = work.chain(count)
    if contender.buffer is not None:
        from dataclasses import replace

        chain = replace(chain, buffer=contender.buffer)
    getattr(peer, contender.call)(work.chain(WARM), **contender.options)
    began = time.perf_counter()
    total = getattr(peer, contender.call)(chain, **contender.options)
    seconds = time.perf_counter() - began
    expected = work.checksum(count)
    if total != expected:
        raise SystemExit(f"wrong checksum: {total} instead of {expected}")
    print(json.dumps({"seconds": seconds, "items": count}))


if __name__ == "__main__":
    main(*sys.argv[1:])
