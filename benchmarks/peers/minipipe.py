"""The documented ancestor, 0.1.9."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from typing import Any

import minipipe

from benchmarks.work import Chain, Fold


class _Told(Fold):
    """Its sinks give nothing back: the sum comes over a queue."""

    def __init__(self, fold: Any, queue: Any) -> None:
        super().__init__(fold)
        self.queue = queue

    def local_term(self) -> float:
        self.queue.put(self.total)
        return self.total


class _Stage:
    def __init__(self, call: Any) -> None:
        self.run = call


def run(chain: Chain) -> float:
    """A PipeSystem of the same shape; streams hold 3 items unless the chain says otherwise."""
    queue: Any = multiprocessing.Queue()
    size = chain.buffer or 3
    streams = [minipipe.Stream(f"s{n}", buffer_size=size) for n in range(len(chain.stages) + 1)]

    def items() -> Iterator[Any]:
        yield from chain.items()

    pipes = [minipipe.Source(items, "source", downstreams=[streams[0]])]
    for number, stage in enumerate(chain.stages):
        for replica in range(chain.workers):
            name = f"stage{number}_{replica}"
            pipes.append(
                minipipe.Transform(
                    stage, name, upstreams=[streams[number]], downstreams=[streams[number + 1]]
                )
            )
    pipes.append(minipipe.Sink(_Told(chain.fold, queue), "sink", upstreams=[streams[-1]]))
    system = minipipe.PipeSystem(pipes)
    system.build(log_lvl="ERROR")
    system.run()
    total = queue.get(timeout=600)
    system.close()
    return float(total)
