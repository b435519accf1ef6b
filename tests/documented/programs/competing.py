"""Readers with different functors compete for one stream: each item goes to exactly one of them."""

from tests.documented.programs.delivery import count, deliver, go, mp


def left(x):
    deliver("either", x)


def right(x):
    deliver("either", x)


s = mp.Stream()
go(
    mp.PipeSystem(
        [
            mp.Source(count, "source", downstreams=[s]),
            mp.Sink(left, "left", upstreams=[s]),
            mp.Sink(right, "right", upstreams=[s]),
        ]
    )
)
