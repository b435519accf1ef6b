"""A source's generator is ended by its own exception, ignored or not."""

from tests.documented.programs.delivery import go, mp, to


def source():
    yield 1
    raise ValueError("in the middle")
    yield 2


line = mp.PipeLine()
line.add(mp.Source(source, "source", ignore_exceptions=[ValueError]))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
