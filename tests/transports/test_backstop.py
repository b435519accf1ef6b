"""The thread that pumps while its worker is away: its begin and its end. For its work see test_sockets.py."""

from __future__ import annotations

import threading

from pipeflow.transports.backstop import Backstop
from tests.interrupts import interrupted
from tests.transports.rigs import DEADLINE, run


class Idle:
    """A pump with nothing to do."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.torn = self.present = False
        self.calls = 0
        self.looked = threading.Event()

    def serve(self, timeout: float) -> None:
        pass

    def settle(self, force: bool) -> None:
        pass

    def loose(self) -> bool:
        self.looked.set()
        return False

    def wait(self) -> None:
        pass


def running() -> tuple[Backstop, Idle]:
    pump = Idle()
    backstop = Backstop(pump)
    with pump.lock:
        backstop.arm()
    assert pump.looked.wait(DEADLINE)
    pump.looked.clear()
    return backstop, pump


def test_it_looks_when_it_is_armed_again() -> None:
    backstop, pump = running()
    with pump.lock:
        backstop.arm()
    assert pump.looked.wait(DEADLINE)
    run(backstop.close).result(DEADLINE)


def test_it_ends_though_whoever_armed_it_was_interrupted() -> None:
    step = 0
    while True:
        step += 1
        backstop, _ = running()
        if not interrupted(step, backstop.arm):
            break
        run(backstop.close).result(DEADLINE)
    run(backstop.close).result(DEADLINE)
    assert step > 3, "the trace saw it"
