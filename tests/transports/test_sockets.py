"""What only real sockets do: peers that are killed, items that can't be pickled, descriptors, forks."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeflow.transports import sockets
from pipeflow.transports._base import ENDED, Endpoint, Stopped, Unpicklable, Unreadable
from pipeflow.transports.control import STOP, Control, receive_channels, send_channels
from pipeflow.transports.link import Link
from pipeflow.transports.messages import Close, Want
from pipeflow.transports.repairs import Eof
from pipeflow.transports.wiring import StreamEnds, lay_out
from tests.transports.rigs import (
    DEADLINE,
    RigMaker,
    SocketRig,
    consume,
    descriptors,
    eventually,
    produce,
    rigs_of,
    run,
    stream,
)


@pytest.fixture
def rig() -> Iterator[RigMaker]:
    with rigs_of(SocketRig) as make:
        yield make


CHILD = """
import socket, sys, threading
from pipeflow.transports.control import Control, receive_channels
from pipeflow.transports.sockets import SocketEndpoint
line = Control(socket.socket(fileno=int(sys.argv[1])))
wiring, ends, _ = receive_channels(line)
endpoint = SocketEndpoint(wiring, ends, line)
"""
SENT = "endpoint.report('sent')\nthreading.Event().wait()"


class Outside:
    """A rig with some workers in processes of their own, each running a snippet."""

    def __init__(self, streams: list[StreamEnds], **snippets: str) -> None:
        layout = lay_out(streams)
        self.controls: dict[Any, Control] = {}
        self.endpoints: dict[Any, sockets.SocketEndpoint] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        theirs: dict[Any, socket.socket] = {}
        for worker in layout.wirings:
            ours, theirs[worker] = socket.socketpair()
            self.controls[worker] = Control(ours)
        for name, code in snippets.items():
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-c", CHILD + code, str(theirs[name].fileno())],
                pass_fds=[theirs[name].fileno()],
                cwd=Path(__file__).parents[2],
            )
            theirs.pop(name).close()
        for worker, numbers in sockets.connect(layout).items():
            send_channels(self.controls[worker], layout.wirings[worker], numbers)
        for worker, sock in theirs.items():
            line = Control(sock)
            wiring, ends, _ = receive_channels(line)
            self.endpoints[worker] = sockets.SocketEndpoint(wiring, ends, line)

    def __enter__(self) -> Outside:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(DEADLINE)
        for control in self.controls.values():
            control.stop()
        for endpoint in self.endpoints.values():
            endpoint.close()
        for control in self.controls.values():
            control.close()


def test_a_killed_writer_is_reported_and_what_it_sent_is_kept() -> None:
    code = "for k in range(50): endpoint.send(0, k)\nendpoint.flush()\n" + SENT
    with Outside([stream(["a"], ["b"], 100)], a=code) as r:
        eventually(lambda: r.controls["a"].pull() == ["sent"])
        r.processes["a"].send_signal(signal.SIGKILL)
        r.processes["a"].wait(DEADLINE)
        endpoint = r.endpoints["b"]
        for k in range(50):
            assert endpoint.receive() == (0, k)
            endpoint.done(0)
        waiting = run(endpoint.receive)
        assert eventually(lambda: r.controls["b"].pull()) == [Eof(0, got=50)]
        assert not waiting.done()
        r.controls["b"].stop()
        with pytest.raises(Stopped):
            waiting.result(DEADLINE)


def test_a_writer_killed_half_way_through_an_entry_leaves_the_whole_ones() -> None:
    code = "endpoint.send(0, 'whole')\nendpoint.send(0, bytes(50 << 20))\n" + SENT
    with Outside([stream(["a"], ["b"])], a=code) as r:
        eventually(lambda: r.controls["a"].pull() == ["sent"])
        r.processes["a"].kill()
        r.processes["a"].wait(DEADLINE)
        assert r.endpoints["b"].receive() == (0, "whole")
        r.endpoints["b"].done(0)
        run(r.endpoints["b"].receive)
        assert eventually(lambda: r.controls["b"].pull()) == [Eof(0, got=1)]


def test_a_killed_reader_is_reported_and_nothing_ends_normally() -> None:
    with Outside([stream(["a"], ["b"])], b="endpoint.receive()\nthreading.Event().wait()") as r:
        made = run(produce, r.endpoints["a"], [1, 2])
        eventually(lambda: r.endpoints["a"].state == "blocked")
        r.processes["b"].kill()
        assert eventually(lambda: r.controls["a"].pull()) == [Eof(1)]
        assert not made.done()
        assert r.endpoints["a"].wanted()
        r.controls["a"].stop()
        with pytest.raises(Stopped):
            made.result(DEADLINE)


def test_a_killed_reader_leaves_its_sibling_served() -> None:
    with Outside([stream(["a"], ["b", "c"])], b="endpoint.receive()\nthreading.Event().wait()") as r:
        made = run(produce, r.endpoints["a"], iter(int, 1))
        eventually(lambda: r.endpoints["a"].counts.outputs[0].written > 3)
        r.processes["b"].kill()
        assert eventually(lambda: r.controls["a"].pull()) == [Eof(1)]
        for _ in range(1000):
            r.endpoints["c"].receive()
            r.endpoints["c"].done(0)
        assert not made.done()


def test_a_reader_that_leaves_with_unread_entries_is_no_accident() -> None:
    """Closing with unread data resets the connection; what it said before must still be heard."""
    code = (
        "endpoint.receive()\nendpoint.done(0)\nendpoint.close_input(0)\nendpoint.finish()\nendpoint.close()"
    )
    with Outside([stream(["a"], ["b"], 1000)], b=code) as r:
        made = run(produce, r.endpoints["a"], iter(int, 1))
        made.result(DEADLINE)
        counts = r.endpoints["a"].counts.outputs[0]
        assert counts.written == counts.not_needed + 1
        r.processes["b"].wait(DEADLINE)
        r.endpoints["a"].poll()
        assert r.controls["a"].pull() == []


@pytest.mark.parametrize("unread", [0, 3, 100_000])
def test_what_a_dead_peer_wrote_is_read_to_the_end(unread: int) -> None:
    """A peer that dies with data it has not read resets the connection; its last words are heard."""
    ours, theirs = socket.socketpair()
    link, peer = Link(ours.detach()), Link(theirs.detach())
    if unread:
        link.socket.send(bytes(unread))
    for k in range(3):
        peer.post(Close(k))
    peer.close()
    heard = []
    while not link.eof:
        heard += link.pull()
    assert heard == [Close(0), Close(1), Close(2)]
    link.post(Want())
    assert not link.pending
    link.close()


class Resetting(socket.socket):
    """Some kernels report the reset before the data instead of after it."""

    told = False

    def recv_into(self, *arguments: Any) -> int:  # type: ignore[override]
        if not self.told:
            self.told = True
            raise ConnectionResetError
        return super().recv_into(*arguments)


def test_a_reset_before_the_data_is_not_the_end() -> None:
    ours, theirs = socket.socketpair()
    link, peer = Link(ours.detach()), Link(theirs.detach())
    link.socket = Resetting(fileno=link.socket.detach())
    peer.post(Close(7))
    peer.close()
    heard = []
    while not link.eof:
        heard += link.pull()
    assert heard == [Close(7)]
    link.close()


def test_a_worker_that_ended_is_no_accident() -> None:
    with Outside([stream(["a"], ["b"])], a="endpoint.send(0, 1)\nendpoint.finish()\nendpoint.close()") as r:
        assert consume(r.endpoints["b"]) == [1]
        r.processes["a"].wait(DEADLINE)
        r.endpoints["b"].poll()
        assert r.controls["b"].pull() == []


def test_a_worker_whose_supervisor_is_gone_stops(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    assert isinstance(r, SocketRig)
    got = run(consume, r["b"])
    eventually(lambda: r["b"].state == "waiting")
    r.controls["b"].socket.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Stopped):
        got.result(DEADLINE)


def test_an_unpicklable_entry_raises_in_send_and_is_not_written(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    with pytest.raises(Unpicklable, match="lock"):
        r["a"].send(0, threading.Lock())
    assert r["a"].counts.outputs[0].written == 0
    made = run(produce, r["a"], [1])
    assert consume(r["b"]) == [1]
    made.result(DEADLINE)


class Bomb:
    def __reduce__(self) -> Any:
        return explode, (1,)


def explode(_: Any) -> None:
    raise ZeroDivisionError("boom")


def test_an_unreadable_entry_raises_in_receive_and_costs_no_other(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    made = run(produce, r["a"], [1, Bomb(), 2])
    assert r["b"].receive() == (0, 1)
    r["b"].done(0)
    with pytest.raises(Unreadable, match=r"input 0.*boom") as caught:
        r["b"].receive()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    r["b"].done(0)
    assert consume(r["b"]) == [2]
    made.result(DEADLINE)
    assert r["b"].counts.inputs[0].read == 3


def test_arrays_are_writable_and_the_writers_own_is_untouched(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["b"]))
    array = np.zeros(1 << 20)
    r["a"].send(0, array)
    array[:] = 1
    _, got = r["b"].receive()
    assert not got.any()
    got[:] = 2
    assert array[0] == 1


def test_a_worker_may_feed_itself(rig: RigMaker) -> None:
    r = rig(stream(["a"], ["a"], 2))
    for k in range(5):
        r["a"].send(0, k)
        assert r["a"].receive() == (0, k)
        r["a"].done(0)
    r["a"].finish()
    assert r["a"].receive() == (0, ENDED)


def test_many_replicas(rig: RigMaker) -> None:
    names, sinks = [f"w{k}" for k in range(16)], [f"r{k}" for k in range(16)]
    r = rig(stream(names, sinks, 3))
    made = [run(produce, r[n], range(5)) for n in names]
    got = [run(consume, r[n]) for n in sinks]
    assert sum(len(g.result(DEADLINE)) for g in got) == 80
    for m in made:
        m.result(DEADLINE)


def test_a_closed_rig_leaves_no_descriptor_and_no_thread() -> None:
    def once() -> None:
        with rigs_of(SocketRig) as make:
            r = make(stream(["a"], ["b", "c"], 3))
            made = run(produce, r["a"], range(100))
            got = [run(consume, r[x]) for x in "bc"]
            assert sum(len(g.result(DEADLINE)) for g in got) == 100
            made.result(DEADLINE)

    def threads() -> int:
        return sum(t.name == "pipeflow-backstop" for t in threading.enumerate())

    once()
    before = descriptors(), threads()
    for _ in range(5):
        once()
    assert (descriptors(), threads()) == before


def test_a_forked_child_lets_go_of_the_sockets() -> None:
    code = """
import os
endpoint.send(0, 1)
endpoint.flush()
if not os.fork():
    os.close(0)
    threading.Event().wait(30)
endpoint.report('forked')
threading.Event().wait()
"""
    with Outside([stream(["a"], ["b"])], a="import warnings; warnings.simplefilter('ignore')\n" + code) as r:
        eventually(lambda: r.controls["a"].pull() == ["forked"])
        r.processes["a"].kill()
        run(consume, r.endpoints["b"])
        assert eventually(lambda: r.controls["b"].pull()) == [Eof(0, got=1)]


def test_an_interrupt_reaches_a_waiting_caller() -> None:
    code = """
endpoint.on_block = lambda state, output: endpoint.report(state)
try:
    endpoint.receive()
except KeyboardInterrupt:
    endpoint.report('interrupted')
endpoint.close()
"""
    with Outside([stream(["a"], ["b"])], b=code) as r:
        eventually(lambda: r.controls["b"].pull() == ["waiting"])
        r.processes["b"].send_signal(signal.SIGINT)
        eventually(lambda: "interrupted" in r.controls["b"].pull())


def test_the_protocol_is_met(rig: RigMaker) -> None:
    endpoint: Endpoint = rig(stream(["a"], ["b"]))["a"]
    assert endpoint.counts.outputs[0].written == 0


def test_control_lines_carry_messages_stop_and_large_ones_without_blocking() -> None:
    ours, theirs = map(Control, socket.socketpair())
    ours.post({"big": bytes(5 << 20)})
    assert ours.pending
    ours.stop()
    got: list[Any] = []
    eventually(lambda: (ours.push(), got.extend(theirs.pull()), len(got) == 2)[2])
    assert len(got[0]["big"]) == 5 << 20
    assert got[1] is STOP
    theirs.close()
    eventually(lambda: (ours.pull(), ours.closed)[1])
    ours.close()


def test_a_half_written_message_waits_for_its_rest() -> None:
    left, right = socket.socketpair()
    other, mirror = socket.socketpair()
    Control(other).post("hello")
    frame = mirror.recv(1000)
    line = Control(right)
    left.send(frame[:5])
    assert line.pull() == []
    left.send(frame[5:])
    assert line.pull() == ["hello"]
    for sock in (left, right, other, mirror):
        sock.close()


def test_descriptors_travel_in_batches_and_are_closed_here() -> None:
    before = descriptors()
    wiring = lay_out([StreamEnds(tuple((k, 0) for k in range(450)), (("r", 0),))]).wirings["r"]
    ours, theirs = map(Control, socket.socketpair())
    pipes = [os.pipe() for _ in range(225)]
    sender = run(send_channels, ours, wiring, [end for pair in pipes for end in pair])
    got, ends, rest = receive_channels(theirs)
    sender.result(DEADLINE)
    assert (got, rest) == (wiring, [])
    assert list(ends) == list(wiring.ends())
    assert not os.get_inheritable(ends[0])
    os.write(ends[2], b"x")
    assert os.read(ends[0], 1) == b"x"
    for number in ends.values():
        os.close(number)
    ours.close()
    theirs.close()
    assert descriptors() == before


def test_errors_survive_pickling() -> None:
    copy = pickle.loads(pickle.dumps(Unpicklable("x", ValueError("why"))))
    assert str(copy) == "x can't be pickled: ValueError('why')"
    assert "input 3" in str(pickle.loads(pickle.dumps(Unreadable(3, None))))


def test_what_an_interrupt_has_left_half_read_is_left_alone(
    rig: RigMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second thread of an endpoint would find a number missing, and say so with a traceback."""
    endpoints = rig(stream(["a"], ["b"]))
    pull = Link.pull

    def interrupted(link: Link) -> Any:
        if pull(link):
            raise KeyboardInterrupt

    def send(item: int) -> None:
        endpoints["a"].send(0, item)
        endpoints["a"].flush()

    def begin(state: str) -> None:
        if state == "waiting":
            send(1)

    endpoints["b"].on_wait = begin
    monkeypatch.setattr(Link, "pull", interrupted)
    with pytest.raises(KeyboardInterrupt):
        endpoints["b"].receive()
    monkeypatch.undo()
    send(2)
    pump = endpoints["b"]._pump
    pump.backstop._look(pump.calls)
