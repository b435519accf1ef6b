"""The Sentinel class as an item of a Transform."""

from tests.documented.programs.delivery import count, deliver, go, mp


def mark(x):
    return mp.Sentinel if x == 4 else x


def show(x):
    deliver("sink", "the class" if x is mp.Sentinel else x)


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(mark, "mark"))
line.add(mp.Sink(show, "show"))
go(line)
