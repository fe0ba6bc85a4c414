"""The registry: names to models, arguments, sizes, exits, and the words of refusals."""

import dataclasses
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.cost.counts import OpCounts, op
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models import registry
from effbench.models.registry import Family, Model, entries, named_models, register, resolve
from effbench.models.spec import Spec


@pytest.fixture
def empty(monkeypatch):
    """A registry of its own."""
    monkeypatch.setattr(registry, "_entries", {})
    return registry._entries


def family(**changes):
    return Family(**{"name": "toy", "source": "test", "cost": lambda spec: op(mac_linear=spec.image_size), **changes})


def model_of(toys):
    register(toys, {"toy": Spec()})
    entry = registry._entries["toy"]
    return Model(name="toy", entry=entry, spec=entry.spec)


def test_registering_adds_an_entry(empty):
    register(family(), {"toy": Spec()}, papers=("ravit",), examples={"toy": ("1-3",)})
    entry = empty["toy"]
    assert (entry.name, entry.family.name, entry.papers, entry.examples) == ("toy", "toy", ("ravit",), ("1-3",))


def test_a_name_that_is_taken_is_refused(empty):
    register(family(), {"toy": Spec()})
    with pytest.raises(EffbenchError, match="model 'toy' is registered twice"):
        register(family(), {"toy": Spec()})


def test_a_family_without_a_formula_says_so(empty):
    model = model_of(family(cost=None))
    assert not model.has_formula
    with pytest.raises(SpecError, match="toy has no formula; its network must be counted"):
        model.cost()


def test_a_family_without_a_network_says_so(empty):
    with pytest.raises(SpecError, match="toy has no network"):
        model_of(family()).build()


def test_a_network_whose_library_is_missing_names_the_extra(empty):
    def build(spec):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    with pytest.raises(EffbenchError, match=r"building toy needs torch: .*install torch"):
        model_of(family(build=build)).build()


def test_a_model_without_branches_has_one_exit(empty):
    model = model_of(family())
    assert model.exits() == [model.cost()]


def test_exits_are_cumulative(empty):
    parts = [op(mac_linear=10).at("a"), op(mac_linear=5).at("b"), OpCounts()]
    model = model_of(family(branches=lambda spec: parts))
    assert [exit.of("mac_linear") for exit in model.exits()] == [10, 15, 15]


@pytest.mark.parametrize(
    "name",
    ["vit_base_patch16", "ci2p_vit_ds", "cnn_vit", "ravit_cifar10:1-3", "vit_cifar10:3", "token_fusion_layerwise"],
)
def test_the_papers_models_resolve_to_their_names(name):
    assert resolve(name).name == name


@pytest.mark.parametrize("name", named_models())
def test_every_named_model_resolves(name):
    assert resolve(name).name == name


@pytest.mark.parametrize("entry", entries().values(), ids=lambda entry: entry.name)
def test_every_entry_can_be_used(entry):
    assert entry.family.source
    assert entry.family.cost or entry.family.build
    assert not entry.needs_argument or entry.examples


def test_the_order_of_entries_does_not_depend_on_earlier_imports():
    def order(first):
        code = f"import {first}; from effbench.models.registry import entries; print(*entries())"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert order("effbench.models.families.vit") == order("effbench")


def test_names_are_unique():
    assert len(named_models()) == len(set(named_models()))


def test_named_models_of_a_selection():
    selected = [entries()[name] for name in ("ci2p_vit", "ravit_imagenet")]
    assert named_models(selected) == ["ci2p_vit", "ravit_imagenet:1-1-8", "ravit_imagenet:1-1-10"]


def test_a_plain_name_keeps_the_registered_specification():
    assert resolve("vit_base_patch16").spec == entries()["vit_base_patch16"].spec


def test_arguments_change_the_specification():
    assert resolve("ravit_imagenet:1-1-8,width=384").spec.width == 384


@pytest.mark.parametrize(
    ("name", "kind", "nearest"),
    [
        ("vit_base_patch61", "unknown model", "did you mean vit_base_patch16"),
        ("ravit_cifar:1-3", "unknown model", "did you mean ravit_cifar10"),
        ("ravit_cifar10:1-3,widht=64", "unknown option of ravit_cifar10", "did you mean width"),
    ],
)
def test_unknown_names_offer_the_nearest(name, kind, nearest):
    with pytest.raises(UnknownName) as caught:
        resolve(name)
    assert str(caught.value).startswith(kind)
    assert nearest in str(caught.value)


def test_a_far_name_lists_the_known_ones_and_where_all_are():
    with pytest.raises(UnknownName, match=r"unknown model 'zzz'; known: .*ci2p_vit.* \(all: effbench \w+\)"):
        resolve("zzz")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ravit_cifar10", "ravit_cifar10 needs layers after a colon, e.g. ravit_cifar10:1-3"),
        ("ravit_cifar10: ", "ravit_cifar10 needs layers after a colon"),
        ("vit_imagenet", "vit_imagenet needs depth after a colon, e.g. vit_imagenet:8"),
        ("vit_base_patch16:", "vit_base_patch16:: nothing after the colon"),
        ("vit_base_patch16:6", "vit_base_patch16: '6' is not option=value"),
        ("vit_base_patch16:depth=0", "vit_base_patch16:depth=0: depth must be between 1 and 1000, got 0"),
        ("vit_base_patch16:num_heads=7", "vit_base_patch16:num_heads=7: width 768 is not a multiple of num_heads 7"),
        ("vit_base_patch16:image_size=256", "vit_base_patch16: the image size is given by --size"),
        ("ravit_cifar10:1-3,width=64,width=64", "ravit_cifar10: width is given twice"),
        ("ravit_cifar10:0-0", "ravit_cifar10:0-0: at least one branch must have a layer"),
        ("ravit_cifar10:1:3", "ravit_cifar10: layers must be whole numbers joined by '-', got '1:3'"),
    ],
)
def test_refusals_name_the_model_and_what_is_wrong(name, message):
    with pytest.raises(SpecError) as caught:
        resolve(name)
    assert str(caught.value).startswith(message)


def test_at_size_changes_the_image_side_only():
    model = resolve("vit_base_patch16")
    assert model.at_size(256).spec == resolve("vit_base_patch16").spec.resized(256)
    assert model.at_size(None) is model


def test_at_size_names_the_model_and_the_nearest_sides():
    with pytest.raises(SpecError) as caught:
        resolve("ci2p_vit").at_size(240)
    assert str(caught.value) == "ci2p_vit: image size must be a multiple of 32, got 240; nearest: 224 or 256"


RAVITS = [name for name, entry in entries().items() if entry.spec.positional == "layers"]
OPTIONS = sorted({field.name for entry in entries().values() for field in dataclasses.fields(entry.spec)})
argument = st.text(max_size=12) | st.builds("{}={}".format, st.sampled_from(OPTIONS), st.text(max_size=8))
numbers = st.builds("{}={}".format, st.sampled_from(OPTIONS), st.integers(-(10**25), 10**25) | st.floats())


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(RAVITS), layers=st.lists(st.integers(0, 1000), min_size=1, max_size=3).filter(any))
def test_every_legal_tuple_of_layers_resolves_and_round_trips(name, layers):
    model = resolve(f"{name}:{'-'.join(map(str, layers))}")
    assert model.spec.layers == tuple(layers)
    assert resolve(model.name) == model


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(RAVITS),
    layers=st.lists(st.just(0), max_size=4)
    | st.lists(st.integers(0, 5), min_size=5, max_size=9)
    | st.lists(st.integers(1001, 10**30), min_size=1, max_size=3)
    | st.lists(st.integers(-9, -1), min_size=1, max_size=3),
)
def test_illegal_tuples_of_layers_are_refused(name, layers):
    with pytest.raises(EffbenchError):
        resolve(f"{name}:{'-'.join(map(str, layers))}")


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(list(entries())), arguments=st.lists(argument | numbers, max_size=4))
def test_any_text_after_the_colon_resolves_or_is_refused(name, arguments):
    text = f"{name}:{','.join(arguments)}"
    with suppress(EffbenchError):
        assert resolve(text).name == text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_model_or_is_refused(text):
    with suppress(EffbenchError):
        assert resolve(text).name == text
