"""A sink reads a stream that nobody writes, but for what was put there before."""

from tests.documented.programs.delivery import count, go, mp, to

written, unwritten = mp.Stream("written"), mp.Stream("unwritten")
unwritten.q.put("seed")
go(
    mp.PipeSystem(
        [
            mp.Source(count, "source", downstreams=[written]),
            mp.Sink(to("written"), "first", upstreams=[written]),
            mp.Sink(to("unwritten"), "second", upstreams=[unwritten]),
        ]
    )
)
