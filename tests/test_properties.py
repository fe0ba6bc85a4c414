"""Laws that hold for every model with a formula: random legal specifications of all families."""

import dataclasses
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from effbench.cost.convention import Convention, conventions
from effbench.cost.counts import OpCounts, combine
from effbench.cost.kinds import KINDS, SHARED_KINDS
from effbench.cost.memory import peak_activation_bytes
from effbench.errors import SpecError
from effbench.models.registry import Model, entries, resolve
from effbench.models.spec.ci2p import CI2PSpec
from effbench.models.spec.ravit import RAViTSpec
from effbench.models.spec.token_fusion import EarlySpec, LateSpec, LayerwiseSpec
from effbench.models.spec.vit import ViTSpec

MACS, CONVENTIONS = conventions()["macs"], list(conventions().values())
NAMES = {
    ViTSpec: "vit_base_patch16",
    CI2PSpec: "ci2p_vit",
    RAViTSpec: "ravit_imagenet",
    LateSpec: "token_fusion_late",
    EarlySpec: "token_fusion_early",
    LayerwiseSpec: "token_fusion_layerwise",
}

few = settings(max_examples=60, deadline=None)
small = st.integers(1, 4)


@st.composite
def shapes(draw, head_multiple=1):
    """Width, heads, MLP ratio and classes that go together; heads of 8 channels and their multiples."""
    num_heads = head_multiple * draw(small)
    width = 8 * num_heads * draw(small)
    return {"width": width, "num_heads": num_heads, "mlp_ratio": draw(small), "num_classes": draw(st.integers(1, 50))}


@st.composite
def vits(draw):
    patch = draw(st.sampled_from([2, 4, 7, 16]))
    return ViTSpec(
        image_size=patch * draw(st.integers(1, 8)),
        patch_size=patch,
        depth=draw(small),
        class_token=draw(st.booleans()),
        **draw(shapes()),
    )


@st.composite
def ci2ps(draw):
    return CI2PSpec(
        image_size=32 * draw(small), depth=2 * draw(small), dual_scale=draw(st.booleans()), **draw(shapes(4))
    )


@st.composite
def ravits(draw):
    patch = draw(st.sampled_from([2, 4]))
    spec = RAViTSpec(
        image_size=patch * draw(st.integers(1, 24)),
        patch_size=patch,
        layers=tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=4).filter(any))),
        resize=draw(st.sampled_from([Fraction(2), Fraction(3, 2), Fraction(3)])),
        **draw(shapes()),
    )
    try:
        spec.validate()
    except SpecError:
        assume(False)
    return spec


@st.composite
def fusions(draw):
    side, head = 32 * draw(st.integers(1, 3)), draw(st.sampled_from(["token", "channel", "mixing"]))
    shared = {"image_size": side, "head": head, **draw(shapes())}
    upsample = draw(st.sampled_from(["upconv", "copy"]))
    return draw(
        st.sampled_from(
            [
                LateSpec(upsample=upsample, merge=draw(st.sampled_from(["concat", "add"])), depths=(1, 2), **shared),
                EarlySpec(upsample=upsample, bridges=draw(st.sampled_from(["multi", "single"])), depth=2, **shared),
                LayerwiseSpec(class_token=draw(st.booleans()), mixing_depth=1, tail_depth=1, **shared),
            ]
        )
    )


specs = vits() | ci2ps() | ravits() | fusions()


def model_of(spec) -> Model:
    name = NAMES[type(spec)]
    return Model(name=name, entry=entries()[name], spec=spec)


def counts_of(spec) -> OpCounts:
    return model_of(spec).cost()


@few
@given(specs)
def test_legal_specifications_have_costs_in_whole_numbers(spec):
    spec.validate()
    items = counts_of(spec).items
    assert {kind for _, kind in items} <= set(KINDS)
    assert all(type(count) is int and count >= 0 for count in items.values())


@few
@given(specs, specs, specs)
def test_adding_counts_is_associative(one, two, three):
    a, b, c = counts_of(one), counts_of(two), counts_of(three)
    assert (a + b) + c == a + (b + c) == combine((a, b, c))


@few
@given(specs, specs)
def test_costs_of_sums_are_sums_of_costs(one, two):
    a, b = counts_of(one), counts_of(two)
    for convention in CONVENTIONS:
        assert convention.total(a + b) == convention.total(a) + convention.total(b)


@few
@given(specs, st.integers(0, 100))
def test_prices_are_linear(spec, factor):
    counts = counts_of(spec)
    for convention in CONVENTIONS:
        dearer = dataclasses.replace(convention, price={k: factor * p for k, p in convention.price.items()})
        assert dearer.total(counts) == factor * convention.total(counts) == convention.total(counts.scaled(factor))


@few
@given(specs)
def test_a_cost_is_the_sum_of_its_kinds(spec):
    counts = counts_of(spec)
    one_each = Convention(name="all", unit="MAC", doc="-", source="-", price=dict.fromkeys(KINDS, 1))
    assert sum(counts.by_kind().values()) == one_each.total(counts)
    for convention in CONVENTIONS:
        kinds = convention.in_scope(counts).by_kind()
        assert convention.total(counts) == sum(price * kinds.get(kind, 0) for kind, price in convention.price.items())


@few
@given(specs, st.sampled_from([None, 0, 1, 2, 3]))
def test_a_cost_is_the_sum_of_its_modules(spec, depth):
    counts = counts_of(spec)
    modules = counts.by_module(depth).values()
    assert sum(module.params for module in modules) == counts.params
    for convention in CONVENTIONS:
        assert sum(convention.total(module) for module in modules) == convention.total(counts)


@few
@given(specs, st.integers(1, 1000))
def test_a_batch_multiplies_operations_and_memory_and_no_parameters(spec, images):
    counts = counts_of(spec)
    batch = counts.batch(images)
    assert {k: n for k, n in batch.by_kind().items() if k in SHARED_KINDS} == {
        k: n for k, n in counts.by_kind().items() if k in SHARED_KINDS
    }
    assert {k: n for k, n in batch.by_kind().items() if k not in SHARED_KINDS} == {
        k: images * n for k, n in counts.by_kind().items() if k not in SHARED_KINDS
    }
    assert peak_activation_bytes(batch) == peak_activation_bytes(counts, batch=images)


@few
@given(specs)
def test_exits_grow_and_the_last_one_is_the_whole_network(spec):
    model = model_of(spec)
    exits = [MACS.total(counts) for counts in model.exits()]
    assert exits == sorted(set(exits))
    assert model.exits()[-1] == model.cost()


@few
@given(specs)
def test_larger_images_cost_more(spec):
    larger = dataclasses.replace(spec, image_size=2 * spec.image_size)
    cost, more = MACS.total(counts_of(spec)), MACS.total(counts_of(larger))
    # Coarse sides are rounded to patches: without its finest branch a RAViT may see twice the image at the same side.
    assert more >= cost if isinstance(spec, RAViTSpec) and not spec.layers[-1] else more > cost


@few
@given(vits() | ci2ps())
def test_deeper_networks_cost_more(spec):
    deeper = dataclasses.replace(spec, depth=spec.depth + 2)
    assert MACS.total(counts_of(deeper)) > MACS.total(counts_of(spec))
    assert counts_of(deeper).params > counts_of(spec).params


@few
@given(ravits(), st.data())
def test_a_layer_more_in_any_branch_costs_more(spec, data):
    branch = data.draw(st.integers(0, len(spec.layers) - 1))
    layers = (*spec.layers[:branch], spec.layers[branch] + 1, *spec.layers[branch + 1 :])
    for convention in CONVENTIONS:
        deeper, plain = (
            convention.total(counts_of(dataclasses.replace(spec, layers=n))) for n in (layers, spec.layers)
        )
        assert deeper > plain


@few
@given(specs)
def test_scores_in_memory_never_need_less_than_fused_attention(spec):
    counts = counts_of(spec)
    assert peak_activation_bytes(counts, fused_attention=False) >= peak_activation_bytes(counts)


@pytest.mark.parametrize("num_heads", [1, 2, 3, 4, 8, 12])
@pytest.mark.parametrize("name", ["vit_base_patch16", "ci2p_vit", "ci2p_vit_ds", "token_fusion_late"])
def test_what_is_accepted_has_a_cost(name, num_heads):
    for width in range(1, 49):
        try:
            model = resolve(f"{name}:width={width},num_heads={num_heads}")
        except SpecError:
            continue
        assert MACS.total(model.cost()) > 0, width
