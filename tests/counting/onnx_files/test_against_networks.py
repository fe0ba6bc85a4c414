"""Networks of timm, exported and counted from the file: the multiply-accumulates of the network, by kind."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
pytest.importorskip("onnxscript")

import effbench as eb  # noqa: E402 - after the check for torch
from effbench.cost.convention import convention  # noqa: E402
from effbench.cost.kinds import MAC_KINDS  # noqa: E402
from effbench.counting.by_tool import count_by_pass  # noqa: E402


@pytest.mark.parametrize("name", ["test_vit", "test_resnet", "test_convnext"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_network_and_its_file(tmp_path, name, batch):
    torch.manual_seed(0)
    network = timm.create_model(name).eval()
    for one in network.parameters():  # equal ones would be stored once
        torch.nn.init.normal_(one, std=0.1)
    side, path = network.default_cfg["input_size"][-1], tmp_path / "net.onnx"
    shapes = ({0: torch.export.Dim("images")},)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = torch.zeros(2, 3, side, side)
        torch.onnx.export(network, (images,), dynamo=True, verbose=False, dynamic_shapes=shapes).save(str(path))
    (row,) = count_by_pass(str(path), None, convention("macs"), batch=batch)
    expected = eb.count(f"timm/{name}", batch=batch)
    found = row.counts.by_kind()
    assert {kind: found.get(kind) for kind in MAC_KINDS} == {kind: expected.by_kind().get(kind) for kind in MAC_KINDS}
    assert (row.uncounted, row.batch, row.size) == ((), batch, side)
    assert set(row.counts.by_module(1)) <= {*expected.counts.by_module(1), "norm_pre"}
