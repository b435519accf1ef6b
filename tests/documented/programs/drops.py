"""None is delivered nowhere: from a source, from a transform, from a seed."""

from tests.documented.programs.delivery import go, mp, to


def source():
    for n in range(10):
        yield n if n % 2 else None


def big(x):
    return x if x > 4 else None


line = mp.PipeLine()
line.add(mp.Source(source, "source"))
line.add(mp.Transform(big, "big"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
