"""``effbench.count``: any network, from Python. Expected numbers are worked out by hand beside each network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest

import effbench as eb
from effbench.errors import EffbenchError, SpecError, UnknownName

torch = pytest.importorskip("torch")
nn = torch.nn

IMAGE = torch.zeros(1, 3, 32, 32)
TOKENS = torch.zeros(1, 64, 48)


class Net(nn.Module):
    """A network whose forward is given."""

    def __init__(self, forward, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self._forward = forward

    def forward(self, *args, **kwargs):
        return self._forward(self, *args, **kwargs)


def head(image_values=3072):
    return nn.Linear(image_values, 10)


@dataclass
class Out:
    logits: object
    hidden: object = None


class Boxes(NamedTuple):
    boxes: object
    scores: object


class Output(dict):
    """As the outputs of Hugging Face: a mapping with attributes."""

    def __getattr__(self, name):
        return self[name]


OUTPUTS = {
    "a tensor": lambda y: y,
    "a dictionary": lambda y: {"logits": y},
    "a mapping of its own class": lambda y: Output(logits=y, hidden=None),
    "a dataclass": lambda y: Out(y),
    "a named tuple": lambda y: Boxes(y, y),
    "a list of dictionaries": lambda y: [{"boxes": y, "labels": y.argmax(1)}],
}


@pytest.mark.parametrize("wrap", OUTPUTS.values(), ids=list(OUTPUTS))
def test_outputs_may_be_wrapped_in_anything(wrap):
    cost = eb.count(Net(lambda self, x: wrap(self.fc(x.flatten(1))), fc=head()), IMAGE, backward=True)
    # 3072 x 10; backward: the weight's gradient alone, as the image needs none.
    assert (cost.macs, cost.flops, cost.params) == (30_720, 61_440, 30_730)
    assert cost.backward.macs == 30_720


def test_a_bare_tensor_is_one_input_and_no_batch_of_them():
    flattened = nn.Sequential(nn.Flatten(), nn.Linear(48, 10))
    assert eb.count(flattened, torch.zeros(4, 3, 4, 4)).macs == 4 * 480


def test_keywords_and_kwargs_go_to_the_model():
    net = Net(lambda self, x, *, batch, mask: self.fc(x * mask) * batch, fc=nn.Linear(8, 4))
    x = torch.zeros(2, 8)
    assert eb.count(net, x, mask=torch.ones(2, 8), kwargs={"batch": 3}).macs == 2 * 32
    with pytest.raises(SpecError, match="mask: given in kwargs and beside it"):
        eb.count(net, x, mask=x, kwargs={"mask": x})


def test_several_inputs_in_containers():
    net = Net(lambda self, images, *, extra: self.fc(images[0]) + self.fc(extra["x"]), fc=nn.Linear(8, 4))
    x = torch.zeros(1, 8)
    assert eb.count(net, [x, x], extra={"x": x}).macs == 64


@pytest.mark.parametrize("make", [torch.jit.script, lambda net: torch.jit.trace(net, IMAGE)], ids=["script", "trace"])
@pytest.mark.filterwarnings("ignore:.torch.jit")
def test_scripted_networks(make):
    net = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(7200, 10))
    cost = eb.count(make(net.eval()), IMAGE)
    assert (cost.macs, cost.params, cost.device) == (30 * 30 * 8 * 27 + 72_000, 216 + 72_010, "cpu")


def test_exported_and_compiled_networks():
    net = nn.Sequential(nn.Flatten(), head())
    assert eb.count(torch.export.export(net, (IMAGE,)), IMAGE).macs == 30_720
    assert eb.count(torch.compile(net), IMAGE).macs == 30_720


def test_a_lazy_network_is_counted_and_stays_lazy():
    net = nn.Sequential(nn.LazyConv2d(8, 3, padding=1), nn.Flatten(), nn.LazyLinear(10))
    cost = eb.count(net, IMAGE)
    # 8 filters of 3 x 9 on 32 x 32, and 8192 x 10; parameters 8 x 27 + 8 and 81,920 + 10.
    assert (cost.macs, cost.params) == (221_184 + 81_920, 224 + 81_930)
    assert isinstance(net[2], nn.LazyLinear)


def test_a_function_is_a_network_without_parameters():
    cost = eb.count(lambda x, y: x @ y, torch.zeros(3, 4), torch.zeros(4, 5))
    assert (cost.macs, cost.params) == (60, 0)


VALUES = {
    "an exit by item": lambda self, x: self.fc(x.flatten(1)) if x.mean().item() < 1 else x,
    "a mask": lambda self, x: self.fc(x[x == x].reshape(1, -1)),
    "a branch": lambda self, x: self.fc(x.flatten(1)) if x.sum() == 0 else x,
    "numpy": lambda self, x: self.fc(torch.from_numpy(x.numpy()).flatten(1)),
}


@pytest.mark.parametrize("forward", VALUES.values(), ids=list(VALUES))
def test_a_network_that_needs_values_is_counted_where_they_are(forward):
    cost = eb.count(Net(forward, fc=head()), IMAGE)
    assert (cost.macs, cost.device) == (30_720, "cpu")
    with pytest.raises(EffbenchError, match="does not run on the meta device"):
        eb.count(Net(forward, fc=head()), IMAGE, device="meta")


def test_the_network_and_its_inputs_are_left_as_they_were():
    net, x = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), torch.ones(2, 4)
    before = {name: t.clone() for name, t in net.state_dict().items()}
    eb.count(net, x, backward=True)
    assert all(torch.equal(t, before[name]) for name, t in net.state_dict().items())
    assert {t.device.type for t in (*net.parameters(), x)} == {"cpu"}
    assert all(p.grad is None for p in net.parameters())
    assert net.training


def test_an_operator_without_a_price_is_named_with_module_shapes_and_calls():
    net = nn.Sequential(Net(lambda self, x: torch.linalg.inv(x)), nn.Linear(4, 2))
    cost = eb.count(net, torch.eye(4))
    (one,) = cost.uncounted
    assert ("linalg_inv" in one.name, one.module, one.shapes, one.calls) == (True, "0", ((4, 4),), 1)
    assert not cost.complete
    for said in (cost.table(), cost._repr_html_(), cost.table(style="markdown"), str(eb.compare({"a": cost}))):
        assert "linalg_inv" in said
    assert cost.to_pandas().attrs["uncounted"] == [str(one)]
    assert "1 operators without a price" in repr(cost)


def test_a_price_of_ones_own(monkeypatch):
    from effbench.counting.counters import rules

    monkeypatch.setattr(rules, "RULES", dict(rules.RULES))
    monkeypatch.setattr("effbench.counting.counters.counting.RULES", rules.RULES)
    eb.price("aten::linalg_inv_ex", lambda call: {"mac_linear": call.args[0].shape[-1] ** 3})
    cost = eb.count(lambda x: torch.linalg.inv(x), torch.eye(4))
    assert (cost.macs, cost.complete) == (64, True)
    with pytest.raises(UnknownName, match=r"unknown operator 'aten::linalg_cholesk'"):
        eb.price("aten::linalg_cholesk", lambda call: {})
    eb.price("aten::linalg_inv_ex", lambda call: {"mac_lin": 1})
    with pytest.raises(EffbenchError, match="unknown kind of operation 'mac_lin'"):
        eb.count(lambda x: torch.linalg.inv(x), torch.eye(4))


def test_parts_add_up_under_every_convention():
    cost = eb.count("vit_cifar10:3")
    for name in eb.conventions():
        assert sum(cost.by_module(depth=1, under=name).values()) == cost.under(name)
    frame = cost.to_pandas(depth=1)
    assert (frame["macs"].sum(), frame["params"].sum()) == (cost.macs, cost.params)
    kinds = cost.to_pandas("kind").set_index("kind")["count"]
    assert kinds[[k for k in kinds.index if k.startswith("mac_")]].sum() == cost.macs


# 3 blocks of width 128 on 65 tokens; patches of 4 · 4 · 3 values; 10 classes.
VIT_CIFAR = 64 * 48 * 128 + 3 * (12 * 65 * 128**2 + 2 * 65**2 * 128) + 128 * 10


def test_a_name_needs_no_inputs():
    cost = eb.count("vit_cifar10:3", batch=2)
    assert (cost.macs, cost.inputs) == (2 * VIT_CIFAR, "2x3x32x32")
    assert eb.count("vit_cifar10:3", torch.zeros(1, 3, 32, 32)).macs == VIT_CIFAR


def test_a_size_in_any_spelling():
    net = nn.Conv2d(3, 4, 1)
    assert {eb.count(net, size=size).macs for size in ("8x16", (8, 16))} == {8 * 16 * 12}
    assert eb.count(net, size=8, batch=3).macs == 3 * 64 * 12


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((nn.Linear(4, 2),), {}, r"what goes into Linear\? Give its inputs, or size"),
        ((nn.Linear(4, 2), torch.zeros(1, 4)), {"batch": 2}, "leave batch and size out"),
        ((nn.Linear(4, 2), torch.zeros(1, 5)), {}, "Linear does not run on the CPU: RuntimeError: "),
        ((nn.Linear(4, 2), torch.zeros(1, 4)), {"device": "gpu"}, "device 'gpu' cannot be used"),
        ((3, torch.zeros(1)), {}, "a int is not a network"),
        (("vit_cifar10:3",), {"size": 30}, "must be a multiple of 4"),
        (("no_such_network",), {}, "unknown model 'no_such_network'"),
        (("vit_cifar10:3",), {"size": "32x"}, "is not an image size"),
    ],
)
def test_bad_input_is_one_line(arguments, options, said):
    with pytest.raises(EffbenchError, match=said) as caught:
        eb.count(*arguments, **options)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) <= 300
