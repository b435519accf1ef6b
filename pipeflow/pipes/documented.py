"""The traces that the documented classes leave on every pipe: its streams, and an event that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeflow.errors import CompositionError
from pipeflow.streams import Stream


class Connected:
    """The streams of a pipe that is wired by hand, ``upstreams=`` and ``downstreams=``."""

    _upstreams: list[Stream]
    _downstreams: list[Stream]
    _term_flag: Any = None

    if TYPE_CHECKING:  # `Named` has it

        @property
        def label_with_place(self) -> str:
            """The pipe as a message names it."""
            ...

    @property
    def upstreams(self) -> list[Stream]:
        """The streams it reads, in the order of the functor's arguments."""
        return self._upstreams

    @property
    def downstreams(self) -> list[Stream]:
        """The streams it writes, in the order of the value's parts."""
        return self._downstreams

    def set_upstreams(self, upstreams: Sequence[Stream]) -> None:
        """Say which streams it reads.

        Raises:
            CompositionError: it is no list.
        """
        self._upstreams = self._listed(upstreams, "upstreams")

    def set_downstreams(self, downstreams: Sequence[Stream]) -> None:
        """Say which streams it writes.

        Raises:
            CompositionError: it is no list.
        """
        self._downstreams = self._listed(downstreams, "downstreams")

    def _listed(self, streams: Any, where: str) -> list[Any]:
        """What `streams` holds; what is in it is looked at when the graph is built."""
        if hasattr(streams, "__iter__") or hasattr(streams, "__getitem__"):
            return list(streams)
        said = "one Stream" if isinstance(streams, Stream) else repr(streams)
        raise CompositionError(
            f"{self.label_with_place}: {where} is a list of Streams, not {said}. Write  {where}=[stream]"
        )

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
                None: no event.

        Raises:
            CompositionError: it is no event.
        """
        is_event = callable(getattr(term_flag, "is_set", None)) and not isinstance(term_flag, type)
        if term_flag is not None and not is_event:
            raise CompositionError(
                f"{self.label_with_place}: a term flag is an event, such as  multiprocessing.Event() , "
                f"not {term_flag!r}"
            )
        self._term_flag = term_flag

    @property
    def term_flag(self) -> Any:
        """The event that ends the pipe when it is set; None when there is none."""
        return self._term_flag
