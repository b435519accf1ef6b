"""Ray itself, in one place, as Any: it need not be installed where types are checked."""

from __future__ import annotations

import importlib
from typing import Any

ray: Any = importlib.import_module("ray")
RayError: Any = ray.exceptions.RayError
ObjectLost: Any = ray.exceptions.ObjectLostError
ActorDied: Any = (ray.exceptions.ActorDiedError, ray.exceptions.ActorUnavailableError)
