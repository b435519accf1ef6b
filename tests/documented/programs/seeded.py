"""What is put into a stream before run() is delivered with the rest."""

from tests.documented.programs.delivery import count, double, go, mp, to

s1, s2 = mp.Stream("s1"), mp.Stream("s2")
s1.q.put(100)
s1.q.put(101)
go(
    mp.PipeSystem(
        [
            mp.Source(count, "source", downstreams=[s1]),
            mp.Transform(double, "double", upstreams=[s1], downstreams=[s2]),
            mp.Sink(to("sink"), "sink", upstreams=[s2]),
        ]
    )
)
