"""How often we differ from mypy and pyright where those two agree.

python -m tests.hints.oracle.measure --pairs 4000 [--seed N] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.hints.oracle.batches import Batch, Pair, ask_mypy, ask_pyright, ask_us, make


@dataclass
class Score:
    """What was counted. Shares are of the pairs on which the two checkers agree."""

    seed: int
    good: list[Pair]
    bad: list[Pair]
    differ: int
    invalid: int

    @property
    def agreed(self) -> int:
        return len(self.good) + len(self.bad)

    @property
    def false_alarms(self) -> list[Pair]:
        return [pair for pair in self.good if pair.ours == "mismatch"]

    @property
    def missed(self) -> list[Pair]:
        """Bad pairs that are not flagged, whether we called them good or said that we don't know."""
        return [pair for pair in self.bad if pair.ours != "mismatch"]

    @property
    def called_ok(self) -> list[Pair]:
        return [pair for pair in self.bad if pair.ours == "ok"]

    @property
    def undecided(self) -> list[Pair]:
        return [pair for pair in self.good if pair.ours == "unknown"]

    @property
    def crashed(self) -> list[Pair]:
        return [pair for pair in (*self.good, *self.bad) if pair.crashed]

    def summary(self) -> str:
        share = lambda pairs: f"{len(pairs)} ({100 * len(pairs) / max(1, self.agreed):.2f} %)"  # noqa: E731
        return (
            f"seed {self.seed}: {self.agreed} pairs agreed on ({len(self.good)} good, {len(self.bad)} bad), "
            f"{self.differ} differ, {self.invalid} not readable\n"
            f"false alarms {share(self.false_alarms)}, misses {share(self.missed)} "
            f"(of them called ok {share(self.called_ok)}), good but unknown {share(self.undecided)}"
        )

    def listing(self, *, undecided: bool = False) -> str:
        lines = [f"CRASH {pair.producer}  ->  {pair.consumer}\n    {pair.reason}" for pair in self.crashed]
        for title, pairs in (("FALSE ALARM", self.false_alarms), ("MISS", self.missed)):
            for pair in pairs:
                lines.append(
                    f"{title} {pair.producer}  ->  {pair.consumer}\n    we: {pair.ours}: {pair.reason}"
                )
                if pair.mypy:
                    lines.append(f"    mypy: {pair.mypy}")
        if undecided:
            lines += [
                f"UNDECIDED {pair.producer}  ->  {pair.consumer}\n    {pair.reason}"
                for pair in self.undecided
            ]
        return "\n".join(lines)


def measure(count: int, seed: int, folder: Path) -> Score:
    """Make the pairs and ask all three."""
    batch = make(folder, seed, count)
    ask_us(batch)
    ask_mypy(batch)
    ask_pyright(batch)
    return score(batch, seed)


def score(batch: Batch, seed: int) -> Score:
    agreed = [pair for pair in batch.pairs if pair.agreed is not None]
    invalid = sum(1 for pair in batch.pairs if not pair.valid)
    return Score(
        seed,
        [pair for pair in agreed if pair.agreed],
        [pair for pair in agreed if not pair.agreed],
        len(batch.pairs) - len(agreed) - invalid,
        invalid,
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--undecided", action="store_true", help="also list the good pairs we can't tell")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        result = measure(given.pairs, given.seed, given.keep or Path(temporary))
    print(result.listing(undecided=given.undecided))
    print(result.summary())
    print(f"{time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
