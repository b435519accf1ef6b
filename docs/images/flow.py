"""The flow whose picture is in the README."""

from __future__ import annotations

from collections.abc import Iterator

import pipeflow as pf


def photos() -> Iterator[str]:
    yield from ("one.jpg", "two.jpg")


def decode(path: str) -> bytes:
    return path.encode()


def resize(image: bytes) -> bytes:
    return image[:3]


def caption(image: bytes) -> str:
    return image.decode()


def pair(image: bytes, text: str) -> tuple[bytes, str]:
    return image, text


def is_good(pair: tuple[bytes, str]) -> bool:
    return len(pair[1]) > 2


images = pf.Source(photos) >> pf.Transform(decode) * 4
pairs = (images >> resize, images >> pf.Transform(caption) * 2) >> pf.Transform(pair)
save, look = pf.batch(32) >> pf.Sink(print, "save"), pf.Sink(print, "look at it")
flow = pairs >> pf.Switch(is_good) >> {True: save, False: look}
