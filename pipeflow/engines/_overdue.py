"""Items that take longer than their pipe's ``timeout``: seen from outside, for a functor that hangs can't
say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pipeflow.plan import Plan
from pipeflow.runtime.instructions import Overdue
from pipeflow.runtime.messages import Worker

_LOOKS: Final = 8
"""In the time that an item may take."""
_SHORTEST: Final = 0.01


class Watch:
    """Looks at the item in each worker's hand. A worker that waits for room is not at fault: its time is
    not counted.

    Attributes:
        pause: seconds between looks; None when no pipe has a timeout.
    """

    def __init__(
        self, plan: Plan, item_of: Callable[[Worker], int], is_blocked: Callable[[Worker], bool]
    ) -> None:
        self._limits = {
            Worker(stage, replica): limit
            for stage, replica in plan.workers()
            if (pipe := plan.stages[stage].pipe) is not None and (limit := pipe.options.timeout) is not None
        }
        self._item_of, self._is_blocked = item_of, is_blocked
        self._since: dict[Worker, tuple[int, float]] = {}
        self.pause = max(_SHORTEST, min(self._limits.values()) / _LOOKS) if self._limits else None

    def look(self, now: float) -> list[Overdue]:
        """Those whose item has been in hand for too long; each is said once."""
        late: list[Overdue] = []
        for worker, limit in list(self._limits.items()):
            item = self._item_of(worker)
            held, since = self._since.get(worker, (0, now))
            if item != held or not item or self._is_blocked(worker):
                self._since[worker] = (item, now)
            elif now - since > limit:
                late.append(Overdue(worker, item, limit))
                del self._limits[worker]
        return late
