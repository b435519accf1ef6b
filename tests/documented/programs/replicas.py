"""Several workers of one Transform: every item once."""

from tests.documented.programs.delivery import count, double, go, mp, to

line = mp.PipeLine()
line.add(mp.Source(count, "source"), buffer_size=5)
line.add(mp.Transform(double, "double"), n_processes=3, buffer_size=2)
line.add(mp.Sink(to("sink"), "sink"), buffer_size=1)
go(line)
