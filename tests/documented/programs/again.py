"""run, close, reset, and again: class functors and generator functions begin anew each time."""

from tests.documented.programs.delivery import deliver, mp, to


class Numbers:
    def local_init(self):
        self.made = 0

    def run(self):
        for _ in range(4):
            self.made += 1
            yield self.made


def letters():
    yield from "abc"


s1, s2 = mp.Stream("s1"), mp.Stream("s2")
system = mp.PipeSystem(
    [
        mp.Source(Numbers(), "numbers", downstreams=[s1]),
        mp.Source(letters, "letters", downstreams=[s2]),
        mp.Sink(to("numbers"), "show numbers", upstreams=[s1]),
        mp.Sink(to("letters"), "show letters", upstreams=[s2]),
    ]
)
system.build(log_lvl="CRITICAL")
for round in range(3):
    system.run()
    system.close()
    deliver("rounds", round)
    system.reset()
