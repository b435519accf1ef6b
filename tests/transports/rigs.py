"""Endpoints of a whole topology in this process, by each transport, with the supervisor's side of them."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from pipeflow.transports import memory, sockets
from pipeflow.transports._base import ENDED, Endpoint
from pipeflow.transports.control import Control, receive_channels, send_channels
from pipeflow.transports.wiring import Layout, StreamEnds, lay_out

DEADLINE = 20.0


def run(work: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """In a thread of its own (a daemon: a hang fails one test and keeps nothing alive)."""
    future: Future[Any] = Future()

    def target() -> None:
        try:
            future.set_result(work(*arguments))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=target, daemon=True).start()
    return future


def produce(endpoint: Endpoint, items: Any, output: int = 0) -> int:
    """A whole source: how many were wanted."""
    sent = 0
    for item in items:
        if not endpoint.send(output, item):
            break
        sent += 1
    endpoint.finish()
    return sent


def consume(endpoint: Endpoint, each: Callable[[Any], object] = lambda _: None) -> list[Any]:
    """A whole sink of all its ports."""
    items: list[Any] = []
    left = set(endpoint.counts.inputs)
    while left:
        port, item = endpoint.receive()
        if item is ENDED:
            left.remove(port)
            continue
        items.append(item)
        each(item)
        endpoint.done(port)
    return items


def stream(writers: Sequence[Any], readers: Sequence[Any], capacity: int | None = None) -> StreamEnds:
    """Workers by name, at output 0 or port 0; or (worker, output) and (worker, port)."""

    def end(name: Any) -> tuple[Hashable, int]:
        return name if isinstance(name, tuple) else (name, 0)

    return StreamEnds(tuple(map(end, writers)), tuple(map(end, readers)), capacity)


class SocketRig:
    name = "sockets"

    def __init__(self, *streams: StreamEnds) -> None:
        self.layout: Layout = lay_out(streams)
        self.endpoints: dict[Hashable, sockets.SocketEndpoint] = {}
        self.controls: dict[Hashable, Control] = {}
        for worker, descriptors in sockets.connect(self.layout).items():
            ours, theirs = socket.socketpair()
            self.controls[worker] = Control(ours)
            send_channels(self.controls[worker], self.layout.wirings[worker], descriptors)
            line = Control(theirs)
            wiring, ends, _ = receive_channels(line)
            self.endpoints[worker] = sockets.SocketEndpoint(wiring, ends, line)

    def __getitem__(self, worker: Hashable) -> sockets.SocketEndpoint:
        return self.endpoints[worker]

    def stop(self, worker: Hashable) -> None:
        self.controls[worker].stop()

    def post(self, worker: Hashable, message: object) -> None:
        self.controls[worker].post(message)

    def reports(self, worker: Hashable) -> list[Any]:
        return self.controls[worker].pull()

    def close(self) -> None:
        for control in self.controls.values():
            control.stop()
        for endpoint in self.endpoints.values():
            endpoint.close()
        for control in self.controls.values():
            control.close()


class PortableRig(SocketRig):
    """As on systems without anonymous shared memory: everything goes through the sockets."""

    def __init__(self, *streams: StreamEnds) -> None:
        with mock.patch.dict(os.environ, PIPEFLOW_SLOTS="0"):
            super().__init__(*streams)


class MemoryRig:
    name = "memory"

    def __init__(self, *streams: StreamEnds) -> None:
        self.endpoints = memory.connect(streams)
        self.heard: dict[Hashable, list[Any]] = {worker: [] for worker in self.endpoints}
        for worker, endpoint in self.endpoints.items():
            endpoint.on_report = self.heard[worker].append

    def __getitem__(self, worker: Hashable) -> memory.MemoryEndpoint:
        return self.endpoints[worker]

    def stop(self, worker: Hashable) -> None:
        self.endpoints[worker].stop()

    def post(self, worker: Hashable, message: object) -> None:
        self.endpoints[worker].post(message)

    def reports(self, worker: Hashable) -> list[Any]:
        heard = list(self.heard[worker])
        self.heard[worker].clear()
        return heard

    def close(self) -> None:
        for endpoint in self.endpoints.values():
            endpoint.stop()


Rig = SocketRig | MemoryRig
RigMaker = Callable[..., Rig]


@contextmanager
def rigs_of(kind: type[SocketRig] | type[MemoryRig]) -> Iterator[RigMaker]:
    made: list[Rig] = []

    def make(*streams: StreamEnds) -> Rig:
        made.append(kind(*streams))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def eventually(question: Callable[[], Any], deadline: float = DEADLINE) -> Any:
    """The first true answer. For what another thread is about to do; fails after the deadline."""
    gate = threading.Event()
    for _ in range(int(deadline / 0.002)):
        if answer := question():
            return answer
        gate.wait(0.002)
    pytest.fail("it did not happen in time")
