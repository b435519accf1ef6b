# mypy: disable-error-code="valid-type"
# pyright: reportGeneralTypeIssues=false
# (the type variables are bound by the class that the row is about)
"""What the standard library's classes are generic in, and what they are subclasses of with which arguments.

When a program runs, ``list`` doesn't say that it is a ``MutableSequence`` of its items; only the stub files
of type checkers do. Written down from the documentation of the classes; a class that isn't here is read like
a user's own.
"""

from __future__ import annotations

import array
import collections
import collections.abc as abc
import contextlib
import functools
import io
import itertools
import os
import pathlib
import queue
import re
import types
import typing
import weakref
from typing import Any, TypeVar

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
A_co = TypeVar("A_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)

_ITERATORS: tuple[type, ...] = (
    zip,
    map,
    filter,
    reversed,
    itertools.chain,
    itertools.islice,
    itertools.cycle,
    itertools.repeat,
    itertools.count,
    itertools.takewhile,
    itertools.dropwhile,
    itertools.filterfalse,
    itertools.starmap,
    itertools.compress,
    itertools.accumulate,
)

# Parameters of the classes that are generic for type checkers; their variance is the type variable's.
LIBRARY_PARAMETERS: dict[type, tuple[object, ...]] = {
    list: (T,),
    set: (T,),
    frozenset: (A_co,),
    dict: (K, V),
    tuple: (A_co,),
    enumerate: (T,),
    slice: (),
    collections.deque: (T,),
    collections.defaultdict: (K, V),
    collections.OrderedDict: (K, V),
    collections.ChainMap: (K, V),
    collections.Counter: (T,),
    array.array: (T,),
    queue.Queue: (T,),
    queue.SimpleQueue: (T,),
    types.MappingProxyType: (K, B_co),
    weakref.ref: (T,),
    functools.partial: (T,),
    re.Pattern: (T,),
    re.Match: (T,),
    os.PathLike: (A_co,),
    contextlib.AbstractContextManager: (A_co,),
    contextlib.AbstractAsyncContextManager: (A_co,),
    abc.Container: (A_co,),
    abc.Iterable: (A_co,),
    abc.Iterator: (A_co,),
    abc.Reversible: (A_co,),
    abc.Collection: (A_co,),
    abc.Sequence: (A_co,),
    abc.MutableSequence: (T,),
    abc.Set: (A_co,),
    abc.MutableSet: (T,),
    abc.Mapping: (K, B_co),
    abc.MutableMapping: (K, V),
    abc.MappingView: (),
    abc.KeysView: (A_co,),
    abc.ValuesView: (B_co,),
    abc.ItemsView: (A_co, B_co),
    abc.Awaitable: (A_co,),
    abc.Coroutine: (A_co, S_contra, B_co),
    abc.AsyncIterable: (A_co,),
    abc.AsyncIterator: (A_co,),
    abc.Generator: (A_co, S_contra, B_co),
    abc.AsyncGenerator: (A_co, S_contra),
}
LIBRARY_PARAMETERS.update(dict.fromkeys(_ITERATORS, (A_co,)))

LIBRARY_BASES: dict[type, tuple[object, ...]] = {
    str: (abc.Sequence[str],),
    bytes: (abc.Sequence[int],),
    bytearray: (abc.MutableSequence[int],),
    memoryview: (abc.Sequence[int],),
    range: (abc.Sequence[int],),
    bool: (int,),
    list: (abc.MutableSequence[T],),
    set: (abc.MutableSet[T],),
    frozenset: (abc.Set[A_co],),
    dict: (abc.MutableMapping[K, V],),
    tuple: (abc.Sequence[A_co],),
    enumerate: (abc.Iterator[tuple[int, T]],),
    collections.deque: (abc.MutableSequence[T],),
    collections.defaultdict: (dict[K, V],),
    collections.OrderedDict: (dict[K, V],),
    collections.Counter: (dict[T, int],),
    collections.ChainMap: (abc.MutableMapping[K, V],),
    array.array: (abc.MutableSequence[T],),
    types.MappingProxyType: (abc.Mapping[K, B_co],),
    types.GeneratorType: (abc.Generator[Any, Any, Any],),
    typing.IO: (abc.Iterator[typing.AnyStr],),
    typing.TextIO: (typing.IO[str],),
    typing.BinaryIO: (typing.IO[bytes],),
    io.TextIOBase: (typing.TextIO,),
    io.BufferedIOBase: (typing.BinaryIO,),
    io.RawIOBase: (typing.BinaryIO,),
    io.TextIOWrapper: (io.TextIOBase, typing.TextIO),
    io.StringIO: (io.TextIOBase, typing.TextIO),
    io.BytesIO: (io.BufferedIOBase, typing.BinaryIO),
    io.BufferedReader: (io.BufferedIOBase, typing.BinaryIO),
    io.BufferedWriter: (io.BufferedIOBase, typing.BinaryIO),
    pathlib.PurePath: (os.PathLike[str],),
    abc.Iterator: (abc.Iterable[A_co],),
    abc.Reversible: (abc.Iterable[A_co],),
    abc.Collection: (abc.Iterable[A_co], abc.Container[A_co], abc.Sized),
    abc.Sequence: (abc.Reversible[A_co], abc.Collection[A_co]),
    abc.MutableSequence: (abc.Sequence[T],),
    abc.Set: (abc.Collection[A_co],),
    abc.MutableSet: (abc.Set[T],),
    abc.Mapping: (abc.Collection[K],),
    abc.MutableMapping: (abc.Mapping[K, V],),
    abc.MappingView: (abc.Sized,),
    abc.KeysView: (abc.MappingView, abc.Set[A_co]),
    abc.ValuesView: (abc.MappingView, abc.Collection[B_co]),
    abc.ItemsView: (abc.MappingView, abc.Set[tuple[A_co, B_co]]),
    abc.Coroutine: (abc.Awaitable[B_co],),
    abc.AsyncIterator: (abc.AsyncIterable[A_co],),
    abc.Generator: (abc.Iterator[A_co],),
    abc.AsyncGenerator: (abc.AsyncIterator[A_co],),
}
LIBRARY_BASES.update(dict.fromkeys(_ITERATORS, (abc.Iterator[A_co],)))

# The same for classes of modules that are expensive to import: a class of theirs can only be met when they
# are loaded, and is known by its name.
_LATE: dict[tuple[str, str], tuple[tuple[object, ...], tuple[object, ...]]] = {
    ("_asyncio", "Future"): ((T,), (abc.Awaitable[T],)),
    ("asyncio.futures", "Future"): ((T,), (abc.Awaitable[T],)),
    ("concurrent.futures._base", "Future"): ((T,), ()),
    ("asyncio.queues", "Queue"): ((T,), ()),
    # What @contextmanager makes; it can be called too, as a decorator.
    ("contextlib", "_GeneratorContextManager"): ((A_co,), (contextlib.AbstractContextManager[A_co],)),
    ("contextlib", "_AsyncGeneratorContextManager"): (
        (A_co,),
        (contextlib.AbstractAsyncContextManager[A_co],),
    ),
}


def parameters_in_library(cls: type) -> tuple[object, ...] | None:
    """The type parameters of a class of the standard library, None for any other."""
    known = LIBRARY_PARAMETERS.get(cls)
    if known is None:
        late = _LATE.get((cls.__module__, cls.__qualname__))
        known = None if late is None else late[0]
    return known


def bases_in_library(cls: type) -> tuple[object, ...] | None:
    """The bases of a class of the standard library with their arguments, None for any other."""
    known = LIBRARY_BASES.get(cls)
    if known is None:
        late = _LATE.get((cls.__module__, cls.__qualname__))
        known = None if late is None else late[1]
    return known
