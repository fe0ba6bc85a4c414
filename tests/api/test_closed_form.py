"""``effbench.formula``: exact at sizes it was not made from, with its domain, or refused with the reason."""

from __future__ import annotations

import pytest

import effbench as eb
from effbench.errors import EffbenchError, SpecError

torch = pytest.importorskip("torch")
nn = torch.nn


class Patches(nn.Module):
    """Patches of 16, one attention product over them, and a head."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(3, 32, 16, stride=16)
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, image):
        x = self.embed(image).flatten(2).transpose(1, 2)
        return self.head(self.attention(x, x, x)[0].mean(1))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (224, 320), (48, 1008), (2048, 16)])
def test_the_form_is_the_count_at_every_size(height, width):
    form = eb.formula(Patches())
    tokens = height * width // 256
    by_hand = height * width * 3 * 32 + 4 * tokens * 32**2 + 2 * tokens**2 * 32 + 320
    assert form(H=height, W=width) == by_hand == eb.count(Patches(), torch.zeros(1, 3, height, width)).macs


def test_the_domain_is_stated_and_kept():
    form = eb.formula(Patches())
    assert form.valid.startswith("Valid where H is a multiple of 16, from 16 to 2048; W is a multiple of 16")
    for sides in ({"H": 100, "W": 224}, {"H": 224, "W": 4096}):
        with pytest.raises(EffbenchError, match="is outside of the formula, which holds where"):
            form(**sides)
    with pytest.raises(SpecError, match="the formula is of H, W; given: H"):
        form(H=224)


def test_the_batch_and_a_sequence_may_be_free():
    form = eb.formula(nn.Linear(48, 10), "BxNx48")
    assert (str(form), form(B=3, N=7)) == ("480*B*N", 3 * 7 * 480)


def test_every_style_is_the_same_formula():
    form = eb.formula(Patches(), "1x3xSxS", under="flops")
    names: dict[str, object] = {}
    exec(form.text.texts["python"], names)
    assert names["flops"](S=224) == form(S=224) == 2 * eb.formula(Patches(), "1x3xSxS")(S=224)
    assert "frac" in form._repr_latex_()


@pytest.mark.parametrize("name", ["vit_cifar10:4", "ci2p_vit", "ravit_cifar10:1-3"])
def test_the_form_of_a_name_is_its_own_formula(name):
    from effbench.cost.convention import convention
    from effbench.models.registry import resolve

    form = eb.formula(name, "1x3xSxS")
    for side in (64, 96, 512):
        assert form(S=side) == int(convention("macs").total(resolve(name, side).cost()))


class Leaves(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, stride=4)

    def forward(self, image):
        x = self.stem(image)
        return x if x.mean().item() > 0 else x @ x.mT


@pytest.mark.parametrize(
    ("network", "shape", "said"),
    [
        (Leaves(), "1x3xHxW", r"no closed form: Leaves does not run on the meta device: RuntimeError: Tensor\.item"),
        (nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4)), "1x3xHxW", "it runs at H = 32, but: "),
        (nn.Linear(4, 2), "1x4", "has no free side: write capitals"),
        (nn.Linear(4, 2), "1xnx4", "is not an input with free sides"),
    ],
)
def test_what_has_no_closed_form_is_refused_with_the_reason(network, shape, said):
    with pytest.raises(EffbenchError, match=said) as caught:
        eb.formula(network, shape)
    assert len(str(caught.value)) <= 300


def test_operators_without_a_price_are_said():
    form = eb.formula(lambda x: (x @ x.mT, torch.linalg.qr(x)), "1x3xHxW")
    assert any("linalg_qr" in one for one in form.uncounted)
    assert "linalg_qr" in form.text.valid
    assert form(H=8, W=16) == 3 * 8 * 8 * 16
