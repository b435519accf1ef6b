"""A linear job on Ray: pipeflow, Ray Data, and actors that pull from `ray.util.queue`; the same functions.

    python -m benchmarks.ray                 ints and 4 MiB arrays, three rounds, alternating
    python -m benchmarks.ray ints 5          one of them, five rounds

A rate is of the time from the first result to the last one, so that it doesn't count how long actors take to
start; that is told apart. Every result is checked by its sum. The processor's seconds are those of the whole
job, starting included, in all processes: they say what a busy machine's clock doesn't. Needs ray[data], numpy
and Linux.
"""

from __future__ import annotations

import contextlib
import functools
import os
import statistics
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import ray

import pipeflow as pf

INTS, ARRAYS, SIDE = 1_000_000, 300, 1 << 22
BATCH = 1024
"""Of the pull loops, which have to be told."""


class Result(NamedTuple):
    """Seconds to the first result and to the last, how many there were, and their sum."""

    first: float
    last: float
    count: int
    total: int

    @property
    def rate(self) -> float:
        return self.count / max(1e-9, self.last - self.first)


# ---------------------------------------------------------------- the job


def add_one(x: int) -> int:
    return x + 1


def make_array(n: int) -> Any:
    return np.full(SIDE, n % 100, dtype=np.uint8)


def brighter(image: Any) -> Any:
    image += 1
    return image


def corner(image: Any) -> int:
    return int(image[0])


class Adder:
    """The end of every job: adds up, and notes the times."""

    def __init__(self, value: Callable[[Any], int] = int) -> None:
        self.value = value

    def local_init(self) -> None:
        self.first, self.last, self.count, self.total = 0.0, 0.0, 0, 0

    def run(self, item: Any) -> None:
        self.last = time.time()
        self.first = self.first or self.last
        self.count += 1
        self.total += self.value(item)

    def local_term(self) -> tuple[float, float, int, int]:
        return (self.first, self.last, self.count, self.total)


def images(count: int) -> Iterator[Any]:
    return map(make_array, range(count))


# ---------------------------------------------------------------- contenders


def of_pipeflow(kind: str, *, fuse: bool = False) -> Result:
    began = time.time()
    if kind == "ints":
        flow = pf.Source(range(INTS), "numbers") >> add_one >> pf.Sink(Adder(), "adder")
    else:
        sink = pf.Sink(Adder(corner), "adder").with_(readonly=True)  # as Ray Data's rows are
        flow = pf.Source(range(ARRAYS), "numbers") >> make_array >> brighter >> sink
    report = flow.run(engine="ray", progress=False, fuse=fuse)
    first, last, count, total = report.results["adder"][0]
    return Result(first - began, last - began, count, total)


def of_ray_data(kind: str) -> Result:
    """It makes one task of both functions, unasked."""
    began = time.time()
    adder = Adder(int if kind == "ints" else corner)
    adder.local_init()
    if kind == "ints":
        made = ray.data.range(INTS).map(lambda row: {"id": add_one(row["id"])})
        for batch in made.iter_batches(batch_size=BATCH, batch_format="numpy"):
            for item in batch["id"]:
                adder.run(item)
    else:
        made = ray.data.range(ARRAYS, override_num_blocks=ARRAYS // 10).map(
            lambda row: {"image": make_array(row["id"])}
        )
        made = made.map(lambda row: {"image": brighter(row["image"].copy())})
        for row in made.iter_rows():
            adder.run(row["image"])
    first, last, count, total = adder.local_term()
    return Result(first - began, last - began, count, total)


def of_pull_loops(kind: str) -> Result:
    from ray.util.queue import Queue

    began = time.time()
    size = BATCH if kind == "ints" else 1
    before, behind = Queue(maxsize=8), Queue(maxsize=8)
    of_kind = _Made(kind)
    made = ray.remote(_pull).remote(None, before, of_kind.make, size)
    work = ray.remote(_pull).remote(before, behind, of_kind.work, size)
    adder = Adder(int if kind == "ints" else corner)
    adder.local_init()
    while (batch := behind.get()) is not None:
        for item in batch:
            adder.run(item)
    ray.get([made, work])
    before.shutdown()
    behind.shutdown()
    first, last, count, total = adder.local_term()
    return Result(first - began, last - began, count, total)


class _Made:
    def __init__(self, kind: str) -> None:
        ints = kind == "ints"
        self.make: Any = (lambda: iter(range(INTS))) if ints else (lambda: images(ARRAYS))
        self.work: Any = add_one if ints else (lambda image: brighter(image.copy()))


def _pull(before: Any, behind: Any, call: Any, size: int) -> None:
    """One loop: batches from a queue to the next. Ray's arrays are read-only, so `call` copies them."""
    if before is None:
        items, batch = call(), []
        for item in items:
            batch.append(item)
            if len(batch) == size:
                behind.put(batch)
                batch = []
        if batch:
            behind.put(batch)
    else:
        while (received := before.get()) is not None:
            behind.put([call(item) for item in received])
    behind.put(None)


# ---------------------------------------------------------------- measuring

OURS = "pipeflow, fused"
"""What the others are compared with."""
CONTENDERS: dict[str, Callable[[str], Result]] = {
    "pipeflow, fused": functools.partial(of_pipeflow, fuse=True),
    "pipeflow": of_pipeflow,
    "ray.util.queue loops": of_pull_loops,
    "Ray Data": of_ray_data,
}


class Processor(threading.Thread):
    """Adds up the processor's seconds of this process and all that it has started, and they: by looking again
    and again, since ended ones can't be asked.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._first = ticks()
        self._last = dict(self._first)
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(0.3):
            self._last.update(ticks())

    def end(self) -> float:
        self._over.set()
        self.join()
        self._last.update(ticks())
        new = sum(last - self._first.get(pid, 0) for pid, last in self._last.items())
        return new / os.sysconf("SC_CLK_TCK")


def ticks() -> dict[int, int]:
    """By process."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            fields = path.read_text().rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid], spent[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return {pid: spent[pid] for pid in ours if pid in spent}


def expected(kind: str) -> tuple[int, int]:
    if kind == "ints":
        return INTS, INTS * (INTS + 1) // 2
    return ARRAYS, sum(n % 100 + 1 for n in range(ARRAYS))


def shown(kind: str, rate: float) -> str:
    return f"{rate:12,.0f} ints/s" if kind == "ints" else f"{rate * SIDE / 1e6:12,.0f} MB/s"


def compare(kind: str, rounds: int) -> None:
    """Alternate the contenders and print medians, and the medians of the ratios of one round."""
    found: dict[str, list[Result]] = {name: [] for name in CONTENDERS}
    spent: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, contender in CONTENDERS.items():
            processor = Processor()
            result = contender(kind)
            spent[name].append(processor.end())
            assert (result.count, result.total) == expected(kind), (name, result)
            found[name].append(result)
    load = os.getloadavg()[0]
    print(f"{kind}: {expected(kind)[0]:,} items, {rounds} rounds, {os.cpu_count()} cores, load {load:.0f}")
    for name, results in found.items():
        ratios = [own.rate / other.rate for own, other in zip(found[OURS], results, strict=True)]
        whole = [own.last / other.last for own, other in zip(results, found[OURS], strict=True)]
        rate = statistics.median(result.rate for result in results)
        first = statistics.median(result.first for result in results)
        print(
            f"    {name:22}{shown(kind, rate)}   first after {first:5.1f} s   "
            f"processor {statistics.median(spent[name]):5.1f} s   the first's rate is "
            f"{statistics.median(ratios):5.2f} x, its whole time 1/{statistics.median(whole):.2f}"
        )


def main(arguments: list[str]) -> None:
    kinds = [word for word in arguments if word in ("ints", "arrays")] or ["ints", "arrays"]
    rounds = next((int(word) for word in arguments if word.isdigit()), 3)
    warnings.simplefilter("ignore")
    ray.init(
        address="local", num_cpus=4, include_dashboard=False, log_to_driver=False, object_store_memory=1 << 30
    )
    try:
        for kind in kinds:
            compare(kind, rounds)
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
