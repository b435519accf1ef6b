"""A functor can't be initialised on its worker."""

from tests.documented.programs.delivery import count, go, mp, to


class Model:
    def local_init(self):
        raise OSError("no such weights")

    def run(self, x):
        return x


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(Model(), "model"))
line.add(mp.Sink(to("sink"), "sink"))
go(line)
