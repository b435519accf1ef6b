"""Positional outputs: part i goes to stream i, a None part nowhere. Arrays are taken apart, too."""

import numpy as np

from tests.documented.programs.delivery import go, mp, to


def source():
    yield from range(12)


def halves(x):
    if x % 3 == 0:
        return np.array([x, -x])
    return [x, None] if x % 3 == 1 else (None, x)


def plain(x):
    return int(x)


s1, s2, s3, s4, s5 = (mp.Stream() for _ in range(5))
go(
    mp.PipeSystem(
        [
            mp.Sink(to("right"), "print_right", upstreams=[s5]),
            mp.Sink(to("left"), "print_left", upstreams=[s4]),
            mp.Transform(plain, "left", upstreams=[s2], downstreams=[s4]),
            mp.Transform(plain, "right", upstreams=[s3], downstreams=[s5]),
            mp.Transform(halves, "split", upstreams=[s1], downstreams=[s2, s3]),
            mp.Source(source, "source", downstreams=[s1]),
        ]
    )
)
