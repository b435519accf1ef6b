"""The small public surface: what streams and pipes answer before a run."""

from tests.documented.programs.delivery import count, deliver, double, mp

s1, s2 = mp.Stream("one", buffer_size=4), mp.Stream(name="two", timeout=2, monitor=True)
deliver("names", [s1.name, s2.name, mp.Stream().name])
deliver("attributes", [s1.buffer_size, s2.timeout, s2.monitor, s1.monitor])
deliver("fresh", [s1.empty(), s1.full(), s1.capacity()])
for n in range(4):
    s1.q.put(n)
    while s1.q.empty():  # a queue of multiprocessing fills a moment later
        pass
while not s1.full():
    pass
deliver("filled", [s1.empty(), s1.full(), s1.capacity()])
s1.flush()
deliver("flushed", [s1.empty(), s1.full()])

pipe = mp.Transform(double, "double")
pipe.set_upstreams([s1])
pipe.set_downstreams([s2])
deliver("streams", [pipe.get_upstreams() == [s1], pipe.get_downstreams() == [s2], pipe.upstreams == [s1]])
source = mp.Source(count, "count", downstreams=[s1], ignore_exceptions=[ValueError])
deliver("name", source.name)
deliver("equal", [pipe == pipe, pipe == source, s1 == s2, len({pipe, source, s1, s2})])
deliver("sentinel", repr(mp.Sentinel()))
