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

    It is a hard one: a soft one is not heeded where the actor asks for no resources; it comes anywhere then.
    """
    strategies = importlib.import_module("ray.util.scheduling_strategies")
    return strategies.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
