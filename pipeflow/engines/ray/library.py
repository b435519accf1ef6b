"""Ray itself, in one place, as Any: it need not be installed where types are checked."""

from __future__ import annotations

import importlib
from typing import Any

ray: Any = importlib.import_module("ray")
RayError: Any = ray.exceptions.RayError
ObjectLost: Any = ray.exceptions.ObjectLostError
ActorDied: Any = (ray.exceptions.ActorDiedError, ray.exceptions.ActorUnavailableError)


def beside_the_caller() -> Any:
    """The scheduling strategy that puts an actor on the caller's node.

    It is a hard one: of a soft one Ray takes no notice where the actor asks for no resources, and places it on
    any node.
    """
    strategies = importlib.import_module("ray.util.scheduling_strategies")
    return strategies.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
