"""The nodes and edges of the pictures, of a line with replicas and of the page's system."""

from tests.documented.programs.delivery import count, deliver, double, mp


def batch():
    yield (yield)


line = mp.PipeLine()
line.add(mp.Source(count, "source"))
line.add(mp.Regulator(batch, "batcher"), buffer_size=10)
line.add(mp.Transform(double, "sum"), n_processes=3)
line.add(mp.Sink(double, "print"))
line.build(log_lvl="CRITICAL")
deliver("line", line.diagram().source)
deliver("line with streams", line.diagram(draw_streams=True).source)

s1, s2, s3, s4, s5 = (mp.Stream(f"s{n}") for n in range(1, 6))
system = mp.PipeSystem(
    [
        mp.Source(count, "source1", downstreams=[s1]),
        mp.Source(count, "source2", downstreams=[s1]),
        mp.Regulator(batch, "batcher", upstreams=[s1], downstreams=[s2]),
        mp.Transform(double, "sum", upstreams=[s2], downstreams=[s3]),
        mp.Transform(double, "sum", upstreams=[s2], downstreams=[s3]),
        mp.Transform(double, "sum", upstreams=[s2], downstreams=[s3]),
        mp.Transform(double, "split", upstreams=[s3], downstreams=[s4, s5]),
        mp.Sink(double, "print_gt_1", upstreams=[s4]),
        mp.Sink(double, "print_lt_1", upstreams=[s5]),
    ]
)
system.build(log_lvl="CRITICAL")
deliver("system", system.diagram().source)
deliver("system with streams", system.diagram(draw_streams=True).source)

s1, s2 = mp.Stream("s1"), mp.Stream("s2")
loop = mp.PipeSystem([mp.Transform(double, "fib", upstreams=[s1, s2], downstreams=[s1, s2])])
loop.build(log_lvl="CRITICAL")
deliver("loop", loop.diagram().source)
deliver("loop with streams", loop.diagram(draw_streams=True).source)
