"""A worker in an actor of its own."""

from __future__ import annotations

import pickle
from typing import Any

from pipeflow.engines.ray.library import ray
from pipeflow.engines.ray.orders import Sealed
from pipeflow.engines.ray.replica import Replica


class RemoteReplica:
    """A `Replica` in an actor.

    Args:
        birth: a pickled `Birth`.
        coordinator: the coordinator's handle.
    """

    name = "worker"
    """Of the pipe: Ray shows it before what the worker prints."""

    def __init__(self, birth: bytes, coordinator: list[Any]) -> None:
        self._coordinator = coordinator[0]
        self._replica = Replica(lambda: pickle.loads(birth), self._tell)

    def __repr__(self) -> str:
        return self.name

    def _tell(self, event: bytes) -> None:
        self._coordinator.heard.remote(event)

    def there(self) -> None:
        """The actor has been placed and lives."""

    def work(self, order: bytes, *sealed: Sealed) -> Any:
        """See `Replica.work`. Order and status are pickled by us: of bytes Ray makes less ado."""
        given = pickle.loads(order)
        status, *made = self._replica.work(given, *sealed)
        said = pickle.dumps(status, 5)
        return (said, *made) if made and not given.ping else said


def actor_class(name: str, options: dict[str, Any]) -> Any:
    """The actor class of a pipe's workers.

    Args:
        name: the pipe's.
        options: what its ``resources`` ask for.
    """
    kind = type(name, (RemoteReplica,), {"name": name})
    ours = {"max_restarts": 0, "max_task_retries": 0, "enable_task_events": False}
    return ray.remote(kind).options(**{**ours, **options})
