"""Which parts of a value go to which outputs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

from pipeflow.errors import PipeflowError
from pipeflow.pipes.switch import Chosen
from pipeflow.routes import Key, Part, Route
from pipeflow.spelling import short


class RoutingError(PipeflowError):
    """The value doesn't fit the brackets behind the pipe."""


class Router:
    """Takes values apart as the brackets say: a tree with ports at its nodes.

    Args:
        outputs: for each port the routes that lead to it.
        tagged: ports whose streams lead to a join, which must hear of every item that doesn't come.
        default: key of the branch for keys that name none.
        any_parts: a value may be taken apart if it can be iterated; otherwise it must be a tuple or a list.
    """

    def __init__(
        self,
        outputs: Sequence[tuple[int, Sequence[Route]]],
        tagged: frozenset[int] = frozenset(),
        default: Any = None,
        any_parts: bool = False,
    ) -> None:
        self._any_parts = any_parts
        self.whole: list[int] = []
        self.parts: list[Router] = []
        self.choices: dict[Any, Router] = {}
        self.default = default
        self.ports = tuple(port for port, _ in outputs)
        self.tagged = tuple(port for port in self.ports if port in tagged)
        deeper: dict[Any, list[tuple[int, list[Route]]]] = {}
        count = 0
        for port, routes in outputs:
            for route in routes:
                if not route:
                    self.whole.append(port)
                    continue
                count = route[0].of if isinstance(route[0], Part) else count
                deeper.setdefault(route[0], []).append((port, [route[1:]]))
        for selector, below in deeper.items():
            if isinstance(selector, Key):
                self.choices[selector.key] = Router(below, tagged)
        if count:
            self.parts = [Router(deeper.get(Part(index, count), []), tagged) for index in range(count)]

    @property
    def simple(self) -> int | None:
        """The only port, where every value goes there whole."""
        return (
            self.whole[0]
            if len(self.ports) == 1 and self.whole and not self.parts and not self.choices
            else None
        )

    def deliver(self, value: Any, given: list[tuple[int, Any]], missed: list[int]) -> None:
        """Append (port, value) for what is sent, and to `missed` the ports of parts that are None.

        Raises:
            RoutingError: for a wrong number of parts, or a key without a branch.
        """
        given.extend((port, value) for port in self.whole)
        if self.parts:
            self._split(value, given, missed)
        if self.choices:
            self._choose(value, given, missed)

    def miss(self) -> Sequence[int]:
        """The ports that must hear that an item doesn't come: of a choice, one is enough."""
        chosen_from = {port for branch in self.choices.values() for port in branch.ports}
        ports = [port for port in self.tagged if port not in chosen_from]
        return ports + [port for port in self.tagged if port in chosen_from][:1]

    def _split(self, value: Any, given: list[tuple[int, Any]], missed: list[int]) -> None:
        fits = isinstance(value, (tuple, list)) and len(cast("list[Any]", value)) == len(self.parts)
        parts: Any = value if fits else self._taken_apart(value)  # pyright: ignore[reportUnknownVariableType]
        for part, router in zip(parts, self.parts, strict=True):
            if part is None:
                missed.extend(router.miss())
            else:
                router.deliver(part, given, missed)

    def _taken_apart(self, value: Any) -> tuple[Any, ...]:
        many = len(self.parts)
        shown: Any = value
        if self._any_parts and isinstance(value, Iterable):
            shown = _up_to(value, many + 1)  # pyright: ignore[reportUnknownArgumentType]
            if len(shown) == many:
                return tuple(shown)
        behind = "its  downstreams  are" if self._any_parts else "the round brackets behind it name"
        behind += f" {many} streams" if self._any_parts else f" {many} branches"
        if isinstance(shown, (tuple, list)):
            count = len(cast("list[Any]", shown))
            raise RoutingError(f"it returned {count} part{'' if count == 1 else 's'} but {behind}")
        kind = "something with" if self._any_parts else "a tuple or a list of"
        raise RoutingError(f"{behind}, so it must return {kind} {many} parts, not {_kind_of(value)}")

    def _choose(self, value: Any, given: list[tuple[int, Any]], missed: list[int]) -> None:
        assert isinstance(value, Chosen), "only a Switch has curly brackets behind it"
        branch = self._branch(value.key)
        branch.deliver(value.item, given, missed)
        if self.tagged and not branch.tagged:
            missed.extend(self.miss())

    def _branch(self, key: Any) -> Router:
        try:
            branch = self.choices.get(key)
        except TypeError:
            raise RoutingError(f"the key {short(key)} can't be hashed, so it can't name a branch") from None
        if branch is None and self.default is not None:
            branch = self.choices.get(self.default)
        if branch is None:
            known = ", ".join(map(short, self.choices))
            raise RoutingError(
                f"there is no branch for the key {short(key)}; the curly brackets name {known}. "
                "Add a branch, or say which one takes the rest:  Switch(fn, default=...)"
            )
        return branch


def _up_to(value: Any, most: int) -> tuple[Any, ...]:
    """The parts of a value; where its length is unknown, enough to see that it is too long."""
    items: Any = value
    kind: Any = items.__class__
    return tuple(items) if hasattr(kind, "__len__") else tuple(islice(items, most))


def _kind_of(value: Any) -> str:
    return type(value).__name__
