"""Who is connected to whom, and how much of each buffer every channel owns. Pure; picklable; knows no
descriptors.

A stream's bound is `capacity` items plus one in hand per reader replica. That sum is cut up once, here: each
reader has a budget (its part of the capacity plus its hand), each of its channels an equal whole share of the
budget, and the rest (all of it, when there are more writers than budget) is lent out entry by entry.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

AUTOMATIC_ITEMS: Final = 3
AUTOMATIC_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class Channel:
    """One end of the private connection of one writer replica and one reader replica."""

    end: int
    """Channel number n has the reader's end 2n and the writer's end 2n + 1."""
    share: int
    """Items the writer may have underway on its own account because of this channel."""
    lends: bool
    """The reader lends what is left over: a blocked writer asks it (WANT)."""


@dataclass(frozen=True)
class Input:
    """One port of a reader replica. `lendable`: what its budget holds beyond the shares of its channels.
    It is the stream's reader number `reader` of `readers`.
    """

    port: int
    channels: tuple[Channel, ...]
    lendable: int
    reader: int = 0
    readers: int = 1
    recovers: bool = False
    """A writer may be restarted."""


@dataclass(frozen=True)
class Output:
    """One output of a writer replica: its channels lead to the competing readers. `byte_window`: automatic
    bound only.
    """

    output: int
    channels: tuple[Channel, ...]
    byte_window: int | None
    keeps: bool = False
    """A reader may be restarted: what it has not acknowledged is kept."""


@dataclass(frozen=True)
class Wiring:
    """All ends of one worker. `careful`: it may be restarted, so it acknowledges what is out of its hands."""

    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    careful: bool = False

    def ends(self) -> tuple[int, ...]:
        """All its ends, in the order in which descriptors are handed over."""
        sides: tuple[Input | Output, ...] = (*self.inputs, *self.outputs)
        return tuple(channel.end for side in sides for channel in side.channels)


@dataclass(frozen=True)
class StreamEnds:
    """A stream by its ends: (worker, output) of each writer replica and (worker, port) of each reader
    replica. `apart`: no writer may take up all the room, for the reader waits for a certain writer's entry.
    `at_least`: items that must fit where there is no capacity.
    """

    writers: tuple[tuple[Hashable, int], ...]
    readers: tuple[tuple[Hashable, int], ...]
    capacity: int | None = None
    apart: bool = False
    at_least: int = 0

    @property
    def items(self) -> int:
        """How many items may wait in it, whatever their size."""
        return max(AUTOMATIC_ITEMS, self.at_least) if self.capacity is None else self.capacity


@dataclass(frozen=True)
class Layout:
    """The whole picture: a wiring per worker, and for each channel number its (writer, reader)."""

    wirings: dict[Hashable, Wiring] = field(default_factory=dict[Hashable, Wiring])
    channels: tuple[tuple[Hashable, Hashable], ...] = ()


def budgets(items: int, readers: int) -> list[int]:
    """Per reader: its part of the capacity, plus one for the item in its hand."""
    if items < 0:
        raise ValueError(f"capacity must be 0 or more, not {items}")
    return [items // readers + (reader < items % readers) + 1 for reader in range(readers)]


def lay_out(
    streams: Iterable[StreamEnds],
    workers: Iterable[Hashable] = (),
    restartable: Collection[Hashable] = frozenset(),
) -> Layout:
    """Number the channels and write every worker's wiring (`workers`: names to include even if nothing
    touches them).
    """
    inputs: dict[Hashable, list[Input]] = {worker: [] for worker in workers}
    outputs: dict[Hashable, list[Output]] = {worker: [] for worker in inputs}
    pairs: list[tuple[Hashable, Hashable]] = []
    for stream in streams:
        grid = _grid(stream, len(pairs))
        pairs += [(writer, reader) for reader, _ in stream.readers for writer, _ in stream.writers]
        window = None if stream.capacity is not None else AUTOMATIC_BYTES // max(1, len(stream.writers))
        spare = [b % max(1, len(stream.writers)) for b in budgets(stream.items, len(stream.readers))]
        for reader, ((worker, port), row, rest) in enumerate(zip(stream.readers, grid, spare, strict=True)):
            recovers = any(writer in restartable for writer, _ in stream.writers)
            place = Input(port, tuple(row), rest, reader, len(stream.readers), recovers)
            inputs.setdefault(worker, []).append(place)
        for column, (worker, output) in enumerate(stream.writers):
            ends = tuple(replace(row[column], end=row[column].end + 1) for row in grid)
            keeps = any(reader in restartable for reader, _ in stream.readers)
            outputs.setdefault(worker, []).append(Output(output, ends, window, keeps))
    names = dict.fromkeys((*inputs, *outputs))
    wirings = {
        n: Wiring(tuple(inputs.get(n, ())), tuple(outputs.get(n, ())), n in restartable) for n in names
    }
    return Layout(wirings, tuple(pairs))


def _grid(stream: StreamEnds, first: int) -> Sequence[Sequence[Channel]]:
    """One row per reader, one column per writer."""
    writers = len(stream.writers)
    return [
        [
            Channel(2 * (first + row * writers + column), budget // writers, writers > 1)
            for column in range(writers)
        ]
        for row, budget in enumerate(budgets(stream.items, len(stream.readers)))
    ]
