"""Log lines that name the pipe, through `logging` and without touching its set-up.

No handler is added, no level is set, nothing stops propagating. Each pipe has a logger of its own,
``pipeflow.pipe.<name>``:

    logging is set up       the user's handlers get the lines that the user's levels let through
    nothing is set up       lines go to stderr, as the documented classes have always done it

In both cases lines below the `log_lvl` of ``build()`` are not made at all.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from pipeflow.errors import CompositionError

if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[Any]
else:
    _StreamHandler = logging.StreamHandler  # generic at run time from Python 3.11 on

ROOT = "pipeflow.pipe"
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


def level_of(name: object) -> int:
    """The number of a level given by name, in any case.

    Raises:
        CompositionError: for a name that is none.
    """
    level = _LEVELS.get(str(name).lower())
    if level is None:
        raise CompositionError(f"log_lvl must be one of {', '.join(_LEVELS)} (in any case), not {name!r}")
    return level


class Logger:
    """Writes log lines of pipes (documented class).

    Args:
        lvl: lines below it are not made: "info", "debug", "warning", "error" or "critical", in any case.

    Raises:
        CompositionError: for another level.
    """

    def __init__(self, lvl: str = "INFO") -> None:
        self.lvl: int = level_of(lvl)

    def log(self, msg: object, name: str, lvl: str = "info") -> None:
        """Log a message.

        Args:
            msg: the message.
            name: of the pipe that has something to say; the line begins with it.
            lvl: its level.
        """
        level = level_of(lvl)
        logger = logging.getLogger(f"{ROOT}.{name}")
        if level < self.lvl or logger.manager.disable >= level:
            return
        set_up = logger.hasHandlers()
        if level < (logger.getEffectiveLevel() if set_up else _own_level(logger)):
            return
        record = logger.makeRecord(
            logger.name, level, __file__, 0, "%s: %s", (name, msg), None, "log", {"pname": name}
        )
        if set_up:
            logger.handle(record)
        else:
            _stderr.handle(record)


def _own_level(logger: logging.Logger) -> int:
    """The level of the logger or of a parent below the root, which has one that nobody chose."""
    while logger.parent is not None and not logger.level:
        logger = logger.parent
    return logger.level if logger.parent is not None else logging.NOTSET


class _Stderr(_StreamHandler):
    """Writes to what is ``sys.stderr`` at the moment of writing."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(logging.Formatter("%(asctime)s - %(levelname)s - %(message)s"))

    @property
    def stream(self) -> Any:
        return sys.stderr


_stderr = _Stderr()
