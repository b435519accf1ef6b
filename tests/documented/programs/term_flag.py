"""An event ends an endless source; what it made before arrives, and what is behind it ends too."""

from multiprocessing import Event

from tests.documented.programs.delivery import deliver, go, mp

ENOUGH = Event()


def endless():
    n = 0
    while True:
        yield n
        n += 1


def show(x):
    if x < 5:
        deliver("sink", x)
    else:
        ENOUGH.set()


source = mp.Source(endless, "endless")
s = mp.Stream("s")
source.set_downstreams([s])
source.set_term_flag(ENOUGH)
go(mp.PipeSystem([source, mp.Sink(show, "show", upstreams=[s])]))
