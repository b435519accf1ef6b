"""A flow as torch's IterableDataset."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

import pipeflow as pf
from tests.system.test_resuming import Lines


def as_array(x: int) -> Any:
    import numpy as np

    return np.full(3, x, dtype="float32")


def flow(n: int = 40) -> Any:
    return pf.Source(Lines(n)) >> pf.Transform(as_array) * 2 >> pf.shuffle(8) >> pf.batch(4) >> pf.collate()


def first_column(batches: list[Any]) -> list[float]:
    return sorted(float(x) for batch in batches for x in batch[:, 0])


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        flow().to_torch()


def test_a_dataset_that_was_not_asked_to_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    data = types.SimpleNamespace(IterableDataset=object, get_worker_info=lambda: None)
    monkeypatch.setitem(sys.modules, "torch.utils.data", data)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    dataset = flow().to_torch("inline")
    with pytest.raises(pf.PipelineStateError, match=r"flow\.to_torch\(resumable=True\)\.state_dict\(\)"):
        dataset.state_dict()
    with pytest.raises(pf.PipelineStateError, match=r"flow\.to_torch\(resumable=True\)\.load_state_dict"):
        dataset.load_state_dict(flow().to_torch("inline", resumable=True).state_dict())


@pytest.mark.torch
def test_a_data_loader_delivers_tensors_epoch_after_epoch(no_process_left: None) -> None:
    torch = pytest.importorskip("torch")
    dataset = flow().to_torch()
    assert isinstance(dataset, torch.utils.data.IterableDataset)
    loader = torch.utils.data.DataLoader(dataset, batch_size=None)
    for _ in range(2):
        batches = list(loader)
        assert all(isinstance(batch, torch.Tensor) and batch.shape == (4, 3) for batch in batches)
        assert first_column(batches) == list(range(40))


@pytest.mark.torch
def test_what_arrives_can_be_written_to() -> None:
    torch = pytest.importorskip("torch")
    for batch in torch.utils.data.DataLoader(flow().to_torch(), batch_size=None):
        batch += 1


@pytest.mark.torch
def test_workers_of_the_loader_are_refused(no_process_left: None) -> None:
    torch = pytest.importorskip("torch")
    loader = torch.utils.data.DataLoader(flow().to_torch(), batch_size=None, num_workers=2)
    items = iter(loader)
    with pytest.raises(pf.PipelineStateError, match=r"num_workers=2.*num_workers=0\).*pipe \* 2"):
        next(items)
    items._shutdown_workers()  # the loader's own, which live as long as the exception's frames


@pytest.mark.torch
def test_wrong_graphs_and_options_are_said_at_once() -> None:
    pytest.importorskip("torch")
    with pytest.raises(pf.GraphError, match="PF102"):
        (pf.Transform(as_array) >> pf.batch(2)).to_torch()
    with pytest.raises(pf.PipelineStateError, match="can't be resumed"):
        (pf.Source(iter([1])) >> as_array).to_torch(resumable=True)
    with pytest.raises(TypeError, match="nonsense"):
        flow().to_torch(nonsense=1)


@pytest.mark.torch
def test_left_in_the_middle_of_an_epoch_and_gone_on_with(no_process_left: None) -> None:
    torch = pytest.importorskip("torch")
    dataset = flow().to_torch(resumable=True)
    seen: list[Any] = []
    for batch in torch.utils.data.DataLoader(dataset, batch_size=None):
        seen.append(batch)
        if len(seen) == 3:
            state = dataset.state_dict()
            break
    again = flow().to_torch(resumable=True)
    again.load_state_dict(state)
    seen += list(torch.utils.data.DataLoader(again, batch_size=None))
    assert first_column(seen) == list(range(40))
    assert first_column(list(torch.utils.data.DataLoader(again, batch_size=None))) == list(range(40))


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")  # torchdata's use of torch
def test_with_torchdatas_loader_that_saves_its_state() -> None:
    pytest.importorskip("torch")
    loaders = pytest.importorskip("torchdata.stateful_dataloader")
    loader = loaders.StatefulDataLoader(flow().to_torch(resumable=True), batch_size=None)
    seen: list[Any] = []
    for batch in loader:
        seen.append(batch)
        if len(seen) == 4:
            state = loader.state_dict()
            break
    again = loaders.StatefulDataLoader(flow().to_torch(resumable=True), batch_size=None)
    again.load_state_dict(state)
    seen += list(again)
    assert first_column(seen) == list(range(40))
