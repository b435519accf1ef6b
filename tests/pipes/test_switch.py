"""Switch: the item with the key of its branch."""

from __future__ import annotations

import pytest

import pipeflow as pf
from pipeflow.pipes.switch import Chosen
from tests.functors import parity
from tests.pipes.feeding import send, send_joined


def test_it_names_the_branch_of_each_item() -> None:
    assert send(pf.Switch(parity), [1, 2]) == [Chosen("odd", 1), Chosen("even", 2)]


def test_none_drops_and_other_falsy_keys_do_not() -> None:
    assert send(pf.Switch(lambda x: None), [1]) == []
    assert send(pf.Switch(lambda x: x), [0, False, ""]) == [
        Chosen(0, 0),
        Chosen(False, False),
        Chosen("", ""),
    ]


def test_what_was_joined_is_asked_about_part_by_part_and_goes_on_as_a_tuple() -> None:
    assert send_joined(pf.Switch(lambda a, b: a < b), [(1, 2)]) == [Chosen(True, (1, 2))]


def test_settings_and_functors_with_a_life() -> None:
    class Threshold:
        def local_init(self, at: int) -> None:
            self.at = at

        def run(self, x: int) -> bool:
            return x > self.at

    assert send(pf.Switch(Threshold()).with_(init_kwargs={"at": 2}), [3]) == [Chosen(True, 3)]


def test_a_coroutine_names_no_branch() -> None:
    async def later(x: int) -> bool:
        return x > 2

    with pytest.raises(
        pf.CompositionError, match=r"Switch 'later' .*plain function, not an  async def .*Transform"
    ):
        pf.Switch(later)


def test_its_description() -> None:
    assert pf.Switch(parity, default="odd").default == "odd"
    assert pf.Switch(parity).reshaped(int) is int
    assert (pf.Switch(parity) * 2).options.n_processes == 2
