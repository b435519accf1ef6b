"""Measure and print the table: ``python -m benchmarks [w1_ints ...] [--rounds 3] [--only "a;b"]``.

Without names: all of it, the latency, the scaling and the cost of the statistics included; about 12 minutes
on two idle cores. ``--into docs/performance.md`` puts it between the marks of that page.

Contenders take turns, each time in a fresh process; every result is checked; a ratio is the median of the
ratios within rounds, so that a machine that is busy for a while slows both sides of it. Memory is looked at
in runs of their own, whose times do not count: looking takes a good part of a core.
"""

from __future__ import annotations

import argparse
import compileall
import datetime as dt
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import LIMIT, Measured, measure
from benchmarks.one import workload
from benchmarks.work import Target, Workload

Rounds = dict[str, list[Measured]]


def main() -> None:
    """The command."""
    arguments = _arguments()
    began = time.monotonic()
    compileall.compile_dir(Path(__file__).parents[1], quiet=1)  # as the peers were when they were installed
    parts = [machine()]
    print(parts[0])
    for name in arguments.workloads or names():
        work = workload(name)
        wanted = set(arguments.only.split(";")) if arguments.only else set(work.contenders)
        rounds = run(name, work, [c for c in work.contenders if c in wanted], arguments.rounds)
        parts.append(table(name, work, rounds))
        print(parts[-1], flush=True)
    for name in () if arguments.workloads else OTHERS:
        parts.append(other(name))
        print(parts[-1], flush=True)
    parts.append(f"{arguments.rounds} rounds, {(time.monotonic() - began) / 60:.0f} minutes in all.\n")
    print(parts[-1])
    if arguments.into:
        page = Path(arguments.into)
        page.write_text(between_marks(page.read_text(), "\n".join(parts)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", help=f"of {', '.join(names())}; default: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--into", default="", help="a page with the marks to put the table between")
    parser.add_argument("--only", default="", help="names of contenders, between semicolons")
    return parser.parse_args()


OTHERS = ("latency", "scaling", "statistics_cost")
_FROM, _TO = "<!-- measured -->", "<!-- /measured -->"


def other(name: str) -> str:
    """What a measurement that is no comparison prints, without its line about the machine."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=True)
    lines = [line for line in done.stdout.splitlines()[1:] if line]
    return "\n".join([f"### {name}", "", *(f"- {line}" for line in lines), ""])


def between_marks(page: str, text: str) -> str:
    """The page with `text` between its marks.

    Raises:
        SystemExit: it has no marks.
    """
    before, mark, rest = page.partition(_FROM)
    _, other_mark, after = rest.partition(_TO)
    if not (mark and other_mark):
        raise SystemExit(f"the page has no {_FROM} ... {_TO}")
    return f"{before}{_FROM}\n{text}{_TO}{after}"


def names() -> list[str]:
    """The workloads there are."""
    folder = Path(__file__).parent / "workloads"
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def machine() -> str:
    """Where and when."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next((x.split(":")[1].strip() for x in info.read_text().splitlines() if "model name" in x), cpu)
    load = os.getloadavg()[0]
    when = dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    version = f"Python {sys.version.split()[0]}"
    system = f"{platform.system()} {platform.release()}"
    return f"{when}, {os.cpu_count()} x {cpu}, {system}, {version}, load {load:.1f}\n"


def run(name: str, work: Workload, contenders: list[str], count: int) -> Rounds:
    """`count` rounds; in each every contender once, beginning with another one each time."""
    rounds: Rounds = {contender: [] for contender in contenders}
    for number in range(count):
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            if any(measured.failure for measured in rounds[contender]):
                continue
            measured = measure(name, contender, tuned=work.tuned)
            if work.memory and not measured.failure:
                peak = measure(name, contender, memory=True, tuned=work.tuned).peak
                measured = replace(measured, peak=peak)
            rounds[contender].append(measured)
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rounds


def ratio(rounds: Rounds, contender: str, peer: str) -> float | None:
    """How many times as fast the contender is: the median over the rounds."""
    pairs = zip(rounds.get(contender, ()), rounds.get(peer, ()), strict=False)
    ratios = [b.seconds / a.seconds for a, b in pairs if not (a.failure or b.failure)]
    return statistics.median(ratios) if ratios else None


def table(name: str, work: Workload, rounds: Rounds) -> str:
    """In markdown."""
    lines = [
        f"### {name}: {work.title}",
        "",
        "| | per item | CPU per item | peak PSS | pipeflow is faster by |",
        "|---|---|---|---|---|",
    ]
    for contender, measured in rounds.items():
        lines.append(_row(contender, measured, ratio(rounds, "pipeflow", contender)))
    lines.append("")
    lines += [_verdict(target, ratio(rounds, target.contender, target.peer)) for target in work.targets]
    lines += _bounds(work, rounds)
    return "\n".join([*lines, ""])


def _bounds(work: Workload, rounds: Rounds) -> list[str]:
    """Whether memory and time stayed within what is said."""
    said: list[str] = []
    if work.less_memory is not None and all(rounds.get(name) for name in work.less_memory):
        ours, theirs = (max(m.peak for m in rounds[name]) for name in work.less_memory)
        met = "met" if 0 < ours <= theirs else "NOT MET"
        said.append(f"- peak PSS: no higher than {theirs:.0f} MiB, reached {ours:.0f} MiB: {met}")
    first = next(iter(rounds.values()), [])
    if work.limit and first and not any(m.failure for m in first):
        took = statistics.median(m.seconds for m in first) * work.items
        met = "met" if took <= work.limit else "NOT MET"
        said.append(f"- all {work.items}: within {work.limit:.3g} s, reached {took:.3g} s: {met}")
    return said


def _row(contender: str, measured: list[Measured], faster: float | None) -> str:
    failure = next((m.failure for m in measured if m.failure), "")
    if failure:
        return f"| {contender} | failed: {failure[:80]} | | | |"
    seconds = statistics.median(m.seconds for m in measured)
    cpu = statistics.median(m.cpu for m in measured)
    peak = max(m.peak for m in measured)
    shown = f"{peak:.0f} MiB" if peak else ""
    by = "" if faster is None else f"{faster:.2f}"
    return f"| {contender} | {_time(seconds)} | {_time(cpu)} | {shown} | {by} |"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.2f} us"


def _verdict(target: Target, reached: float | None) -> str:
    said = f"- {target.contender} / {target.peer}: target {target.ratio:.3g}"
    if reached is None:
        return f"{said}, not measured"
    return f"{said}, reached {reached:.3g}: {'met' if reached >= target.ratio else 'NOT MET'}"


if __name__ == "__main__":
    main()
