"""The shapes as type checkers see them: what the operators do to the item types, one table for each shape.

Longer than other files because the type system has no word for "each element of a tuple": two and three
positions (four, where they are joined) are written out, with more of them the item type is Any. What the
order of the overloads is about:

- results that are Any come first (`Nobody`), else they would match ``Awaitable``;
- type variables of parameters have ``bound=Any``, so that the body of a lambda is free to use them;
- ``|`` stands on both sides with the same signature, else ``wide | narrow`` is rejected;
- curly brackets give Any: mypy joins the values of a dict to ``object`` before it looks at us.
"""

# ruff: noqa: PYI001, PYI002, PYI021 - it is read by people too, and its type variables are imported
# The tables overlap on purpose, the first that fits counts; and a loop is two things at once.
# mypy: disable-error-code="overload-overlap, override, unreachable"
# pyright: reportOverlappingOverload=false, reportIncompatibleMethodOverride=false

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Literal, Protocol, TypeAlias, overload

from typing_extensions import Self, TypeVar, Unpack

from pipeflow.flow import Flow
from pipeflow.streams import Stream

In_contra = TypeVar("In_contra", contravariant=True, default=Any)
Out_co = TypeVar("Out_co", covariant=True, default=Any)
T = TypeVar("T", default=Any)
A_co = TypeVar("A_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)
C_co = TypeVar("C_co", covariant=True)
D_co = TypeVar("D_co", covariant=True)
A_contra = TypeVar("A_contra", contravariant=True)
A = TypeVar("A", bound=Any, default=Any)
B = TypeVar("B", bound=Any, default=Any)
C = TypeVar("C", bound=Any, default=Any)
D = TypeVar("D", bound=Any, default=Any)
I = TypeVar("I", bound=Any, default=Any)
J = TypeVar("J", bound=Any, default=Any)
W = TypeVar("W", default=Any)
X = TypeVar("X", default=Any)
Y = TypeVar("Y", default=Any)
Z = TypeVar("Z", default=Any)
K = TypeVar("K")
MYPY: Literal[False]  # mypy takes the name for True

class Value:
    """What is not None, for mypy; nothing at all for others.

    mypy joins ``int | str`` to ``object`` where it has to take None out of a union. So there is an overload
    before for results that have no None in them, which others must not match: they count None among these.
    """

    if MYPY:
        class NotNone(Protocol):
            def __sizeof__(self) -> int: ...

    else:
        class NotNone: ...

V = TypeVar("V", bound=Value.NotNone, default=Value.NotNone)

class Nobody:
    """Returned by nobody, so that only Any matches it."""

class Args:
    """Joined items: the next pipe is called with them as its arguments; iterating shows tuples."""

class Args2(Args, Generic[A_co, B_co]): ...
class Args3(Args, Generic[A_co, B_co, C_co]): ...
class Args4(Args, Generic[A_co, B_co, C_co, D_co]): ...

class Reshapes(Protocol[A_contra, B_co]):
    """A pipe whose results depend on what it gets: ``batch`` makes ``list[T]`` of T."""

    def reshape(self, item: A_contra, /) -> B_co: ...

class Items(Protocol[Out_co]):
    """The items of a running flow; leaving the ``with`` block stops it."""

    @property
    def report(self) -> Any: ...
    def __iter__(self) -> Iterator[Out_co]: ...
    def __next__(self) -> Out_co: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def close(self) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: Mapping[str, Any], /) -> None: ...

Branch: TypeAlias = ThroughFlow[A, Any] | InFlow[A] | Callable[[A], Any]
"""What may stand in a bracket that items of type A enter."""
Nothing: TypeAlias = Awaitable[None] | None
Left: TypeAlias = OutFlow[Any] | ThroughFlow[Any, Any]
Many: TypeAlias = tuple[Any, Any, Any, Any, Any, Unpack[tuple[Any, ...]]]

class OutFlow(Flow, Generic[Out_co]):
    """Only outputs are open: it can be iterated, or composed further."""

    @overload
    def __rshift__(self, other: PairingFlow) -> OutFlow[Out_co]: ...
    @overload
    def __rshift__(self: OutFlow[Nobody], other: Reshapes[Any, X]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self: OutFlow[Nobody], other: PassingFlow[Any]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(self: OutFlow[Args2[A, B]], other: Reshapes[tuple[A, B], X]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self: OutFlow[Args2[A, B]], other: PassingFlow[Args2[A, B]]) -> OutFlow[tuple[A, B]]: ...
    @overload
    def __rshift__(self, other: Reshapes[Out_co, X]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self, other: PassingFlow[Out_co]) -> OutFlow[Out_co]: ...
    @overload
    def __rshift__(self, other: ThroughFlow[Out_co, X]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self, other: InFlow[Out_co]) -> ClosedFlow: ...
    @overload
    def __rshift__(self, other: Stream) -> OutFlow[Out_co]: ...
    # round brackets: split; a part that is None is dropped
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None]], other: tuple[ThroughFlow[A, X], ThroughFlow[B, Y]]
    ) -> OutFlow[Args2[X, Y]]: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None]], other: tuple[InFlow[A], InFlow[B]]
    ) -> ClosedFlow: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None]], other: tuple[ThroughFlow[A, X], InFlow[B]]
    ) -> OutFlow[X]: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None]], other: tuple[InFlow[A], ThroughFlow[B, Y]]
    ) -> OutFlow[Y]: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None]], other: tuple[Branch[A], Branch[B]]
    ) -> OutFlow[Any]: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None, C | None]],
        other: tuple[ThroughFlow[A, X], ThroughFlow[B, Y], ThroughFlow[C, Z]],
    ) -> OutFlow[Args3[X, Y, Z]]: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None, C | None]], other: tuple[InFlow[A], InFlow[B], InFlow[C]]
    ) -> ClosedFlow: ...
    @overload
    def __rshift__(
        self: OutFlow[tuple[A | None, B | None, C | None]], other: tuple[Branch[A], Branch[B], Branch[C]]
    ) -> OutFlow[Any]: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A | None]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y]]
    ) -> OutFlow[Args2[X, Y]]: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A | None]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y], ThroughFlow[A, Z]]
    ) -> OutFlow[Args3[X, Y, Z]]: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A | None]], other: tuple[InFlow[A], Unpack[tuple[InFlow[A], ...]]]
    ) -> ClosedFlow: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A | None]], other: tuple[Branch[A], Unpack[tuple[Branch[A], ...]]]
    ) -> OutFlow[Any]: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y]]
    ) -> OutFlow[Args2[X, Y]]: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y], ThroughFlow[A, Z]]
    ) -> OutFlow[Args3[X, Y, Z]]: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A]], other: tuple[InFlow[A], Unpack[tuple[InFlow[A], ...]]]
    ) -> ClosedFlow: ...
    @overload
    def __rshift__(
        self: OutFlow[list[A]], other: tuple[Branch[A], Unpack[tuple[Branch[A], ...]]]
    ) -> OutFlow[Any]: ...
    @overload
    def __rshift__(self, other: tuple[Any, Any, Any, Any, Unpack[tuple[Any, ...]]]) -> Any: ...
    # curly brackets: choose
    @overload
    def __rshift__(self, other: Mapping[K, InFlow[Out_co]]) -> ClosedFlow: ...
    @overload
    def __rshift__(self, other: Mapping[K, Branch[Out_co]]) -> OutFlow[Any]: ...
    # bare functions
    @overload
    def __rshift__(self: OutFlow[Args2[A, B]], other: Callable[[A, B], Nobody]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(
        self: OutFlow[Args2[A, B]], other: Callable[[A, B], Awaitable[X | None]]
    ) -> OutFlow[X]: ...
    @overload
    def __rshift__(self: OutFlow[Args2[A, B]], other: Callable[[A, B], V]) -> OutFlow[V]: ...
    @overload
    def __rshift__(self: OutFlow[Args2[A, B]], other: Callable[[A, B], Nothing]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(self: OutFlow[Args2[A, B]], other: Callable[[A, B], X | None]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self: OutFlow[Args3[A, B, C]], other: Callable[[A, B, C], Nobody]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(
        self: OutFlow[Args3[A, B, C]], other: Callable[[A, B, C], Awaitable[X | None]]
    ) -> OutFlow[X]: ...
    @overload
    def __rshift__(self: OutFlow[Args3[A, B, C]], other: Callable[[A, B, C], V]) -> OutFlow[V]: ...
    @overload
    def __rshift__(self: OutFlow[Args3[A, B, C]], other: Callable[[A, B, C], Nothing]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(self: OutFlow[Args3[A, B, C]], other: Callable[[A, B, C], X | None]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], Nobody]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], Awaitable[X | None]]) -> OutFlow[X]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], V]) -> OutFlow[V]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], Nothing]) -> OutFlow[Any]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], X | None]) -> OutFlow[X]: ...
    @overload
    def __or__(self, other: OutFlow[X]) -> OutFlow[Out_co | X]: ...
    @overload
    def __or__(self, other: ThroughFlow[I, X]) -> ThroughFlow[I, Out_co | X]: ...
    @overload
    def __or__(self, other: InFlow[I]) -> ThroughFlow[I, Out_co]: ...
    @overload
    def __or__(self, other: ClosedFlow) -> OutFlow[Out_co]: ...
    @overload
    def __iter__(self: OutFlow[Nobody]) -> Iterator[Any]: ...
    @overload
    def __iter__(self: OutFlow[Args2[A, B]]) -> Iterator[tuple[A, B]]: ...
    @overload
    def __iter__(self: OutFlow[Args3[A, B, C]]) -> Iterator[tuple[A, B, C]]: ...
    @overload
    def __iter__(self: OutFlow[Args4[A, B, C, D]]) -> Iterator[tuple[A, B, C, D]]: ...
    @overload
    def __iter__(self) -> Iterator[Out_co]: ...
    @overload
    def stream(
        self: OutFlow[Nobody],
        engine: str = "process",
        *,
        progress: bool | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        fuse: bool = False,
        tune: bool = False,
        seed: int | None = None,
        check: bool = True,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
        resumable: bool = False,
    ) -> Items[Any]: ...
    @overload
    def stream(
        self: OutFlow[Args2[A, B]],
        engine: str = "process",
        *,
        progress: bool | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        fuse: bool = False,
        tune: bool = False,
        seed: int | None = None,
        check: bool = True,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
        resumable: bool = False,
    ) -> Items[tuple[A, B]]: ...
    @overload
    def stream(
        self: OutFlow[Args3[A, B, C]],
        engine: str = "process",
        *,
        progress: bool | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        fuse: bool = False,
        tune: bool = False,
        seed: int | None = None,
        check: bool = True,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
        resumable: bool = False,
    ) -> Items[tuple[A, B, C]]: ...
    @overload
    def stream(
        self,
        engine: str = "process",
        *,
        progress: bool | None = None,
        ignore: Collection[str] = (),
        strict: bool = False,
        start_method: str | None = None,
        stop_timeout: float = 5.0,
        grow: bool = True,
        fuse: bool = False,
        tune: bool = False,
        seed: int | None = None,
        check: bool = True,
        address: str | None = None,
        engine_options: Mapping[str, Any] | None = None,
        resumable: bool = False,
    ) -> Items[Out_co]: ...

class ThroughFlow(Flow, Generic[In_contra, Out_co]):
    """Inputs and outputs are open: a fragment."""

    @overload
    def __rshift__(self, other: PairingFlow) -> ThroughFlow[In_contra, Out_co]: ...
    @overload
    def __rshift__(self: ThroughFlow[I, Nobody], other: Reshapes[Any, X]) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(self: ThroughFlow[I, Nobody], other: PassingFlow[Any]) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args2[A, B]], other: Reshapes[tuple[A, B], X]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args2[A, B]], other: PassingFlow[Args2[A, B]]
    ) -> ThroughFlow[I, tuple[A, B]]: ...
    @overload
    def __rshift__(self, other: Reshapes[Out_co, X]) -> ThroughFlow[In_contra, X]: ...
    @overload
    def __rshift__(self, other: PassingFlow[Out_co]) -> ThroughFlow[In_contra, Out_co]: ...
    @overload
    def __rshift__(self, other: ThroughFlow[Out_co, X]) -> ThroughFlow[In_contra, X]: ...
    @overload
    def __rshift__(self, other: InFlow[Out_co]) -> InFlow[In_contra]: ...
    @overload
    def __rshift__(self, other: Stream) -> ThroughFlow[In_contra, Out_co]: ...
    # round brackets: split; a part that is None is dropped
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None]], other: tuple[ThroughFlow[A, X], ThroughFlow[B, Y]]
    ) -> ThroughFlow[I, Args2[X, Y]]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None]], other: tuple[InFlow[A], InFlow[B]]
    ) -> InFlow[I]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None]], other: tuple[ThroughFlow[A, X], InFlow[B]]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None]], other: tuple[InFlow[A], ThroughFlow[B, Y]]
    ) -> ThroughFlow[I, Y]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None]], other: tuple[Branch[A], Branch[B]]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None, C | None]],
        other: tuple[ThroughFlow[A, X], ThroughFlow[B, Y], ThroughFlow[C, Z]],
    ) -> ThroughFlow[I, Args3[X, Y, Z]]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None, C | None]],
        other: tuple[InFlow[A], InFlow[B], InFlow[C]],
    ) -> InFlow[I]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, tuple[A | None, B | None, C | None]],
        other: tuple[Branch[A], Branch[B], Branch[C]],
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A | None]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y]]
    ) -> ThroughFlow[I, Args2[X, Y]]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A | None]],
        other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y], ThroughFlow[A, Z]],
    ) -> ThroughFlow[I, Args3[X, Y, Z]]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A | None]], other: tuple[InFlow[A], Unpack[tuple[InFlow[A], ...]]]
    ) -> InFlow[I]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A | None]], other: tuple[Branch[A], Unpack[tuple[Branch[A], ...]]]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y]]
    ) -> ThroughFlow[I, Args2[X, Y]]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A]], other: tuple[ThroughFlow[A, X], ThroughFlow[A, Y], ThroughFlow[A, Z]]
    ) -> ThroughFlow[I, Args3[X, Y, Z]]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A]], other: tuple[InFlow[A], Unpack[tuple[InFlow[A], ...]]]
    ) -> InFlow[I]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, list[A]], other: tuple[Branch[A], Unpack[tuple[Branch[A], ...]]]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(self, other: tuple[Any, Any, Any, Any, Unpack[tuple[Any, ...]]]) -> Any: ...
    # curly brackets: choose
    @overload
    def __rshift__(self, other: Mapping[K, InFlow[Out_co]]) -> InFlow[In_contra]: ...
    @overload
    def __rshift__(self, other: Mapping[K, Branch[Out_co]]) -> ThroughFlow[In_contra, Any]: ...
    # bare functions
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args2[A, B]], other: Callable[[A, B], Nobody]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args2[A, B]], other: Callable[[A, B], Awaitable[X | None]]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(self: ThroughFlow[I, Args2[A, B]], other: Callable[[A, B], V]) -> ThroughFlow[I, V]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args2[A, B]], other: Callable[[A, B], Nothing]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args2[A, B]], other: Callable[[A, B], X | None]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args3[A, B, C]], other: Callable[[A, B, C], Nobody]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args3[A, B, C]], other: Callable[[A, B, C], Awaitable[X | None]]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args3[A, B, C]], other: Callable[[A, B, C], V]
    ) -> ThroughFlow[I, V]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args3[A, B, C]], other: Callable[[A, B, C], Nothing]
    ) -> ThroughFlow[I, Any]: ...
    @overload
    def __rshift__(
        self: ThroughFlow[I, Args3[A, B, C]], other: Callable[[A, B, C], X | None]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], Nobody]) -> ThroughFlow[In_contra, Any]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], Awaitable[X | None]]) -> ThroughFlow[In_contra, X]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], V]) -> ThroughFlow[In_contra, V]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], Nothing]) -> ThroughFlow[In_contra, Any]: ...
    @overload
    def __rshift__(self, other: Callable[[Out_co], X | None]) -> ThroughFlow[In_contra, X]: ...
    @overload
    def __rrshift__(self, other: Stream) -> ThroughFlow[In_contra, Out_co]: ...
    # what takes anything (print) takes any number of them
    @overload
    def __rrshift__(
        self: ThroughFlow[Args, X], other: tuple[OutFlow[Any], Unpack[tuple[OutFlow[Any], ...]]]
    ) -> OutFlow[X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args, X], other: tuple[Left, Unpack[tuple[Left, ...]]]
    ) -> ThroughFlow[Any, X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args2[A, B], X], other: tuple[OutFlow[A], OutFlow[B]]
    ) -> OutFlow[X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args2[A, B], X], other: tuple[ThroughFlow[I, A], ThroughFlow[J, B]]
    ) -> ThroughFlow[tuple[I, J], X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args2[A, B], X], other: tuple[OutFlow[A], ThroughFlow[J, B]]
    ) -> ThroughFlow[J, X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args2[A, B], X], other: tuple[ThroughFlow[I, A], OutFlow[B]]
    ) -> ThroughFlow[I, X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args3[A, B, C], X], other: tuple[OutFlow[A], OutFlow[B], OutFlow[C]]
    ) -> OutFlow[X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args3[A, B, C], X],
        other: tuple[
            OutFlow[A] | ThroughFlow[Any, A],
            OutFlow[B] | ThroughFlow[Any, B],
            OutFlow[C] | ThroughFlow[Any, C],
        ],
    ) -> ThroughFlow[Any, X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args4[A, B, C, D], X], other: tuple[OutFlow[A], OutFlow[B], OutFlow[C], OutFlow[D]]
    ) -> OutFlow[X]: ...
    @overload
    def __rrshift__(
        self: ThroughFlow[Args4[A, B, C, D], X],
        other: tuple[
            OutFlow[A] | ThroughFlow[Any, A],
            OutFlow[B] | ThroughFlow[Any, B],
            OutFlow[C] | ThroughFlow[Any, C],
            OutFlow[D] | ThroughFlow[Any, D],
        ],
    ) -> ThroughFlow[Any, X]: ...
    @overload
    def __rrshift__(self, other: Many) -> Any: ...
    @overload
    def __or__(self: ThroughFlow[I, A], other: ThroughFlow[I, B]) -> ThroughFlow[I, A | B]: ...
    @overload
    def __or__(self, other: OutFlow[X]) -> ThroughFlow[In_contra, Out_co | X]: ...
    @overload
    def __or__(self: ThroughFlow[I, A], other: InFlow[I]) -> ThroughFlow[I, A]: ...
    @overload
    def __or__(self, other: ClosedFlow) -> ThroughFlow[In_contra, Out_co]: ...
    @overload
    def __ror__(self: ThroughFlow[I, A], other: ThroughFlow[I, B]) -> ThroughFlow[I, A | B]: ...
    @overload
    def __ror__(self: ThroughFlow[I, A], other: InFlow[I]) -> ThroughFlow[I, A]: ...

class PassingFlow(ThroughFlow[In_contra, Any], Generic[In_contra]):
    """A fragment whose items leave as they came (`Switch`, ``filter``, ``take``)."""

    @overload
    def __rrshift__(self, other: Stream) -> PassingFlow[In_contra]: ...
    @overload
    def __rrshift__(
        self: PassingFlow[Args], other: tuple[OutFlow[A], OutFlow[B]]
    ) -> OutFlow[tuple[A, B]]: ...
    @overload
    def __rrshift__(
        self: PassingFlow[Args2[A, B]], other: tuple[OutFlow[A], OutFlow[B]]
    ) -> OutFlow[tuple[A, B]]: ...
    @overload
    def __rrshift__(
        self: PassingFlow[Args3[A, B, C]], other: tuple[OutFlow[A], OutFlow[B], OutFlow[C]]
    ) -> OutFlow[tuple[A, B, C]]: ...
    @overload
    def __rrshift__(
        self: PassingFlow[Args2[A, B]],
        other: tuple[OutFlow[A] | ThroughFlow[Any, A], OutFlow[B] | ThroughFlow[Any, B]],
    ) -> ThroughFlow[Any, tuple[A, B]]: ...
    @overload
    def __rrshift__(self, other: Many) -> Any: ...

class PairingFlow(ThroughFlow[Any, Any]):
    """A fragment that leaves joined items joined (`Join`)."""

    @overload
    def __rrshift__(self, other: Stream) -> PairingFlow: ...
    @overload
    def __rrshift__(self, other: tuple[OutFlow[A], OutFlow[B]]) -> OutFlow[Args2[A, B]]: ...
    @overload
    def __rrshift__(self, other: tuple[OutFlow[A], OutFlow[B], OutFlow[C]]) -> OutFlow[Args3[A, B, C]]: ...
    @overload
    def __rrshift__(
        self, other: tuple[OutFlow[A], OutFlow[B], OutFlow[C], OutFlow[D]]
    ) -> OutFlow[Args4[A, B, C, D]]: ...
    @overload
    def __rrshift__(
        self, other: tuple[ThroughFlow[I, A], ThroughFlow[J, B]]
    ) -> ThroughFlow[tuple[I, J], Args2[A, B]]: ...
    @overload
    def __rrshift__(self, other: tuple[Left, Unpack[tuple[Left, ...]]]) -> Any: ...

class InFlow(Flow, Generic[In_contra]):
    """Only inputs are open: a fragment that ends in sinks."""

    @overload
    def __rrshift__(self, other: Stream) -> InFlow[In_contra]: ...
    # what takes anything (print) takes any number of them
    @overload
    def __rrshift__(
        self: InFlow[Args], other: tuple[OutFlow[Any], Unpack[tuple[OutFlow[Any], ...]]]
    ) -> ClosedFlow: ...
    @overload
    def __rrshift__(self: InFlow[Args], other: tuple[Left, Unpack[tuple[Left, ...]]]) -> InFlow[Any]: ...
    @overload
    def __rrshift__(self: InFlow[Args2[A, B]], other: tuple[OutFlow[A], OutFlow[B]]) -> ClosedFlow: ...
    @overload
    def __rrshift__(
        self: InFlow[Args2[A, B]], other: tuple[ThroughFlow[I, A], ThroughFlow[J, B]]
    ) -> InFlow[tuple[I, J]]: ...
    @overload
    def __rrshift__(self: InFlow[Args2[A, B]], other: tuple[OutFlow[A], ThroughFlow[J, B]]) -> InFlow[J]: ...
    @overload
    def __rrshift__(self: InFlow[Args2[A, B]], other: tuple[ThroughFlow[I, A], OutFlow[B]]) -> InFlow[I]: ...
    @overload
    def __rrshift__(
        self: InFlow[Args3[A, B, C]], other: tuple[OutFlow[A], OutFlow[B], OutFlow[C]]
    ) -> ClosedFlow: ...
    @overload
    def __rrshift__(
        self: InFlow[Args3[A, B, C]],
        other: tuple[
            OutFlow[A] | ThroughFlow[Any, A],
            OutFlow[B] | ThroughFlow[Any, B],
            OutFlow[C] | ThroughFlow[Any, C],
        ],
    ) -> InFlow[Any]: ...
    @overload
    def __rrshift__(
        self: InFlow[Args4[A, B, C, D]], other: tuple[OutFlow[A], OutFlow[B], OutFlow[C], OutFlow[D]]
    ) -> ClosedFlow: ...
    @overload
    def __rrshift__(
        self: InFlow[Args4[A, B, C, D]],
        other: tuple[
            OutFlow[A] | ThroughFlow[Any, A],
            OutFlow[B] | ThroughFlow[Any, B],
            OutFlow[C] | ThroughFlow[Any, C],
            OutFlow[D] | ThroughFlow[Any, D],
        ],
    ) -> InFlow[Any]: ...
    @overload
    def __rrshift__(self, other: Many) -> Any: ...
    @overload
    def __or__(self: InFlow[I], other: InFlow[I]) -> InFlow[I]: ...
    @overload
    def __or__(self: InFlow[I], other: ThroughFlow[I, X]) -> ThroughFlow[I, X]: ...
    @overload
    def __or__(self, other: OutFlow[X]) -> ThroughFlow[In_contra, X]: ...
    @overload
    def __or__(self, other: ClosedFlow) -> InFlow[In_contra]: ...
    def __ror__(self: InFlow[I], other: InFlow[I]) -> InFlow[I]: ...

class LoopFlow(OutFlow[T], InFlow[T], Generic[T]):
    """It gives items on the left of ``>>`` and takes them back on the right (`Feedback`)."""

    @overload
    def __or__(self, other: OutFlow[X]) -> OutFlow[T | X]: ...
    @overload
    def __or__(self, other: ThroughFlow[I, X]) -> ThroughFlow[I, T | X]: ...
    @overload
    def __or__(self, other: InFlow[I]) -> ThroughFlow[I, T]: ...
    @overload
    def __or__(self, other: ClosedFlow) -> OutFlow[T]: ...

class ClosedFlow(Flow):
    """Nothing is open: it can run."""

    def nothing_is_open(self) -> None: ...
    @overload
    def __or__(self, other: OutFlow[X]) -> OutFlow[X]: ...
    @overload
    def __or__(self, other: ThroughFlow[I, X]) -> ThroughFlow[I, X]: ...
    @overload
    def __or__(self, other: InFlow[I]) -> InFlow[I]: ...
    @overload
    def __or__(self, other: ClosedFlow) -> ClosedFlow: ...
