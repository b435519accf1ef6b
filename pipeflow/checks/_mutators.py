"""What changes what: the methods and functions that change plain containers and arrays."""

from __future__ import annotations

import array
import bisect
import collections
import heapq
import queue
import random
from typing import Any

from pipeflow.checks._code import class_of

_BY_KEY = frozenset({"__setitem__", "__delitem__"})
_MUTATORS: dict[type, frozenset[str]] = {
    list: _BY_KEY | {"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"},
    dict: _BY_KEY | {"update", "setdefault", "pop", "popitem", "clear"},
    set: frozenset({"add", "update", "discard", "remove", "pop", "clear", "difference_update"}),
    collections.deque: frozenset({"append", "appendleft", "extend", "extendleft", "pop", "popleft", "clear"}),
    collections.Counter: _BY_KEY | {"update", "subtract", "clear"},
    bytearray: frozenset({"append", "extend", "insert", "clear"}),
    array.array: frozenset({"append", "extend", "insert"}),
    queue.Queue: frozenset({"put", "put_nowait"}),
    queue.SimpleQueue: frozenset({"put", "put_nowait"}),
}
_ARRAYS = frozenset({"__setitem__", "fill", "sort", "put", "partition", "resize"})
NAMES = frozenset(name for names in _MUTATORS.values() for name in names) | _ARRAYS
RETURNING = frozenset({"pop", "popitem", "popleft", "setdefault", "heappop", "heapreplace", "heappushpop"})
"""Whose result is worth having: who uses it asks rather than tells."""
FUNCTIONS: tuple[Any, ...] = (
    heapq.heappush,
    heapq.heappop,
    heapq.heapify,
    heapq.heapreplace,
    heapq.heappushpop,
    bisect.insort,
    bisect.insort_left,
    bisect.insort_right,
    random.shuffle,
)
"""They change their first argument."""
FUNCTION_NAMES = frozenset({"insort", *(function.__name__ for function in FUNCTIONS)})
_PLAIN = (int, float, complex, str, bytes, tuple, list, dict, set, collections.Counter)
_VERBS = {
    "append": "appends to",
    "appendleft": "appends to",
    "extend": "appends to",
    "add": "adds to",
    "put": "puts into",
    "put_nowait": "puts into",
    "__setitem__": "writes into",
    "__delitem__": "writes into",
}


def mutators(value: object) -> frozenset[str]:
    """The names of a plain container's methods that change it; none for anything else.

    Only types that are certain to stay in one process: a manager's proxy has the same methods.
    """
    kind = class_of(value)
    if is_own_array(value):
        return _ARRAYS
    if kind in (collections.defaultdict, collections.OrderedDict):
        kind = dict
    return _MUTATORS.get(kind, frozenset())


def changed_by(function: object) -> bool:
    """Whether a function changes its first argument."""
    return any(function is each for each in FUNCTIONS)


def element(value: Any) -> Any:
    """A container like those that a container holds; None when they are not known to be alike."""
    kind = class_of(value)
    if kind is collections.defaultdict and isinstance(value.default_factory, type):
        return value.default_factory() if value.default_factory in _MUTATORS else None
    if kind in (dict, list, tuple, collections.defaultdict):
        held = list(value if kind in (list, tuple) else value.values())[:50]
        if held and len({class_of(each) for each in held}) == 1:
            return held[0]
    return None


def counts_up(holder: object, name: str) -> bool:
    """Whether an object keeps a plain value under a name, so that ``holder.name += 1`` changes that alone."""
    kind = class_of(holder)
    try:
        places = [object.__getattribute__(holder, "__dict__"), *(vars(base) for base in kind.__mro__)]
    except (AttributeError, TypeError):
        return False
    kept = next((place[name] for place in places if name in place), None)
    plain = class_of(kept) in _PLAIN and getattr(kind, "__setattr__", None) is object.__setattr__
    described = any(hasattr(vars(base).get(name), "__set__") for base in kind.__mro__)
    return plain and not described and kind.__module__ not in ("_thread", "threading", "contextvars")


def verb_of(method: str) -> str:
    """What a method does to its object, in words."""
    return _VERBS.get(method, "changes")


def kind_of(value: object) -> str:
    """``a list``."""
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"


def is_own_array(value: Any) -> bool:
    """A numpy array whose memory is its own, not shared with other processes."""
    kind = class_of(value)
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.base is None
