"""A source with two downstreams sends part i of each item to stream i."""

from tests.documented.programs.delivery import go, mp, to


def pairs():
    for n in range(8):
        yield n, str(n)


numbers, texts = mp.Stream("numbers"), mp.Stream("texts")
go(
    mp.PipeSystem(
        [
            mp.Source(pairs, "pairs", downstreams=[numbers, texts]),
            mp.Sink(to("numbers"), "numbers", upstreams=[numbers]),
            mp.Sink(to("texts"), "texts", upstreams=[texts]),
        ]
    )
)
