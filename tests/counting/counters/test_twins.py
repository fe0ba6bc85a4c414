"""Formula and network are twins: for every model, each (path, kind) has one number, whichever of the two is asked."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("torchvision")
pytest.importorskip("compressai")

from effbench.counting.counters.dispatch import count
from effbench.counting.counters.networks import network_and_inputs
from effbench.errors import SpecError
from effbench.models.registry import Model, entries, named_models, resolve
from effbench.models.spec.ci2p import CI2PSpec
from effbench.models.spec.ravit import RAViTSpec
from effbench.models.spec.token_fusion import EarlySpec, LateSpec, LayerwiseSpec
from effbench.models.spec.vit import ViTSpec

NAMES = {
    ViTSpec: "vit_base_patch16",
    CI2PSpec: "cnn_vit",
    RAViTSpec: "ravit_imagenet",
    LateSpec: "token_fusion_late",
    EarlySpec: "token_fusion_early",
    LayerwiseSpec: "token_fusion_layerwise",
}
few, fewer = (settings(max_examples=n, deadline=None) for n in (20, 6))
small = st.integers(1, 3)


def differences(model):
    """(path, kind) -> (by formula, from the network) where the two differ; nothing may be without a price."""
    network, inputs = network_and_inputs(model, "meta")
    found = count(network, inputs.args, strict=True).forward.items
    formula = {key: n for key, n in model.cost().items.items() if n}
    assert sum(n for (_, kind), n in found.items() if kind == "param") == sum(p.numel() for p in network.parameters())
    return {key: (formula.get(key), found.get(key)) for key in {*formula, *found} if formula.get(key) != found.get(key)}


def model_of(spec):
    try:
        spec.validate()
    except SpecError:
        assume(False)
    name = NAMES[type(spec)]
    return Model(name=name, entry=entries()[name], spec=spec)


@st.composite
def shapes(draw, head_multiple=1):
    """Width, heads, MLP ratio and classes that go together."""
    num_heads = head_multiple * draw(small)
    width = 4 * num_heads * draw(small)
    return {"width": width, "num_heads": num_heads, "mlp_ratio": draw(small), "num_classes": draw(st.integers(1, 20))}


@st.composite
def vits(draw):
    patch = draw(st.sampled_from([2, 4, 7, 16]))
    side = patch * draw(st.integers(1, 6))
    pooled = {"class_token": draw(st.booleans())}
    return ViTSpec(image_size=side, patch_size=patch, depth=draw(small), **pooled, **draw(shapes()))


@st.composite
def ravits(draw):
    patch = draw(st.sampled_from([2, 4]))
    return RAViTSpec(
        image_size=patch * draw(st.integers(4, 16)),
        patch_size=patch,
        layers=tuple(draw(st.lists(st.integers(0, 2), min_size=1, max_size=4).filter(any))),
        resize=draw(st.sampled_from([Fraction(2), Fraction(3, 2), Fraction(3)])),
        **draw(shapes()),
    )


@st.composite
def ci2ps(draw):
    side, dual = 32 * draw(small), draw(st.booleans())
    return CI2PSpec(
        image_size=side,
        depth=2 * draw(small),
        dual_scale=dual,
        encoder="random",
        frozen_encoder=False,
        **draw(shapes(4)),
    )


@st.composite
def fusions(draw):
    head, upsample = draw(st.sampled_from(["token", "channel", "mixing"])), draw(st.sampled_from(["upconv", "copy"]))
    shared = {"image_size": 32 * draw(st.integers(1, 2)), "head": head, **draw(shapes())}
    late = LateSpec(upsample=upsample, merge=draw(st.sampled_from(["concat", "add"])), depths=(1, 2), **shared)
    early = EarlySpec(upsample=upsample, bridges=draw(st.sampled_from(["multi", "single"])), depth=2, **shared)
    layerwise = LayerwiseSpec(class_token=draw(st.booleans()), mixing_depth=1, tail_depth=1, **shared)
    return draw(st.sampled_from([late, early, layerwise]))


@few
@given(vits())
def test_any_vit(spec):
    assert differences(model_of(spec)) == {}


@few
@given(ravits())
def test_any_ravit(spec):
    assert differences(model_of(spec)) == {}


@few
@given(ci2ps())
def test_any_ci2p(spec):
    assert differences(model_of(spec)) == {}


@fewer
@given(fusions())
def test_any_token_fusion(spec):
    assert differences(model_of(spec)) == {}


TWINS = [model for model in map(resolve, named_models()) if model.has_formula and model.entry.family.build]
"""Every name that has both."""


@pytest.mark.parametrize("model", TWINS, ids=lambda model: model.name)
def test_every_named_model(model):
    assert differences(model) == {}
