"""The documented import path of the basic classes."""

from __future__ import annotations

from pipeflow.markers import Sentinel
from pipeflow.pipes import Pipe
from pipeflow.streams import Stream
from pipeflow.system.logs import Logger

__all__ = ["Logger", "Pipe", "Sentinel", "Stream"]
