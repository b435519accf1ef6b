"""The program ends while its pipes are at work: nobody has called ``close()``."""

import time

from tests.documented.programs.delivery import deliver, mp


def source():
    yield from range(5)


def slow(x):
    time.sleep(0.3)
    deliver("sink", x)


line = mp.PipeLine()
line.add(mp.Source(source, "source"))
line.add(mp.Sink(slow, "slow"))
line.build()
line.run()
