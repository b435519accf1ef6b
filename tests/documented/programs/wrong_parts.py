"""Two downstreams, and three parts."""

from tests.documented.programs.delivery import count, go, mp, to


def three(x):
    return [x, x, x]


s1, s2, s3 = (mp.Stream() for _ in range(3))
go(
    mp.PipeSystem(
        [
            mp.Source(count, "source", downstreams=[s1]),
            mp.Transform(three, "three", upstreams=[s1], downstreams=[s2, s3]),
            mp.Sink(to("left"), "left", upstreams=[s2]),
            mp.Sink(to("right"), "right", upstreams=[s3]),
        ]
    )
)
