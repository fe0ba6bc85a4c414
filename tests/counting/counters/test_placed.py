"""Networks whose tensors are in unusual places: partly on meta, fakes, wrapped, made in inference mode, quantised."""

from __future__ import annotations

import copy

import pytest

import effbench as eb
from effbench.cli import main
from effbench.errors import EffbenchError

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = pytest.mark.filterwarnings("ignore")

TOKENS = torch.ones(2, 6, 12)


class Net(nn.Module):
    """Two layers, 12 x 8 and 8 x 4, after positions kept as a buffer; ``reads``: it looks at a value."""

    def __init__(self, reads=False):
        super().__init__()
        self.first, self.second, self.norm = nn.Linear(12, 8), nn.Linear(8, 4), nn.BatchNorm1d(6)
        self.register_buffer("pos", torch.zeros(6, 12))
        self.reads = reads

    def forward(self, x):
        x = self.second(self.norm(self.first(x + self.pos)))
        return x if not self.reads or x.sum().item() > 0 else -x


MACS = 2 * 6 * (12 * 8 + 8 * 4)


def half_on_meta(reads=False):
    net = Net(reads).eval()
    net.second.to("meta")
    return net


def parameters_on_meta():
    net = Net().eval()
    for module in net.modules():
        for name, one in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(one.to("meta")))
    return net


def fakes():
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        return Net().eval()


def in_inference_mode(reads=False):
    with torch.inference_mode():
        return Net(reads).eval()


def wrapped():
    return nn.DataParallel(Net().eval())


def averaged():
    return torch.optim.swa_utils.AveragedModel(Net()).eval()


def partly_lazy():
    return nn.Sequential(nn.Linear(12, 8), nn.LazyLinear(4)).eval()


def lazy_on_meta():
    return nn.Sequential(nn.Linear(12, 8), nn.LazyLinear(4, device="meta")).eval()


KINDS = [half_on_meta, parameters_on_meta, fakes, in_inference_mode, wrapped, averaged, partly_lazy, lazy_on_meta]


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_it_is_counted_and_left_where_it_was(make):
    net = make()
    before = [(id(t), t.device, type(t)) for t in (*net.parameters(), *net.buffers())]
    cost = eb.count(net, TOKENS)
    assert (cost.macs, cost.device) == (MACS, "meta")
    assert [(id(t), t.device, type(t)) for t in (*net.parameters(), *net.buffers())] == before


def test_fake_inputs_have_shapes():
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode() as mode:
        given = mode.from_tensor(TOKENS)
    assert eb.count(Net().eval(), given).macs == MACS
    assert eb.count(fakes(), given).macs == MACS


@pytest.mark.parametrize("inside", [False, True])
def test_what_was_made_in_inference_mode_may_look_at_values(inside):
    net = in_inference_mode(reads=True)
    before = copy.deepcopy(dict(net.named_buffers()))
    with torch.inference_mode(inside):
        assert eb.count(net, TOKENS).macs == MACS
    assert all(bool((before[name] == one).all()) for name, one in net.named_buffers())


def test_a_network_without_all_its_values_cannot_look_at_one():
    with pytest.raises(EffbenchError, match=r"Net does not run on the meta device: .*item\(\)") as error:
        eb.count(half_on_meta(True), TOKENS)
    assert "\n" not in str(error.value)
    with pytest.raises(EffbenchError, match="has parameters without values, on the meta device"):
        eb.count(half_on_meta(), TOKENS, device="cpu")


FILE = """
import torch
from torch import nn


def half():
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 4, device="cpu"), nn.Linear(4, 2, device="meta"))
    return net


class Reads(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(12, 4, device="meta")

    def forward(self, image):
        return self.head(image.flatten(1)) if image.sum().item() > 0 else image


wrapped = nn.DataParallel(nn.Sequential(nn.Flatten(), nn.Linear(12, 4)))
"""


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("count {}:half --size 2", 0, "56"),
        ("count {}:wrapped --size 2", 0, "48"),
        ("count {}:half --size 2 --device cpu", 2, "has parameters without values, on the meta device"),
        ("count {}:Reads --size 2", 2, "has parameters without values, on the meta device"),
        ("profile {}:half --size 2", 4, "has parameters without values, on the meta device"),
        ("check {}:half --size 2 --cpu", 2, "has parameters without values, on the meta device"),
        ("roofline {}:half --size 2", 4, "has parameters without values, on the meta device"),
    ],
)
def test_from_the_shell_it_is_a_count_or_one_line(tmp_path, capsys, line, code, said):
    path = tmp_path / "placed_nets.py"
    path.write_text(FILE, encoding="utf-8")
    assert main(line.format(path).split()) == code
    out, err = capsys.readouterr()
    assert said in out + err
    assert "Traceback" not in err
    assert code != 2 or err.count("\n") == 1


ANCHORS = """
import torch
from torch import nn


class Anchored(nn.Module):
    def __init__(self):
        super().__init__()
        self.head, self.cells = nn.Linear(12, 3), [torch.ones(3)]

    def forward(self, x):
        self.cells = [cell.to(x.device) for cell in self.cells]  # as generators of anchors do
        kept = x[x.sum(-1) > 0]
        return self.head(kept) + self.cells[0]
"""


def test_what_a_rehearsal_without_values_changes_is_put_back(tmp_path, capsys):
    net = tmp_path / "anchored.py"
    net.write_text(ANCHORS)
    assert main(["count", f"{net}:Anchored", "--input", "4x12", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split(",")[3:5] == ["dispatch", "cpu"]
