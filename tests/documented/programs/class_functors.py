"""Class functors: local_init once on the worker with init_kwargs, run for each item, local_term once."""

import os

from tests.documented.programs.delivery import deliver, go, mp

CALLER = os.getpid()


class Numbers:
    def local_init(self):
        self.last = 7

    def run(self):
        yield from range(self.last)

    def local_term(self):
        deliver("source ends", self.last)


class Scale:
    def __init__(self, offset):
        self.offset = offset

    def local_init(self, factor):
        deliver("scale begins in a process of its own", os.getpid() != CALLER)
        self.factor, self.calls = factor, 0

    def run(self, x):
        self.calls += 1
        return self.factor * x + self.offset

    def local_term(self):
        deliver("scale ends", self.calls)


class Total:
    def local_init(self):
        self.total = 0

    def run(self, x):
        self.total += x

    def local_term(self):
        deliver("total", self.total)


line = mp.PipeLine()
line.add(mp.Source(Numbers(), "source"))
line.add(mp.Transform(Scale(1), "scale", init_kwargs={"factor": 10}))
line.add(mp.Sink(Total(), "total"))
go(line)
