"""Frames and the codec: whatever way the bytes are cut, the same messages come out."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.transports import codec, frames
from pipeflow.transports._base import Unpicklable
from pipeflow.transports.messages import Ack, Close, Data, End, Gave, Grant, Message, Want


def entries(*items: Any) -> Data:
    return Data(7, len(items), 0, [codec.pack(item)[0] for item in items], b"marks")


def through(messages: list[Message], cuts: list[int]) -> list[Message]:
    stream = b"".join(bytes(piece) for message in messages for piece in frames.encode(message))
    reader = frames.FrameReader()
    out: list[Message] = []
    at = turn = 0
    while at < len(stream):
        target = reader.target()
        count = min(len(target), len(stream) - at, cuts[turn % len(cuts)])
        target[:count] = stream[at : at + count]
        out += reader.advance(count)
        at += count
        turn += 1
    return out


def unpack(data: Message) -> list[Any]:
    assert isinstance(data, Data)
    return [data.chunk.take() for _ in range(data.count)]


values = st.one_of(
    st.none(), st.integers(), st.text(max_size=9), st.binary(max_size=9), st.lists(st.integers(), max_size=3),
    st.tuples(st.text(max_size=3)), st.just(bytearray(70_000)), st.floats(allow_nan=False),
)  # fmt: skip


@given(
    st.lists(st.lists(values, min_size=1, max_size=12), max_size=4),
    st.lists(st.integers(1, 50_000), min_size=1),
)
def test_any_entries_in_any_pieces(chunks: list[list[Any]], cuts: list[int]) -> None:
    sent: list[Message] = []
    for chunk in chunks:
        sent += [entries(*chunk), Want()]
    got = through(sent, [cut + 200 * (max(cuts) < 200) for cut in cuts])
    assert [unpack(m) if isinstance(m, Data) else m for m in got] == [
        x for chunk in chunks for x in (chunk, Want())
    ]


@pytest.mark.parametrize("cut", [1, 3, 39, 40, 41, 1 << 20])
def test_small_messages_survive_any_cut(cut: int) -> None:
    messages: list[Message] = [
        End(),
        Ack(1 << 40, 0.25),
        Want(),
        Grant(3),
        Gave(2),
        Close(9),
        entries(1, "two", [3]),
    ]
    got = through(messages, [cut])
    assert got[:-1] == messages[:-1]
    last = got[-1]
    assert isinstance(last, Data)
    assert (last.first, last.count, last.lent, last.marks) == (7, 3, 0, b"marks")
    assert unpack(last) == [1, "two", [3]]


def test_arrays_arrive_writable_aligned_and_their_own() -> None:
    array = np.arange(10_000.0)
    frozen = np.frombuffer(array.tobytes())
    small = np.arange(3)
    [data] = through([entries(array, array, frozen, {"x": array}, small, frozen[:3])], [10_007])
    got = unpack(data)
    got[3] = got[3]["x"]
    for one in got:
        assert one.flags.writeable
        assert one.flags.aligned
        one[:] = 0
    assert array[-1] == 9999.0
    assert all((one == 0).all() for one in got)


def test_an_entry_is_pickled_when_it_is_packed() -> None:
    array, items = np.zeros(10_000), [1]
    data = entries(array, items)
    array[:] = 1
    items.append(2)
    [got] = through([data], [1 << 20])
    a, i = unpack(got)
    assert not a.any()
    assert i == [1]


def test_two_entries_never_share_an_object() -> None:
    same = [1]
    [got] = through([entries(same, same)], [1 << 20])
    a, b = unpack(got)
    assert a == b
    assert a is not b


def test_an_unpicklable_entry_is_refused_by_name() -> None:
    with pytest.raises(Unpicklable, match="lock") as caught:
        codec.pack(threading.Lock())
    assert caught.value.__cause__ is not None


def test_what_has_no_name_travels_by_value() -> None:
    class Local:
        def __init__(self, value: int) -> None:
            self.value = value

    big = np.arange(5000)
    [got] = through([entries(lambda: 7, Local(1), [Local(2)], (big, Local(3)), Local(4))], [1 << 20])
    function, one, [two], (array, three), four = unpack(got)
    assert function() == 7
    assert [one.value, two.value, three.value, four.value] == [1, 2, 3, 4]
    assert type(one) is Local
    array += 1
    assert (array == big + 1).all()


class Broken:
    def __repr__(self) -> str:
        raise OSError

    def __reduce__(self) -> Any:
        raise ValueError("no")


def test_a_broken_repr_does_not_hide_the_error() -> None:
    with pytest.raises(Unpicklable, match=r"Broken object.*ValueError"):
        codec.pack(Broken())


def explode(_: Any) -> None:
    raise ZeroDivisionError("boom")


class Bomb:
    def __reduce__(self) -> Any:
        return explode, (1,)


def test_an_unreadable_entry_costs_no_other() -> None:
    [data] = through([entries(1, [2], Bomb(), np.arange(9000), 3)], [1 << 20])
    assert isinstance(data, Data)
    assert data.chunk.take() == 1
    assert data.chunk.take() == [2]
    with pytest.raises(ZeroDivisionError):
        data.chunk.take()
    assert data.chunk.take()[-1] == 8999
    assert data.chunk.take() == 3


def test_subclasses_of_plain_types_keep_their_type() -> None:
    class Text(str):
        pass

    assert type(codec.pack(True)[0]) is bool
    assert type(codec.pack(Text("x"))[0]) is codec.Packed  # pickled, not taken for a str


def test_huge_ints_count_their_size() -> None:
    assert codec.pack(1 << 8_000_000)[1] > 1_000_000
