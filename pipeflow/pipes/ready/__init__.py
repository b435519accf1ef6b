"""Ready-made pipes, one file each; every one says its rate."""

from pipeflow.pipes.ready.batch import batch
from pipeflow.pipes.ready.collate import collate
from pipeflow.pipes.ready.filter import filter
from pipeflow.pipes.ready.flat_map import flat_map
from pipeflow.pipes.ready.map import map
from pipeflow.pipes.ready.shuffle import shuffle
from pipeflow.pipes.ready.take import take
from pipeflow.pipes.ready.unbatch import unbatch
from pipeflow.pipes.ready.window import window

__all__ = ["batch", "collate", "filter", "flat_map", "map", "shuffle", "take", "unbatch", "window"]
