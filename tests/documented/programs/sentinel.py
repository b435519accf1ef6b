"""A source ends where it yields the Sentinel class."""

from tests.documented.programs.delivery import go, mp, to


def source():
    yield 1
    yield 2
    yield mp.Sentinel
    yield 3


line = mp.PipeLine()
line.add(mp.Source(source, "source"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
