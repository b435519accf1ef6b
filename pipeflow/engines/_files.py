"""Files that a worker leaves open. Its process ends without taking its objects down, and what is still in
their buffers would be lost; a program of one process, which ends as programs do, would have written it.
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Callable
from typing import Any, Final

_FILE: Final = io.TextIOWrapper.__mro__[-2]
"""What all files are, in C. (To ask of each object whether it is an `io.IOBase` takes five times as long.)"""


def write_back(*, inherited: bool) -> None:
    """Write what is in the buffers of all files that are open for writing.

    Args:
        inherited: also of those that the process had when `gc.freeze` was called. After a fork these are the
            parent's: what is in their buffers is there too, and would be written twice.
    """
    if inherited:
        gc.unfreeze()
    files = [each for each in gc.get_objects() if issubclass(type(each), _FILE)]
    text = [each for each in files if issubclass(type(each), io.TextIOWrapper)]
    plain = [each for each in files if issubclass(type(each), (io.BufferedWriter, io.BufferedRandom))]
    known = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom, io.FileIO, io.BytesIO, io.StringIO)
    others = [each for each in files if not issubclass(type(each), known)]
    # From the outside in. The others may have more to write than their buffers: a compressed file has an end.
    for each in text:
        _tried(each, each.flush)
    for each in others:
        _tried(each, each.close)
    for each in plain:
        _tried(each, each.flush)


def _tried(file: Any, write: Callable[[], object]) -> None:
    try:
        if not file.closed and file.writable():
            write()
    except Exception as error:  # noqa: BLE001 - anything may be called a file
        name = getattr(file, "name", file)
        sys.stderr.write(f"pipeflow: what was in the buffer of {name!r} is lost: {error!r}\n")
