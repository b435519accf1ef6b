"""A Regulator's coroutine gets a chunk too short for anything, and ends without yielding."""

from tests.documented.programs.delivery import go, mp, to


def chunks():
    yield [1, 2, 3]
    yield [4]
    yield [5, 6]


def batch(batch_size=2):
    x = yield
    for i in range(len(x) // batch_size):
        yield x[i * batch_size : (i + 1) * batch_size]


line = mp.PipeLine()
line.add(mp.Source(chunks, "source"))
line.add(mp.Regulator(batch, "batcher"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
