"""Two sources write to one stream."""

from tests.documented.programs.delivery import count, go, mp, to


def letters():
    yield from "abcdef"


s = mp.Stream()
go(
    mp.PipeSystem(
        [
            mp.Source(count, "numbers", downstreams=[s]),
            mp.Source(letters, "letters", downstreams=[s]),
            mp.Sink(to("sink"), "sink", upstreams=[s]),
        ]
    )
)
