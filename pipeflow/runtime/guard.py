"""Where functors are called, and what they raise is caught, counted, repeated or passed on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableSequence
from dataclasses import dataclass
from itertools import islice
from types import CoroutineType
from typing import Any, NamedTuple

from pipeflow.errors import PipeflowError
from pipeflow.markers import Sentinel
from pipeflow.pipes import Pipe
from pipeflow.pipes.failures import FailedItem, pause_before
from pipeflow.pipes.functors import no_coroutine
from pipeflow.runtime.fused import Blame
from pipeflow.runtime.messages import Failure, Worker
from pipeflow.runtime.routing import RoutingError
from pipeflow.runtime.shown import description, keep_reserve, reserve, text_of, traceback_of
from pipeflow.transports import Unpicklable
from pipeflow.transports.attention import Attention
from pipeflow.transports.bulk import HEAVY


class UserError(PipeflowError):
    """User code raised and nothing says to go on: carries the `Failure` to the end of the run loop."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class Skip(PipeflowError):
    """The item in hand is skipped; it has been counted."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


Packed = tuple[Any, int]


class Stretch(NamedTuple):
    """How a loop over many items went.

    Attributes:
        items: how many were dealt with; `nones` how many of them gave None.
        heavy: the last one's result, packed, which is too large to be staged.
        error: what ended it; of the item after those counted.
        over: there are no more items.
    """

    items: int
    nones: int = 0
    heavy: Packed | None = None
    error: BaseException | None = None
    over: bool = False


@dataclass(slots=True)
class Way:
    """What a loop over many items works with.

    Attributes:
        staged: takes packed results, and whole and floating point numbers as they are; `limit` how many.
        pack: makes a packed result.
        attention: ends the loop after the item in hand.
        place: where the number of the item in hand is written.
        owed: why no result may be None; empty where it may.
    """

    staged: list[Any]
    limit: int
    pack: Callable[[Any], Packed]
    attention: Attention
    place: tuple[MutableSequence[int] | memoryview, int]
    owed: str = ""


class Guard:
    """Calls one worker's user code and decides what an exception means.

    Attributes:
        ignored: how many items were skipped, by exception name.
        retried: how many calls were repeated.
        item: number of the item in hand; `value` the item itself, for the error's text.
    """

    def __init__(
        self, pipe: Pipe, name: str, worker: Worker, pid: int | None, *, interrupts: bool = False
    ) -> None:
        keep_reserve()  # an earlier run in this process may have needed it
        options = pipe.options
        self._worker, self._pid = worker, pid
        self._ignore = options.ignore_exceptions or ()
        self._skips = options.on_error == "skip"
        self._name = name
        self.bury: Callable[[FailedItem], None] | None = None
        """Takes the items the pipe fails on, where the graph has a place for them."""
        self.on_skip: Callable[[BaseException, int | None, tuple[Any, ...]], None] | None = None
        """Told of every exception that skips an item, with the item's number and the item."""
        self.blame: Callable[[BaseException, int], Blame | None] | None = None
        """Says which pipe's exception it is, where the worker runs several; told the number of the item in
        hand.
        """
        self.after_pause: Callable[[], object] = lambda: None
        """Called before an item is tried again; may raise Stopped."""
        self._retries = options.retries or 0
        self._interrupts = interrupts
        self.ignored: dict[str, int] = {}
        self.retried = 0
        self.item: int | None = None
        self.value: tuple[Any, ...] = ()

    def call(self, function: Callable[..., Any], *args: Any, during: str = "run") -> Any:
        """The function's result.

        Raises:
            Skip: the exception is one that skips the item.
            UserError: any other exception, KeyboardInterrupt and SystemExit included.
            Stopped: while it waited to try again.
        """
        attempt = 0
        while True:
            try:
                return function(*args)
            except BaseException as error:
                if isinstance(error, MemoryError):
                    reserve.clear()
                if self.is_the_callers(error):
                    raise
                if attempt < self._retries and during == "run" and isinstance(error, Exception):
                    attempt += 1
                    self.retried += 1
                    time.sleep(pause_before(attempt))
                    self.after_pause()
                    keep_reserve()
                    continue
                raise self.verdict(error, during) from error

    def is_the_callers(self, error: BaseException) -> bool:
        """Whether it is the user's own Ctrl-C, in the caller's thread."""
        return self._interrupts and isinstance(error, KeyboardInterrupt)

    def draw(self, items: Iterator[Any], way: Way, taken: int) -> Stretch:
        """Take items up to the limit, to an exception, or until somebody wants attention."""
        stage, pack, attention, (slots, at) = way.staged.append, way.pack, way.attention, way.place
        number, nones = taken, 0
        heavy: Packed | None = None
        try:
            slots[at] = taken + 1
            for number, item in enumerate(islice(items, way.limit), taken + 1):
                kind = type(item)  # pyright: ignore[reportUnknownVariableType]
                if kind is int or kind is float:
                    stage(item)
                elif item is Sentinel:
                    return Stretch(number - 1 - taken, nones, over=True)
                elif item is None:
                    nones += 1
                else:
                    packed = pack(item)
                    if packed[1] > HEAVY:
                        heavy = packed
                        break
                    stage(packed)
                if attention.needed:
                    break
                slots[at] = number + 1
            else:
                return Stretch(number - taken, nones, over=number - taken < way.limit)
        except BaseException as error:  # noqa: BLE001
            if isinstance(error, MemoryError):
                reserve.clear()
            return Stretch(slots[at] - 1 - taken, nones, heavy, error)
        return Stretch(number - taken, nones, heavy)

    def each(self, call: Callable[[Any], Any], part: list[Any], way: Way, taken: int) -> Stretch:
        """Call the functor with each entry, up to an exception, or until somebody wants attention: `part` is
        then cut off behind the entry in hand.
        """
        stage, pack, (slots, at) = way.staged.append, way.pack, way.place
        number, nones = taken, 0
        heavy: Packed | None = None
        way.attention.to(part)
        try:
            for number, entry in enumerate(part, taken + 1):
                slots[at] = number
                result = call(entry)
                kind = type(result)  # pyright: ignore[reportUnknownVariableType]
                if kind is int or kind is float:
                    stage(result)
                elif result is None:
                    if way.owed:
                        raise RoutingError(way.owed)
                    nones += 1
                else:
                    packed = pack(result)
                    if packed[1] > HEAVY:
                        heavy = packed
                        break
                    stage(packed)
        except BaseException as error:  # noqa: BLE001
            if isinstance(error, MemoryError):
                reserve.clear()
            return Stretch(number - 1 - taken, nones, heavy, error)
        return Stretch(number - taken, nones, heavy)

    def visit(self, call: Callable[[Any], Any], part: list[Any], way: Way, taken: int) -> Stretch:
        """As `each`, where results go nowhere."""
        (slots, at), number = way.place, taken
        result: Any = None
        way.attention.to(part)
        try:
            for number, entry in enumerate(part, taken + 1):
                slots[at] = number
                result = call(entry)
            no_coroutine(result)  # the last one: what makes them makes nothing else
        except BaseException as error:  # noqa: BLE001
            if isinstance(error, MemoryError):
                reserve.clear()
            number = taken + 1 if isinstance(result, CoroutineType) else number
            return Stretch(number - 1 - taken, 0, None, error)
        return Stretch(number - taken)

    def verdict(self, error: BaseException, during: str) -> PipeflowError:
        """What to raise for `error`: `Skip` (counted, or sent to the dead letters) or `UserError`."""
        if during != "run":
            return UserError(self.failure(error, during))
        if isinstance(error, self._ignore) or (self._skips and isinstance(error, Exception)):
            name = type(error).__name__
            self.ignored[name] = self.ignored.get(name, 0) + 1
            keep_reserve()
            if self.on_skip is not None:
                self.on_skip(error, self.item, self.value)
            return Skip(error)
        if self.bury is not None and isinstance(error, Exception) and self.value:
            item = self.value[0] if len(self.value) == 1 else self.value
            text = (type(error).__qualname__, text_of(error), traceback_of(error))
            try:
                self.bury(FailedItem(item, self._name, *text))
            except Unpicklable as unsent:
                why = unsent.__cause__ or unsent
                why.__context__ = error  # of which the item should have told
                return UserError(self.failure(why, "send"))
            keep_reserve()
            return Skip(error)
        return UserError(self.failure(error, during))

    def failure(self, error: BaseException, during: str) -> Failure:
        """Everything the caller should know about `error`, in a form that always travels."""
        item, value, pipe = self.item, self.value, None
        blame = self.blame(error, item or 0) if self.blame is not None else None
        if blame is not None:
            pipe, item, value = blame
        shown = description(error, value)
        return Failure(
            worker=self._worker,
            pid=self._pid,
            during=during,
            item=item,
            item_repr=shown.get("item", "(its repr doesn't end)") if value else None,
            kind=type(error).__qualname__,
            text=shown.get("text", "(its text doesn't end)"),
            traceback=shown.get("traceback", ""),
            pickled=shown.get("pickled"),
            pipe=pipe,
        )
