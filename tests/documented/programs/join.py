"""Two streams meet in one pipe, whose functor gets one item of each; `right` may be shorter."""

import sys

from tests.documented.programs.delivery import count, go, mp, to

SHORT = int(sys.argv[2])


def letters():
    yield from "abcdefghij"[:SHORT]


def pair(x, y):
    return [x, y]


s1, s2, s3 = mp.Stream("left"), mp.Stream("right"), mp.Stream("pairs")
go(
    mp.PipeSystem(
        [
            mp.Source(count, "count", downstreams=[s1]),
            mp.Source(letters, "letters", downstreams=[s2]),
            mp.Transform(pair, "pair", upstreams=[s1, s2], downstreams=[s3]),
            mp.Sink(to("sink"), "sink", upstreams=[s3]),
        ]
    )
)
