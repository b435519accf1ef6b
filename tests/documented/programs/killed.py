"""A worker's process ends without a word."""

import os

from tests.documented.programs.delivery import count, go, mp, to


def leaves(x):
    if x == 3:
        os._exit(0)
    return x


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(leaves, "leaver"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
