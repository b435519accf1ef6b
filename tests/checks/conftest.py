"""In these tests a rule that fails is a failure, not something unchecked."""

from __future__ import annotations

import pytest

from pipeflow.checks import _guarding


@pytest.fixture(autouse=True)
def _rules_may_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guarding, "reraise", True)
