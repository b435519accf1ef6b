"""What is shown of an exception and of the item in hand: text, traceback, repr. Cut, in time, and never an
error itself.
"""

from __future__ import annotations

import _thread
import mmap
import os
import pickle
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pipeflow.errors import PipeflowError
from pipeflow.transports import codec

REPR_LENGTH = 200
TEXT_LENGTH = 20_000
PATIENCE = 3.0
"""Seconds that an exception and its item may take to show themselves."""
CAUSE_BYTES = 1 << 20
"""An exception that holds an item of many megabytes would keep the caller waiting for the news."""


_RESERVE = 1 << 24
"""Bytes, for a thread's stack and some words, that a functor which takes all memory can't take."""
reserve = [mmap.mmap(-1, _RESERVE)]  # never touched, so it is no memory until it is given back
"""To be cleared by whoever catches a MemoryError, before anything else: even a call needs memory."""


def keep_reserve() -> None:
    """Have one again, if there is room for it."""
    if not reserve:
        with suppress(OSError, MemoryError):
            reserve.append(mmap.mmap(-1, _RESERVE))


def description(error: BaseException, value: tuple[Any, ...] = ()) -> dict[str, Any]:
    """What can be shown of an exception and of the item in hand: text, traceback, item, pickled.

    All of it is the user's code, which may never end: what is not there in time is left out.
    """
    found: dict[str, Any] = {}

    def look() -> None:
        found["text"] = text_of(error)
        found["traceback"] = traceback_of(error)
        if value:
            found["item"] = cut_repr(value[0] if len(value) == 1 else value)
        found["pickled"] = _round_trip(error)

    with suppress(IndexError):  # another thread that fails has it
        reserve.pop().close()
    try:
        _beside(look)
        return dict(found)
    finally:
        if not isinstance(error, MemoryError):  # else to say all this takes room as well
            keep_reserve()


def _beside(look: Callable[[], None]) -> None:
    """Call it in a thread of its own, and wait for it as long as we have patience.

    `Thread.start` would wait for ever for one that has no memory to begin with.
    """
    begun, done = _thread.allocate_lock(), _thread.allocate_lock()
    done.acquire()

    def work() -> None:
        begun.acquire()
        try:
            look()
        finally:
            done.release()

    try:
        _thread.start_new_thread(work, ())
    except (RuntimeError, MemoryError):
        look()
        return
    done.acquire(timeout=PATIENCE)
    if not begun.locked():
        look()


def cut_repr(value: Any) -> str:
    """The value's ``repr``, cut; never raises."""
    try:
        text = str.__str__(repr(value))  # what it returns may be of a subclass, which travels as it likes
    except BaseException as error:  # noqa: BLE001
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= REPR_LENGTH else text[: REPR_LENGTH - 3] + "..."


def _cut(text: str) -> str:
    """The text with its middle left out, where it is longer than anybody reads."""
    if len(text) <= TEXT_LENGTH:
        return text
    half = TEXT_LENGTH // 2
    return f"{text[:half]} ... {len(text) - 2 * half} characters left out ... {text[-half:]}"


def text_of(error: BaseException) -> str:
    """What the exception says, cut."""
    try:
        return _cut(str.__str__(str(error)))
    except BaseException:  # noqa: BLE001
        return "(its text can't be shown)"


def traceback_of(error: BaseException) -> str:
    """Where it was raised, from the user's first line on, cut."""
    trace = _user_frames(error)
    if trace is None and issubclass(type(error), PipeflowError):
        return ""  # said by us about the item: the message is all there is to see
    try:
        lines = traceback.format_exception(type(error), error, trace or error.__traceback__)
    except BaseException:  # noqa: BLE001
        return f"{type(error).__qualname__} (its traceback can't be shown)"
    return _cut("".join(lines))


def _user_frames(error: BaseException) -> Any:
    """The traceback from the user's first line on: ours above it says nothing. None: there is none."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(package):
        trace = trace.tb_next
    return trace


def _round_trip(error: BaseException) -> bytes | None:
    """The exception as bytes, if what comes out of them is the same kind of exception."""
    try:
        data = codec.dumps(error)
        if len(data) > CAUSE_BYTES:
            return None
        return data if type(pickle.loads(data)) is type(error) else None
    except BaseException:  # noqa: BLE001 - __reduce__ of a user's exception can do anything
        return None
