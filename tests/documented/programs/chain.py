"""One worker each: everything arrives, in order; values that look like nothing too."""

from tests.documented.programs.delivery import go, mp, to


def source():
    yield from [0, 1, "", [], {}, False, 2.5, "None", -1, [None]]


def same(x):
    return x


line = mp.PipeLine()
line.add(mp.Source(source, "source"))
line.add(mp.Transform(same, "same"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
