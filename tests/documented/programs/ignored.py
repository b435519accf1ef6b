"""An exception that a pipe ignores skips one item; a system may have all its pipes ignore it."""

import sys

from tests.documented.programs.delivery import count, go, mp, to


def picky(x):
    if x in (3, 5):
        raise ValueError(x)
    return x


everywhere = sys.argv[2] == "everywhere"
line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(picky, "picky", ignore_exceptions=None if everywhere else [ValueError]))
line.add(mp.Sink(to("sink"), "sink"))
go(line, ignore_exceptions=[ValueError] if everywhere else None)
