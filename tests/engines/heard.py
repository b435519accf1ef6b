"""What arrives at the caller's stdout, read as often as a test likes."""

from __future__ import annotations

import pytest


class Heard:
    """All that `capsys` has captured so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._text = capsys, ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().out
        return self._text
