"""Networks of other people on the command line: how they are named, what goes in, where they run, what comes out.

Every expected number is worked out beside its network.
"""

from __future__ import annotations

import csv
import io
import json

import pytest

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")

NETWORKS = """
import dataclasses
import typing

import torch
from torch import nn


class Gray(nn.Module):  # one channel: 8 filters of 9 on 26 x 26, then 5408 x 10
    def __init__(self, filters=8, bias=True):
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, filters, 3, bias=bias), nn.Linear(filters * 26 * 26, 10)

    def forward(self, image):
        return self.head(self.conv(image).flatten(1))


class Two(nn.Module):  # token numbers and a mask: 12 x 48 x 10 for a batch of 1
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(100, 48), nn.Linear(48, 10)

    def forward(self, ids, mask=None, *, scale=None):
        x = self.embed(ids)
        return self.head(x if mask is None else x * mask.unsqueeze(-1))


class ItemInInit(nn.Module):  # rates as DINOv2 and Swin have them: 64 x 2 x 48 x 48 + 480
    def __init__(self, depth=2):
        super().__init__()
        rates = [one.item() for one in torch.linspace(0, 0.1, depth)]
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(48, 48), nn.Dropout(rate)) for rate in rates)
        self.head = nn.Linear(48, 10)

    def forward(self, image):
        x = image.reshape(image.shape[0], 64, 48)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x.mean(1))


class Leaves(nn.Module):  # an exit decided by a value: 8 x 48 x 8 x 8 and 80, or more
    def __init__(self):
        super().__init__()
        self.stem, self.early = nn.Conv2d(3, 8, 4, stride=4), nn.Linear(8, 10)

    def forward(self, image):
        x = self.stem(image)
        y = self.early(x.mean((2, 3)))
        return y if y.softmax(1).max().item() <= 1 else self.early(y)


class Masked(nn.Module):  # boolean indexing: 3072 x 10
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3072, 10)

    def forward(self, image):
        return self.head(image[image == image].reshape(1, -1))


@dataclasses.dataclass
class Out:
    logits: typing.Any
    hidden: typing.Any = None


class Wrapped(nn.Module):  # 3072 x 10
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3072, 10)

    def forward(self, image):
        return Out(self.head(image.flatten(1)))


class NumpyBuffer(nn.Module):  # fixed positions from NumPy: 64 x 48 x 10
    def __init__(self):
        super().__init__()
        import numpy as np

        self.register_buffer("pos", torch.from_numpy(np.ones((1, 64, 48), np.float32)))
        self.head = nn.Linear(48, 10)

    def forward(self, image):
        return self.head(image.reshape(-1, 64, 48) + self.pos).mean(1)


def lazy():  # 8 filters of 27 on 32 x 32, then 8192 x 10
    return nn.Sequential(nn.LazyConv2d(8, 3, padding=1), nn.Flatten(), nn.LazyLinear(10))


def quantised():  # 3072 x 64 and 64 x 10, dynamic int8
    engines = torch.backends.quantized.supported_engines
    torch.backends.quantized.engine = "fbgemm" if "fbgemm" in engines else "qnnpack"
    net = nn.Sequential(nn.Flatten(), nn.Linear(3072, 64), nn.ReLU(), nn.Linear(64, 10)).eval()
    return torch.ao.quantization.quantize_dynamic(net, {nn.Linear}, dtype=torch.qint8)


def scripted():
    return torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).eval())


def exported():
    return torch.export.export(nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).eval(), (torch.zeros(1, 3, 32, 32),))


instance = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))


class Factored(nn.Module):  # an operator without a price beside 3072 x 10
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3072, 10)

    def forward(self, image):
        return self.head(image.flatten(1)) + torch.linalg.qr(image).R.mean()


def no_such_package():
    import no_such_package_anywhere.part


def no_such_name():
    from torch import no_such_function


def not_a_network():
    return 3


def huge():  # 40,000 x 40,000 x 1,000 values, and a decision by one of them
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 1000, 1)

        def forward(self, image):
            x = self.stem(image)
            return x if x.sum().item() > 0 else -x

    return Net()


def rectangle(height=8, width=16):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * height * width, 4))
"""


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """The file of networks, imported once."""
    path = tmp_path_factory.mktemp("nets") / "nets.py"
    path.write_text(NETWORKS, encoding="utf-8")
    return path


IMAGE = "--size 32"
COUNTED = [
    ("Gray", "--input 1x1x28x28", 8 * 9 * 26 * 26 + 54_080, "meta"),
    ("Gray", "--input 2x1x28x28 --arg filters=4 --arg bias=False", 2 * (4 * 9 * 26 * 26 + 27_040), "meta"),
    ("Gray,filters=2", "--input 1x1x28x28", 2 * 9 * 26 * 26 + 13_520, "meta"),
    ("Two", "--input 3x12:int64 --input mask=3x12", 3 * 12 * 480, "meta"),
    ("Two", "--input ids=1x12:int64 --input scale=scalar", 12 * 480, "meta"),
    ("Two", "--input 3x12:int64 --device cpu", 3 * 12 * 480, "cpu"),
    ("ItemInInit", IMAGE, 64 * 2 * 48 * 48 + 480, "meta"),
    ("ItemInInit,depth=3", IMAGE, 64 * 3 * 48 * 48 + 480, "meta"),
    ("Leaves", IMAGE, 8 * 48 * 64 + 80, "cpu"),
    ("Masked", IMAGE, 30_720, "cpu"),
    ("Wrapped", IMAGE, 30_720, "meta"),
    ("NumpyBuffer", IMAGE, 30_720, "meta"),
    ("lazy", IMAGE, 221_184 + 81_920, "meta"),
    ("quantised", IMAGE, 196_608 + 640, "cpu"),
    ("scripted", IMAGE, 30_720, "meta"),
    ("exported", IMAGE, 30_720, "meta"),
    ("instance", IMAGE, 30_720, "meta"),
    ("instance", "--size 32 --batch 1", 30_720, "meta"),
    ("rectangle", "--size 8x16", 3 * 8 * 16 * 4, "meta"),
    ("rectangle", "--size 4x6 --arg height=4 --arg width=6", 3 * 24 * 4, "meta"),
]


@pytest.mark.parametrize(("name", "options", "macs", "device"), COUNTED, ids=[f"{n} {o}" for n, o, _, _ in COUNTED])
def test_a_network_is_counted_and_says_where(effbench, nets, name, options, macs, device):
    ran = effbench(f"count {nets}:{name} {options} --format json")
    assert ran.code == 0, ran.err
    (row,) = ran.json
    assert (row["value"], row["device"], row["uncounted"]) == (macs, device, 0)


@pytest.mark.parametrize("format", ["table", "csv", "json", "markdown", "latex", "html"])
def test_the_device_stands_in_every_format(effbench, nets, format):
    for line in (f"count {nets}:Masked --size 32", f"flops {nets}:Masked --size 32"):
        assert "cpu" in effbench(f"{line} --format {format}").out


BY = ["count NAME", "count NAME --by kind", "count NAME --by module", "flops NAME", "flops NAME --by kind"]
BY += ["flops NAME --by module", "explain NAME --value 30.72k", "crosscheck NAME"]


@pytest.mark.parametrize("line", BY)
@pytest.mark.parametrize("format", ["table", "csv", "json", "html"])
def test_what_was_not_counted_is_said_in_every_command_and_format(effbench, nets, line, format):
    out = effbench(f"{line.replace('NAME', f'{nets}:Factored')} --size 32 --format {format}").out
    if format == "json":
        assert any(row["uncounted"] for row in json.loads(out))
    elif format == "csv":
        assert any(row["uncounted"] not in ("", "0") for row in csv.DictReader(io.StringIO(out)))
    else:
        assert "no price" in out or "have no price" in out


def test_a_module_of_a_package_is_named_by_its_path(effbench):
    pytest.importorskip("torchvision")
    (row,) = effbench("count torchvision.models:resnet18 --size 64x96 --format json").json
    # 1.814 G at 224², of which 512,000 in the head: convolutions go with the area, all sides being multiples of 32.
    assert (row["size"], row["value"]) == ("64x96", (1_814_073_344 - 512_000) * 64 * 96 // 224**2 + 512_000)


@pytest.mark.parametrize("name", ["Wrapped", "NumpyBuffer", "Leaves", "ItemInInit", "lazy"])
def test_a_check_finds_nothing_wrong(effbench, nets, name):
    ran = effbench(f"check {nets}:{name} --size 32 --cpu")
    assert (ran.code, "FAILED" in ran.out, ran.err) == (0, False, "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "count NETS:no_such_package",
            "needs no_such_package_anywhere: python -m pip install no_such_package_anywhere",
        ),
        ("profile NETS:Nothing", "unknown model of"),
        ("count NETS:no_such_name", "cannot be built: ImportError: cannot import name 'no_such_function' from 'torch'"),
        ("count NETS:not_a_network", "a int is not a network"),
        ("count NETS:Gray --arg filter=4", "unknown argument of NETS:Gray 'filter'; did you mean filters?"),
        ("count NETS:Gray --arg filters", "is not an argument: write NAME=VALUE"),
        ("count NETS:instance --arg width=3", "is a network already: it takes no arguments"),
        ("count NETS:NETWORK", "unknown model of NETS"),
        ("count NETS", "holds several networks; write NETS:NAME with one of"),
        ("count NETS:Two --input 1x12:int46", "unknown element type 'int46'; did you mean int64"),
        ("count NETS:Two --input 1xx12", "'1xx12' is not an input: write SHAPE, NAME=SHAPE or SHAPE:DTYPE"),
        ("count NETS:Two --input ids=1x12:int64 --input 1x12", "inputs without a name come before those with one"),
        ("count NETS:Two --input 0x12:int64", "every dimension of an input is between 1 and"),
        ("count NETS:Two --input 1x12:int64 --size 32", "a size and inputs exclude one another"),
        ("count NETS:Two --input 1x12:int64 --batch 2", "a batch and inputs exclude one another"),
        ("count NETS:Two --input 1x12:int64 --input nomask=1x12", "nomask"),
        ("count NETS:Leaves --size 32 --device meta", "does not run on the meta device: RuntimeError: Tensor.item()"),
        ("count NETS:huge --input 1x3x40000x40000", "needs values, and at least"),
        ("count torch.nn:Linear", "torch.nn:Linear needs in_features, out_features: give --arg in_features=VALUE"),
        ("count torch.nn:Linea", "unknown network of torch.nn 'Linea'; did you mean Linear"),
        ("count torch.no_such_module:Net", "torch.no_such_module could not be imported: ModuleNotFoundError"),
        ("count no_such_module:Net", "unknown model 'no_such_module:Net'"),
        ("count NETS:Gray --size 32 48", "--size takes one size here, not several"),
        ("flops --input 1x3x8x8", "--arg and --input are of a MODEL"),
        ("flops ravit_cifar10:1-3 --size 32x64", "ravit_cifar10:1-3: takes square images alone, not 32x64"),
    ],
)
def test_whatever_is_wrong_is_one_line(effbench, nets, line, said):
    ran = effbench(line.replace("NETS", str(nets)))
    assert (ran.code, ran.out) == (2, "")
    assert said.replace("NETS", str(nets)) in ran.err
    assert len(ran.err.splitlines()) == 1
    assert len(ran.err.removeprefix("effbench: error: ").replace(str(nets.parent), "")) <= 301


def test_a_variant_is_validated_at_the_size_asked_for(effbench):
    (row,) = effbench("flops vit_cifar10:depth=4,patch_size=14 --size 112 --format json").json
    # 64 patches and a token of width 128, of 14 x 14 x 3 values; 4 blocks.
    assert row["value"] == 64 * 588 * 128 + 4 * (12 * 65 * 128**2 + 2 * 65**2 * 128) + 1280
    assert effbench("flops ravit_cifar10:0-1-3-1,resize=3 --size 148").code == 0
    assert "must be a multiple of 14" in effbench("flops vit_cifar10:depth=4,patch_size=14").err


@pytest.mark.parametrize("line", ["flops {} --size 32 64", "flops --sizes 32 64 {}", "flops --size 32 --size 64 {}"])
def test_several_sizes_end_at_the_first_word_that_is_none(effbench, line):
    rows = effbench(f"{line.format('vit_cifar10:4')} --format json").json
    assert [row["size"] for row in rows] == [32, 64]


def test_a_network_of_transformers_makes_its_own_configuration(effbench):
    pytest.importorskip("transformers")
    line = (
        "count transformers:ViTForImageClassification --arg hidden_size=192 --arg num_attention_heads=3 --format json"
    )
    (row,) = effbench(line).json
    # 196 patches of 768 values, 12 blocks on 197 tokens with hidden layers of 3072, 2 classes.
    block = 197 * (4 * 192**2 + 2 * 192 * 3072) + 2 * 197**2 * 192
    assert (row["value"], row["uncounted"]) == (196 * 768 * 192 + 12 * block + 2 * 192, 0)
