"""ONNX files from Python: ``eb.count``, ``eb.compare``, ``eb.explain`` and ``eb.formula``."""

from __future__ import annotations

import numpy as np
import pytest

import effbench as eb
from effbench.cli import main
from effbench.errors import EffbenchError

LAYER = [("MatMul", "x w", "y")]
WEIGHT = {"w": np.zeros((8, 3), np.float32)}
CONVOLUTION = [("Conv", "image k", "y", {"strides": [4, 4]})]
KERNEL = {"k": np.zeros((8, 3, 4, 4), np.float32)}


def test_a_file_is_counted_as_a_network(onnx_file):
    path = str(onnx_file(LAYER, {"x": ["n", "tokens", 8]}, WEIGHT))
    cost = eb.count(path, np.zeros((2, 5, 8), np.float32))
    assert (cost.macs, cost.flops, cost.params, cost.complete) == (2 * 5 * 24, 4 * 5 * 24, 24, True)
    assert (cost.inputs, cost.device) == ("x=2x5x8", "-")
    assert cost == eb.count(path, x=np.zeros((2, 5, 8), np.float32))
    assert "Counted from the shapes of a file." in str(cost)
    both = eb.compare({"one": eb.count(path, np.zeros((1, 5, 8), np.float32)), "two": cost})
    assert [row.ratio for row in both.rows()] == [1.0, 2.0]
    assert "macs" in eb.explain(cost, "240").holds_under


def test_sides_and_batch(onnx_file):
    path = str(onnx_file(CONVOLUTION, {"image": ["n", 3, "h", "w"]}, KERNEL))
    assert eb.count(path, size="8x16", batch=3).macs == 3 * 2 * 4 * 8 * 48
    assert eb.count(path, size=(8, 16)).by_module() == {"": 2 * 4 * 8 * 48}


def test_a_closed_form(onnx_file, capsys):
    path = str(onnx_file(CONVOLUTION, {"image": ["n", 3, "h", "w"]}, KERNEL))
    form = eb.formula(path, "Nx3xHxW")
    assert (form(N=2, H=8, W=12), str(form)) == (2 * 8 * 12 * 24, "24*H*N*W")
    assert main(["formula", path, "--style", "plain"]) == 0
    assert capsys.readouterr().out == "24*S^2\n"


def test_what_has_no_price_is_named(onnx_file):
    cost = eb.count(str(onnx_file([("Nobody", "x", "y"), ("Nobody", "y", "z")], {"x": [1, 8]})))
    assert [(one.name, one.shapes, one.calls) for one in cost.uncounted] == [
        ("Nobody", ((1, 8),), 1),
        ("Nobody", (None,), 1),
    ]
    assert "1 x Nobody in (model) on [unknown]" in str(cost)


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ([], {}, "the shape of its input x is open"),
        ([np.zeros((1, 5, 8))], {}, "its input x is of float32, not float64"),
        ([3], {}, "an ONNX file takes tensors or arrays of .*, not int"),
        ([np.zeros((1, 5, 8), np.float32)], {"batch": 2}, "inputs have a batch and a size of their own"),
        ([np.zeros((1, 5, 8), np.float32)], {"backward": True}, "it has no backward pass"),
        ([np.zeros((1, 5, 8), np.float32)], {"device": "cpu"}, "runs on no device"),
        ([np.zeros((1, 5, 7), np.float32)], {}, "8 cannot be 7"),
    ],
)
def test_what_a_file_does_not_take(onnx_file, given, options, said):
    path = str(onnx_file(LAYER, {"x": ["n", "tokens", 8]}, WEIGHT))
    with pytest.raises(EffbenchError, match=said) as error:
        eb.count(path, *given, **options)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there():
    with pytest.raises(EffbenchError, match="no such ONNX file"):
        eb.count("nothing.onnx")
    with pytest.raises(EffbenchError, match="no such ONNX file"):
        eb.formula("nothing.onnx")


def test_no_form_of_a_file_for_one_size(onnx_file):
    path = str(onnx_file(CONVOLUTION, {"image": [1, 3, 8, 8]}, KERNEL))
    with pytest.raises(EffbenchError, match="8 cannot be") as error:
        eb.formula(path)
    assert "\n" not in str(error.value)
