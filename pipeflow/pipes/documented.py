"""The traces that the documented classes leave on every pipe: its streams, and an event that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeflow.streams import Stream


class Connected:
    """The streams of a pipe that is wired by hand, ``upstreams=`` and ``downstreams=``."""

    _upstreams: list[Stream]
    _downstreams: list[Stream]
    _term_flag: Any = None

    @property
    def upstreams(self) -> list[Stream]:
        """The streams it reads, in the order of the functor's arguments."""
        return self._upstreams

    @property
    def downstreams(self) -> list[Stream]:
        """The streams it writes, in the order of the value's parts."""
        return self._downstreams

    def set_upstreams(self, upstreams: Sequence[Stream]) -> None:
        """Say which streams it reads."""
        self._upstreams = list(upstreams)

    def set_downstreams(self, downstreams: Sequence[Stream]) -> None:
        """Say which streams it writes."""
        self._downstreams = list(downstreams)

    def get_upstreams(self) -> list[Stream]:
        """The streams it reads."""
        return self._upstreams

    def get_downstreams(self) -> list[Stream]:
        """The streams it writes."""
        return self._downstreams

    def set_term_flag(self, term_flag: Any) -> None:
        """An event that ends the pipe when it is set.

        Args:
            term_flag: a `multiprocessing.Event` or `threading.Event`; watched by the caller's process alone.
        """
        self._term_flag = term_flag

    @property
    def term_flag(self) -> Any:
        """The event that ends the pipe when it is set; None when there is none."""
        return self._term_flag
