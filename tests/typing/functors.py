"""What the cases are made of."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any


def ints() -> Iterator[int]:
    yield 1


def strings() -> Iterator[str]:
    yield ""


def double(x: int) -> int:
    return 2 * x


def halve(x: int) -> float:
    return x / 2


def parse(x: str) -> int:
    return int(x)


def maybe(x: int) -> str | None:
    return str(x) if x else None


def either(x: int) -> int | str:
    return x


async def pause_either(x: int) -> int | str:
    return x


def eithers() -> Iterator[int | str]:
    yield 1


def of_either(x: int | str) -> bytes:
    return b""


def nothing(x: int) -> None:
    print(x)


def anything(x: int) -> Any:
    return x


async def pause(x: int) -> str:
    return str(x)


def add(x: int, y: int) -> float:
    return x + y


def repeat(x: str, n: int) -> bytes:
    return x.encode() * n


def three(x: int, y: str, z: bytes) -> bool:
    return bool(x or y or z)


def pair(x: int) -> tuple[int, str]:
    return x, str(x)


def parts(x: int) -> tuple[int | None, str | None]:
    return (x, None) if x else (None, "")


def lots(x: int) -> list[int | None]:
    return [x, None]


def triple(x: int) -> tuple[int, str, bytes]:
    return x, "", b""


def show(x: int) -> None:
    print(x)


def show_text(x: str) -> None:
    print(x)


def show_two(x: int, y: str) -> None:
    print(x, y)


class Model:
    def run(self, x: int) -> str:
        return str(x)


class OptionalModel:
    def run(self, x: int) -> str | None:
        return str(x)


class Saver:
    def run(self, x: int) -> None: ...


def rebatch(size: int = 32) -> Generator[list[str] | None, str, None]:
    held = [(yield None)]
    while True:
        held.append((yield held if len(held) >= size else None))
