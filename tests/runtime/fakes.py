"""An endpoint that is a script: what arrives is said beforehand, what is done with it is written down."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import pipeflow as pf
from pipeflow.graph import build_graph
from pipeflow.plan import Plan, compile_plan
from pipeflow.runtime.messages import Finished, Worker
from pipeflow.runtime.meter import FIELDS, Meter
from pipeflow.runtime.worker import RunLoop
from pipeflow.transports import ENDED, Counts, State, Stopped, Unpicklable
from pipeflow.transports._base import Read, Written


class FakeEndpoint:
    """Entries of every port are there from the start, then its end.

    Attributes:
        script: by port, what arrives; an exception instance is raised by `receive`.
        log: (what, port or output, entry), in the order of the calls.
        reports: what the supervisor was told.
        stop_after: `receive` and `send` raise Stopped after so many log lines.
        room: by output, how many entries its readers take before they have closed.
    """

    def __init__(self, *inputs: list[Any], outputs: int = 1) -> None:
        self.script = {port: deque(items) for port, items in enumerate(inputs)}
        self.commands: Callable[[object], None] = lambda _: None
        self.on_block: Callable[[State, int], None] | None = None
        self.on_wait: Callable[[State], None] = lambda _: None
        self.counts = Counts({p: Read() for p in self.script}, {o: Written() for o in range(outputs)})
        self.state: State = "busy"
        self.log: list[tuple[Any, ...]] = []
        self.reports: list[Any] = []
        self.stop_after: int | None = None
        self.room: dict[int, int] = {}
        self.finished = False
        self.woken = 0
        self._ended: set[int] = set()

    def receive(self, ports: Collection[int] | None = None) -> tuple[int, Any]:
        self._maybe_stop()
        for port in sorted(self.script):
            if port in self._ended or (ports is not None and port not in ports):
                continue
            if not self.script[port]:
                self._ended.add(port)
                return port, ENDED
            entry = self.script[port].popleft()
            if isinstance(entry, Exception):
                raise entry
            self.counts.inputs[port].read += 1
            self.log.append(("received", port, entry))
            return port, entry
        raise AssertionError("receive() of ports that have all ended would wait for ever")

    def poll(self, ports: Collection[int] | None = None) -> bool:
        return any(port not in self._ended for port in (self.script if ports is None else ports))

    def done(self, port: int, ticket: int | None = None) -> None:
        self.log.append(("done", port))

    def ticket(self, port: int) -> int:
        return 0

    def send(self, output: int, entry: Any) -> bool:
        self._maybe_stop()
        if callable(entry):
            raise Unpicklable(repr(entry), TypeError("functions stay here"))
        written = self.counts.outputs[output]
        written.written += 1
        if self.room.get(output, 1) < 1:
            written.not_needed += 1
            return False
        if output in self.room:
            self.room[output] -= 1
        self.log.append(("sent", output, entry))
        return True

    def close_input(self, port: int) -> None:
        self._ended.add(port)
        self.log.append(("closed", port))

    def wanted(self) -> bool:
        outputs = self.counts.outputs
        return not outputs or any(self.room.get(output, 1) for output in outputs)

    def flush(self) -> None:
        self.log.append(("flushed",))

    def finish(self) -> None:
        self.finished = True

    def wake(self) -> None:
        self.woken += 1

    def report(self, message: object) -> None:
        self.reports.append(message)

    def close(self) -> None:
        pass

    def arrived(self, port: int) -> int:
        return len(self.script[port])

    def underway(self, output: int) -> int:
        return 0

    def _maybe_stop(self) -> None:
        if self.stop_after is not None and len(self.log) >= self.stop_after:
            raise Stopped

    def sent(self, output: int = 0) -> list[Any]:
        return [
            entry for what, where, *rest in self.log if what == "sent" and where == output for entry in rest
        ]


def planned(flow: Any, **options: Any) -> Plan:
    return compile_plan(build_graph(flow), **options)


def stage_number(plan: Plan, name: str) -> int:
    return next(number for number, stage in enumerate(plan.stages) if stage.name == name)


def loop_for(flow: Any, name: str, endpoint: FakeEndpoint, replica: int = 0) -> RunLoop:
    """The run loop of one pipe of `flow`, between the fake's ends. As in a process of its own."""
    plan = planned(flow)
    worker = Worker(stage_number(plan, name), replica)
    return RunLoop(plan, worker, endpoint, Meter([0] * FIELDS, 0), pid=1)


def worked(flow: Any, name: str, endpoint: FakeEndpoint, replica: int = 0) -> Any:
    """Run that pipe to its end; its last report."""
    loop = loop_for(flow, name, endpoint, replica)
    for _ in range(100_000):
        if loop.over:
            return endpoint.reports[-1]
        loop.tick()
    raise AssertionError("the run loop does not end")


def result_of(report: Any) -> Any:
    assert isinstance(report, Finished), report
    return report.result


def source(n: int = 0, name: str = "src") -> pf.Source[int]:
    return pf.Source(range(n), name)
