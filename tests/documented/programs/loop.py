"""A loop, started by seeds and ended from outside by an event: Fibonacci numbers as far as anybody asked."""

from multiprocessing import Event

from tests.documented.programs.delivery import deliver, mp

ENOUGH = Event()


def fib(x1, x2):
    if x2 < 100:
        deliver("fib", x2)
    else:
        ENOUGH.set()
    return x2, x1 + x2


s1, s2 = mp.Stream("s1"), mp.Stream("s2")
pipe = mp.Transform(fib, "fib", upstreams=[s1, s2], downstreams=[s1, s2])
pipe.set_term_flag(ENOUGH)
system = mp.PipeSystem([pipe])
system.build(log_lvl="CRITICAL")
s1.q.put(0)
s2.q.put(1)
system.run()
system.close()
deliver("event", ENOUGH.is_set())
