"""A pipe fails."""

from tests.documented.programs.delivery import count, go, mp, to


def fails_on_three(x):
    if x == 3:
        raise KeyError("three")
    return x


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(fails_on_three, "picky"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
