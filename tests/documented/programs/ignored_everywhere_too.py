"""A pipe ignores one exception, and the system another."""

from tests.documented.programs.delivery import count, go, mp, to


def picky(x):
    if x == 2:
        raise KeyError(x)
    if x == 4:
        raise ValueError(x)
    return x


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(picky, "picky", ignore_exceptions=[KeyError]))
line.add(mp.Sink(to("sink"), "sink"))
go(line, ignore_exceptions=[ValueError])
