"""``effbench export MODEL --out FILE.onnx``: any network as one file that gives and counts the same."""

from __future__ import annotations

import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
onnxruntime = pytest.importorskip("onnxruntime")

import effbench as eb  # noqa: E402 - after the checks
from effbench.models.registry import resolve  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

NETWORKS = """
import dataclasses
import typing

import torch
from torch import nn
from torch.nn import functional as F


def convolutions():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, 2), nn.BatchNorm2d(4), nn.SiLU(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )


def perceptron():
    return nn.Sequential(nn.Linear(12, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 3))


class Masked(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 2, stride=2)

    def forward(self, image, mask=None, *, scale=None):
        x = self.stem(image if mask is None else image * mask)
        return x if scale is None else x * scale


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layer = nn.Embedding(50, 16), nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)

    def forward(self, ids):
        return self.layer(self.embed(ids))


class Attends(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(16, 48)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)
        return {"tokens": F.scaled_dot_product_attention(q, k, v), "first": q[:, :, 0], "nothing": None, "number": 3}


class Blocks(nn.Module):
    # attention in blocks of an image, on five axes, with a mask and a scale of its own

    def __init__(self):
        super().__init__()
        self.mask = nn.Parameter(torch.zeros(2, 1, 1))

    def forward(self, x):
        q = x.unflatten(-1, (2, 8)).transpose(2, 3)
        return F.scaled_dot_product_attention(q, q + 1, q, attn_mask=self.mask, scale=0.5).transpose(2, 3).flatten(3)


@dataclasses.dataclass
class Out:
    logits: typing.Any
    best: typing.Any = None


class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(12, 5)

    def forward(self, image):
        logits = self.head(image.flatten(1))
        return Out(logits, logits.argmax(1))


class Recurrent(nn.Module):
    def __init__(self, kind="GRU"):
        super().__init__()
        self.cells = getattr(nn, kind)(6, 8, batch_first=True)

    def forward(self, steps):
        return self.cells(steps)[0][:, -1]


class ItemInInit(nn.Module):
    def __init__(self):
        super().__init__()
        self.rates = [one.item() for one in torch.linspace(0, 0.1, 2)]
        self.head = nn.Linear(12, 5)

    def forward(self, image):
        return self.head(image.flatten(1)) * self.rates[1]


class Decodes(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Conv2d(3, 4, 3, 2, 1), nn.ConvTranspose2d(4, 3, 2, 2)

    def forward(self, image):
        return F.interpolate(self.up(self.down(image)), scale_factor=2.0, mode="bilinear"), image.mean((2, 3))


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.time, self.conv = nn.Linear(1, 4), nn.Conv2d(3, 4, 1)

    def forward(self, image, step):
        return self.conv(image) + self.time(step[:, None])[:, :, None, None]


class FromWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Parameter(torch.randn(2, 12)), nn.Parameter(torch.randn(5, 2))

    def forward(self, image):
        return F.linear(image.flatten(1), self.up @ self.down)


class OneAtATime(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(12, 5)

    def forward(self, image):
        return self.head(image.reshape(12))


class Leaves(nn.Module):
    def forward(self, image):
        return image if image.sum().item() > 0 else -image


class Rare(nn.Module):
    def forward(self, image):
        return torch.linalg.eigvals(image[0, 0])


class Noise(nn.Module):
    def forward(self, image):
        return image + torch.rand_like(image)


class Broken(nn.Module):
    def forward(self, image):
        raise ValueError("no such thing")


lazy = lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(4))
made = nn.Sequential(nn.Flatten(), nn.Linear(12, 4))


def scripted():
    return torch.jit.script(made)


def exported():
    return torch.export.export(made.eval(), (torch.zeros(1, 3, 2, 2),))


def large():
    return nn.Linear(1, 2**31)
"""

IMAGE = "--size 2"


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """The file of networks, imported once."""
    path = tmp_path_factory.mktemp("nets") / "onnx_nets.py"
    path.write_text(NETWORKS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "options", "inputs", "any_batch"),
    [
        ("convolutions", "--input 1x1x16x12", {"input": (1, 1, 16, 12)}, True),
        ("perceptron", "--input 1x12", {"input": (1, 12)}, True),
        ("perceptron", "--input 12", {"input": (12,)}, False),
        ("Masked", "--arg width=3 --size 8x6", {"image": (1, 3, 8, 6)}, True),
        ("Masked", "--input 2x3x8x6 --input mask=2x1x8x6", {"image": (2, 3, 8, 6), "mask": (2, 1, 8, 6)}, True),
        ("Masked", "--input 1x3x4x4 --input scale=scalar", {"image": (1, 3, 4, 4), "scale": ()}, False),
        ("Tokens", "--input 1x7:int64", {"ids": (1, 7)}, True),
        ("Attends", "--input x=2x5x16", {"x": (2, 5, 16)}, True),
        ("Blocks", "--input x=2x3x5x16", {"x": (2, 3, 5, 16)}, True),
        ("Wrapped", IMAGE, {"image": (1, 3, 2, 2)}, True),
        ("Recurrent", "--input 1x4x6", {"steps": (1, 4, 6)}, True),
        ("Recurrent", "--arg kind=RNN --input 1x4x6", {"steps": (1, 4, 6)}, True),
        ("ItemInInit", IMAGE, {"image": (1, 3, 2, 2)}, True),
        ("Decodes", "--size 8", {"image": (1, 3, 8, 8)}, True),
        ("Steps", "--input 1x3x4x4 --input step=1", {"image": (1, 3, 4, 4), "step": (1,)}, True),
        ("OneAtATime", IMAGE, {"image": (1, 3, 2, 2)}, False),
        ("lazy", IMAGE, {"input": (1, 3, 2, 2)}, True),
        ("exported", IMAGE, {"input": (1, 3, 2, 2)}, False),
        ("made", IMAGE, {"input": (1, 3, 2, 2)}, True),
    ],
)
def test_one_file_gives_and_counts_the_same(tmp_path, nets, effbench, name, options, inputs, any_batch):
    out = tmp_path / "net.onnx"
    ran = effbench(f"export {nets}:{name} {options} --format json --out", out)
    assert ran.code == 0, ran.err
    (row,), (network,) = ran.json, effbench(f"count {nets}:{name} {options} --format json").json
    assert (row["any_batch"], row["bytes"]) == (any_batch, out.stat().st_size)
    assert row["macs"] == row["file_macs"] == network["value"]
    assert sorted(tmp_path.iterdir()) == [out]
    session = onnxruntime.InferenceSession(str(out))
    assert {one.name: len(one.shape) for one in session.get_inputs()} == {n: len(s) for n, s in inputs.items()}
    given = {n: np.zeros(shape, np.int64 if n == "ids" else np.float32) for n, shape in inputs.items()}
    counted = eb.count(str(out), **given)
    assert (counted.macs, counted.complete) == (row["macs"], True)
    if any_batch:
        many = {n: np.zeros((5, *one.shape[1:]), one.dtype) for n, one in given.items()}
        assert all(one.shape[0] == 5 for one in session.run(None, many))


def test_what_weights_alone_decide_is_worked_out_once(tmp_path, nets, effbench):
    ran = effbench(f"export {nets}:FromWeights --size 2 --out {tmp_path / 'net.onnx'}")
    assert ran.code == 0, ran.err
    assert "gives the file -120 multiply-accumulates: what weights alone decide was computed" in ran.out  # 5 x 2 x 12


def test_trained_weights_and_all_exits(tmp_path, effbench):
    torch.manual_seed(7)
    trained = resolve("ravit_cifar10:1-1,width=16,num_heads=2").build().eval()
    torch.save(trained.state_dict(), tmp_path / "w.pt")
    line = f"export ravit_cifar10:1-1,width=16,num_heads=2 --weights {tmp_path}/w.pt --out {tmp_path}/net.onnx"
    ran = effbench(line)
    assert ran.code == 0, ran.err
    images = torch.rand(4, 3, 32, 32)
    given = onnxruntime.InferenceSession(str(tmp_path / "net.onnx")).run(None, {"image": images.numpy()})
    with torch.no_grad():
        torch.testing.assert_close([torch.from_numpy(one) for one in given], trained(images), atol=1e-4, rtol=1e-4)


def test_a_file_that_gives_something_else_is_said_to(tmp_path, nets, effbench):
    ran = effbench(f"export {nets}:Noise --size 2 --out {tmp_path / 'net.onnx'}")
    assert (ran.code, "NOT below 0.0001" in ran.out) == (1, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Leaves --size 2 --out OUT", "cannot be exported: values decide what it computes: "),
        ("Rare --size 2 --out OUT", "cannot be exported: DispatchError: No ONNX function found for"),
        ("Broken --size 2 --out OUT", "does not run on the CPU: ValueError: no such thing"),
        ("scripted --size 2 --out OUT", "cannot be exported: "),
        ("large --input 1x1 --out OUT", "has 8.0 GiB of weights, and one ONNX file holds less than 2 GiB"),
        ("made --size 2 --policy p.json --out OUT", "--policy goes with a file per stage: give --out a folder"),
        ("made --input 1x3x2x2 --out DIR", "--input goes with one file of the whole network: give --out FILE.onnx"),
        ("made --size 2 --out DIR", "has no early exits: give --out FILE.onnx"),
        ("made --size 2 --out missing/net.onnx", "cannot write to missing: no such folder"),
        ("made --size 2 --weights missing.pt --out OUT", "missing.pt cannot be read: No such file"),
        ("made --size 3 --out OUT", "does not run on the CPU: "),
        ("net.onnx --out OUT", "is an ONNX file: effbench count and formula take it"),
    ],
)
def test_what_cannot_be_exported_is_one_line_and_leaves_nothing(tmp_path, nets, effbench, line, said):
    out = tmp_path / "out.onnx"
    name = f"{nets}:{line}" if not line.startswith("net.onnx") else line
    ran = effbench(f"export {name.replace('OUT', str(out)).replace('DIR', str(tmp_path / 'folder'))}")
    assert (ran.code, ran.out, list(tmp_path.iterdir())) == (2, "", [])
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert len(ran.err.replace(str(nets.parent), "").replace(str(tmp_path), "")) <= 301


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_is_named(tmp_path, nets, effbench, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    ran = effbench(f"export {nets}:made --size 2 --out {tmp_path / 'out.onnx'}")
    assert (ran.code, list(tmp_path.iterdir())) == (2, [])
    assert f"needs {package}: python -m pip install {package}" in ran.err
