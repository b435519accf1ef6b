"""A Regulator that breaks chunks up, and is restarted after each; the last chunk is cut short."""

from tests.documented.programs.delivery import go, mp, to


def chunks():
    for n in range(6):
        yield list(range(10 * n, 10 * n + 10))


def batch(batch_size=2):
    x = yield
    for i in range(len(x) // batch_size):
        yield x[i * batch_size : (i + 1) * batch_size]


line = mp.PipeLine()
line.add(mp.Source(chunks, "source"))
line.add(mp.Regulator(batch, "batcher", init_kwargs={"batch_size": 4}), buffer_size=10)
line.add(mp.Transform(sum, "sum"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
