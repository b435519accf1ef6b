"""A started generator as a source's functor."""

from tests.documented.programs.delivery import count, go, mp, to

started = count(9)
next(started)
line = mp.PipeLine()
line.add(mp.Source(started, "source"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
