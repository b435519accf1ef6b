"""One functor object in several workers: each has a state of its own."""

from tests.documented.programs.delivery import count, deliver, go, mp, to


class Own:
    def local_init(self):
        self.begun = getattr(self, "begun", 0) + 1

    def run(self, x):
        return [x, self.begun]

    def local_term(self):
        deliver("begun", self.begun)


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Transform(Own(), "own"), n_processes=3)
line.add(mp.Sink(to("sink"), "sink"))
go(line)
