"""A KeyError is a LookupError."""

from tests.documented.programs.delivery import count, deliver, go, mp, to


def picky(x):
    return {0: "zero", 2: "two", 3: "three"}[x]


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(picky, "picky", ignore_exceptions=[LookupError]))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
if hasattr(line, "report"):
    deliver("report", dict(line.report["picky"].ignored))
