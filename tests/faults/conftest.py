"""These tests run on machines that are busy on purpose: a deadline is there against a hang alone."""

from __future__ import annotations

import pytest

DEADLINE = 240


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("timeout") is not None:  # somebody knows better
        return
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(DEADLINE))
