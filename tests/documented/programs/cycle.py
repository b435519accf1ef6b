"""Items go round until they are large; a source feeds the loop, and nobody ends it from outside."""

from tests.documented.programs.delivery import go, mp, to


def source():
    yield from (1, 3, 5)


def grow(x):
    return [2 * x, None] if x < 100 else [None, x]


around, out = mp.Stream("around", buffer_size=10), mp.Stream("out")
go(
    mp.PipeSystem(
        [
            mp.Source(source, "source", downstreams=[around]),
            mp.Transform(grow, "grow", upstreams=[around], downstreams=[around, out]),
            mp.Sink(to("sink"), "sink", upstreams=[out]),
        ]
    )
)
