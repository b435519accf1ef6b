"""The fixed part of the vocabulary: one of each sort of thing that an annotation can name.

Read by mypy and pyright and imported by the program, so all three see the same classes.
"""

from __future__ import annotations

import abc
import dataclasses
import enum
import functools
import typing as t
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    ParamSpec,
    Protocol,
    TypeAlias,
    TypedDict,
    TypeVar,
    Union,
    runtime_checkable,
)

import numpy as np
import numpy.typing as npt
from typing_extensions import NotRequired, ReadOnly, Required, Self, TypeAliasType, TypeVarTuple, Unpack
from typing_extensions import TypeVar as TypeVarD

T = TypeVar("T")
S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)
N = TypeVar("N", bound=float)
A = TypeVar("A", bound="Animal")
H = TypeVar("H", bound="HasName")
C = TypeVar("C", int, str)
Txt = TypeVar("Txt", str, bytes)


class Animal:
    legs: int = 4

    def speak(self, times: int = 1) -> str:
        return "..." * times

    def twin(self) -> Self:
        return self


class Dog(Animal):
    def fetch(self, what: str) -> bool:
        return bool(what)


class Puppy(Dog):
    pass


class Cat(Animal):
    def __call__(self, x: int) -> str:
        return str(x)


class Base(abc.ABC):
    @abc.abstractmethod
    def go(self) -> int: ...


class Impl(Base):
    def go(self) -> bool:
        return True


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mode(str, enum.Enum):
    A = "a"
    B = "b"


class Only(enum.Enum):
    ONE = 1


class Perm(enum.Flag):
    R = 1
    W = 2


class MyInt(int):
    pass


class MyStr(str):
    pass


class IntList(list[int]):
    pass


class StrMap(dict[str, int]):
    pass


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.0


@dataclasses.dataclass(frozen=True)
class FrozenPoint:
    x: int
    y: float = 0.0


@dataclasses.dataclass
class Tagged(Generic[T]):
    value: T
    tag: str = ""


class Pair(NamedTuple):
    first: int
    second: str


class Triple(NamedTuple):
    a: int
    b: int
    c: int


class GenericPair(NamedTuple, Generic[T]):
    item: T
    count: int


class Movie(TypedDict):
    title: str
    year: int


class MoreMovie(Movie):
    rating: float


class PartMovie(TypedDict, total=False):
    title: str
    year: int


class MixMovie(TypedDict):
    title: Required[str]
    year: NotRequired[int]


class RoMovie(TypedDict):
    title: ReadOnly[str]
    year: ReadOnly[float]


class BoxDict(TypedDict, Generic[T]):
    item: T


UserId = NewType("UserId", int)
AdminId = NewType("AdminId", UserId)
Name = NewType("Name", str)
Dogs = NewType("Dogs", list[Dog])


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item

    def get(self) -> T:
        return self.item


class IntBox(Box[int]):
    pass


class SubBox(Box[T]):
    pass


class Source(Generic[T_co]):
    def __init__(self, item: T_co) -> None:
        self._item = item

    def give(self) -> T_co:
        return self._item


class Taker(Generic[T_contra]):
    def take(self, item: T_contra) -> None: ...


class Both(Source[T_co], Generic[T_co]):
    def also(self) -> T_co:
        return self.give()


class Two(Generic[T, S]):
    one: T
    two: S


class Flipped(Two[S, T]):
    pass


class Rows(Sequence[float]):
    @t.overload
    def __getitem__(self, i: int) -> float: ...
    @t.overload
    def __getitem__(self, i: slice) -> Sequence[float]: ...
    def __getitem__(self, i: int | slice) -> float | Sequence[float]:
        raise IndexError

    def __len__(self) -> int:
        return 0


class Loop:
    def __iter__(self) -> Iterator[int]:
        return iter(())


class Sized_:
    def __len__(self) -> int:
        return 0


class HasName(Protocol):
    name: str


class HasReadName(Protocol):
    @property
    def name(self) -> str: ...


class HasX(Protocol):
    x: int


class ReadX(Protocol):
    @property
    def x(self) -> float: ...


class Named:
    name: str = ""


class NamedMore(Named):
    extra: int = 0


class NameProp:
    @property
    def name(self) -> str:
        return ""


@runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


class Opened:
    def close(self) -> None: ...


class ClosesInt:
    def close(self) -> int:
        return 0


class ClosesArg:
    def close(self, hard: bool) -> None: ...


class ClosesOpt:
    def close(self, hard: bool = False) -> None: ...


class Gives(Protocol[T_co]):
    def give(self) -> T_co: ...


class Takes(Protocol[T_contra]):
    def take(self, item: T_contra) -> None: ...


class Holds(Protocol[T]):
    def get(self) -> T: ...

    def put(self, item: T) -> None: ...


class Shelf(Generic[T]):
    def get(self) -> T:
        raise NotImplementedError

    def put(self, item: T) -> None: ...


class Fn(Protocol):
    def __call__(self, x: int) -> str: ...


class FnPos(Protocol):
    def __call__(self, x: int, /) -> str: ...


class FnKw(Protocol):
    def __call__(self, *, x: int = 0) -> str: ...


class FnAny(Protocol):
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


class Fetches(Protocol):
    async def fetch(self, n: int) -> str: ...


class Fetcher:
    async def fetch(self, n: int) -> str:
        return ""


class SyncFetcher:
    def fetch(self, n: int) -> str:
        return ""


class Nested(Protocol):
    def next(self) -> Nested: ...


class Chain:
    def next(self) -> Chain:
        return self


class BadChain:
    def next(self) -> int:
        return 0


class Len(Protocol):
    def __len__(self) -> int: ...


class Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


class GetItem(Protocol[T_co]):
    def __getitem__(self, key: int, /) -> T_co: ...


class Model:
    def run(self, x: np.ndarray) -> np.ndarray:
        return x


Json = Union[dict[str, "Json"], list["Json"], str, int, float, bool, None]
Tree = Union[int, list["Tree"]]
IntOrStr = Union[int, str]
Numbers = list[int | float]
Handler = Callable[[Animal], str]
Opt = Union[T, None]
PairOf = tuple[T, T]
Table = dict[str, list[T]]
Flag = Literal["on", "off"]
Meters = Annotated[float, "m"]
F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Anyhow = npt.NDArray[Any]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Registry = Mapping[str, type[Animal]]


# Less usual things.

P = ParamSpec("P")
Ts = TypeVarTuple("Ts")
D = TypeVarD("D", default=int)


class Slotted:
    __slots__ = ("name",)
    name: str


class Cached:
    @functools.cached_property
    def name(self) -> str:
        return ""


class SetProp:
    @property
    def name(self) -> str:
        return ""

    @name.setter
    def name(self, value: str) -> None: ...


class AnyAttr:
    def __getattr__(self, name: str) -> int:
        return 0


class Statics:
    @staticmethod
    def close() -> None: ...

    @classmethod
    def make(cls) -> Self:
        return cls()


class Makes(Protocol):
    @classmethod
    def make(cls) -> Self: ...


class StaticClose(Protocol):
    @staticmethod
    def close() -> None: ...


class ClassName(Protocol):
    name: ClassVar[str]


class HasClassName:
    name: ClassVar[str] = ""


class SetName(Protocol):
    @property
    def name(self) -> str: ...

    @name.setter
    def name(self, value: str) -> None: ...


class Converts(Protocol):
    def convert(self, x: int, *more: int, scale: float = 1.0, **rest: str) -> float: ...


class Converter:
    def convert(self, x: int, *more: int, scale: float = 1.0, **rest: str) -> float:
        return 0.0


class WideConverter:
    def convert(self, *xs: float, scale: complex = 1.0, **rest: object) -> int:
        return 0


class NarrowConverter:
    def convert(self, x: int, *more: bool, scale: float, **rest: str) -> float:
        return 0.0


class Defaulted(Generic[D]):
    def get(self) -> D:
        raise NotImplementedError


class Variadic(Generic[Unpack[Ts]]):
    pass


class Decorates(Generic[P, T]):
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        raise NotImplementedError


class Compares(Protocol):
    def __lt__(self, other: Self, /) -> bool: ...


class Comparable_:
    def __lt__(self, other: Comparable_, /) -> bool:
        return True


class TreeNode(Protocol[T_co]):
    @property
    def value(self) -> T_co: ...
    @property
    def children(self) -> Sequence[TreeNode[T_co]]: ...


class IntTree:
    value: int = 0
    children: list[IntTree] = []


class StrTree:
    value: str = ""
    children: list[StrTree] = []


class BadTree:
    value: int = 0
    children: list[int] = []


class Linked(TypedDict):
    value: int
    next: NotRequired[Linked]


class Linked2(TypedDict):
    value: int
    next: NotRequired[Linked2]


class StrLinked(TypedDict):
    value: str
    next: NotRequired[StrLinked]


class Functional(TypedDict):
    title: str
    year: int


class FuncTuple(NamedTuple):
    first: int
    second: str


FuncEnum = enum.Enum("FuncEnum", ["X", "Y"])


@dataclasses.dataclass(slots=True)
class SlotPoint:
    x: int
    name: str = ""


@dataclasses.dataclass
class InitPoint:
    x: int
    y: dataclasses.InitVar[int]
    _: dataclasses.KW_ONLY
    z: int = 0


class CallsBack(Generic[T]):
    callback: Callable[[T], None]


class OldRead:
    def read(self, n: int = -1) -> bytes:
        return b""


class Reads(Protocol):
    def read(self, n: int = ..., /) -> bytes: ...


class ReadsText(Protocol):
    def read(self, n: int = ..., /) -> str: ...


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class SubMeta(WithMeta):
    pass


class Contexts:
    def __enter__(self) -> int:
        return 0

    def __exit__(self, *args: object) -> None: ...


class AsyncLoop:
    def __aiter__(self) -> AsyncIterator[str]:
        raise NotImplementedError


class Awaits:
    def __await__(self) -> Generator[Any, None, int]:
        raise NotImplementedError


class KeyMap(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        return 0

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Adds(Protocol[T]):
    def __add__(self, other: T, /) -> T: ...


class Upper(Protocol):
    def upper(self) -> str: ...


class Appends(Protocol[T_contra]):
    def append(self, item: T_contra, /) -> None: ...


class Keys(Protocol[T_co]):
    def keys(self) -> Iterable[T_co]: ...


class Gets(Protocol):
    def get(self, key: str, /) -> object: ...


StrDict = dict[str, "StrDict | str"]
Deep = TypeAliasType("Deep", "list[Deep] | int")
PairAlias = TypeAliasType("PairAlias", tuple[T, T], type_params=(T,))
Callback: TypeAlias = "Callable[[Dog], Animal]"
Concat = Callable[Concatenate[int, P], str]
OptStr: TypeAlias = str | None
