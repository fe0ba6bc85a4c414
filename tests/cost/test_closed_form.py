"""Closed forms: what SymPy prints gives the very integers the counts give, for every family and convention."""

import dataclasses

import pytest
import sympy

from effbench.cost import ops
from effbench.cost.closed_form import STYLES, closed_form, rendered, symbols
from effbench.cost.convention import convention, conventions
from effbench.models.registry import entries, resolve

# Model -> image sides at which every branch comes out in whole patches without rounding.
SIDES = {
    "vit_base_patch16": (16, 224, 400),
    "vit_tiny_patch32_gap": (32, 256),
    "vit_imagenet:12": (224, 384),
    "ci2p_vit": (32, 256, 512),
    "ci2p_vit_ds": (32, 256, 512),
    "ravit_cifar10:1-3": (8, 32, 96),
    "ravit_tiny_imagenet:2-0-3": (16, 64, 128),
    "ravit_imagenet:1-1-8": (112, 224, 448),  # coarse sides are 2/7 and 4/7 of it
    "exit_vit_tiny:4-8": (16, 224, 400),
    "token_fusion_late:mixing": (32, 224),
    "token_fusion_early:token": (32, 224),
    "token_fusion_layerwise": (32, 224),
    "token_fusion_layerwise:mixing,class_token=yes": (32, 224),
}

# Values for the other free quantities; legal for each family (depth and width even for two scales, 12 heads).
VALUES = {"depth": (2, 8), "width": (48, 768), "layers": (1, 5)}


def freed(model):
    """The model with its free quantities as symbols, and symbol -> field (layer counts by branch)."""
    spec, fields = model.spec, {}
    for letter, name in model.entry.family.symbols.items():
        if name == "layers":
            branches = [f"{letter}{i}" if count else None for i, count in enumerate(spec.layers, start=1)]
            named = {branch: sympy.Symbol(branch, positive=True, integer=True) for branch in filter(None, branches)}
            spec = dataclasses.replace(spec, layers=tuple(named.get(branch, 0) for branch in branches))
            fields |= dict.fromkeys(named.values(), "layers")
        else:
            (symbol,) = symbols([letter])
            spec = dataclasses.replace(spec, **{name: symbol})
            fields[symbol] = name
    return dataclasses.replace(model, spec=spec), fields


def filled(model, fields, side, which):
    """(symbol -> integer, model with those integers)."""
    values = {symbol: side if name == "image_size" else VALUES[name][which] for symbol, name in fields.items()}
    changes = {name: values[symbol] for symbol, name in fields.items() if name != "layers"}
    if hasattr(model.spec, "layers"):
        changes["layers"] = tuple(VALUES["layers"][which] if count else 0 for count in model.spec.layers)
    spec = dataclasses.replace(model.spec, **changes)
    spec.validate()
    return values, dataclasses.replace(model, spec=spec)


def test_every_family_with_symbols_is_here():
    families = {entry.family.name for entry in entries().values() if entry.family.symbols}
    assert {resolve(name).entry.family.name for name in SIDES} == families


@pytest.mark.parametrize("name", SIDES)
def test_closed_forms_equal_the_integer_path(name):
    model = resolve(name)
    symbolic, fields = freed(model)
    counts = symbolic.cost()
    for chosen in conventions().values():
        form = closed_form(counts, chosen)
        arguments = [str(symbol) for symbol in fields]
        namespace = {}
        exec(rendered(form, "python", "cost", arguments), namespace)
        for side in SIDES[name]:
            for which in (0, 1):
                values, integers = filled(model, fields, side, which)
                expected = chosen.total(integers.cost())
                assert form.subs(values) == expected, (chosen.name, values)
                found = namespace["cost"](*values.values())
                assert (found, type(found)) == (expected, int), (chosen.name, values)


@pytest.mark.parametrize("name", ["vit_base_patch16", "ravit_cifar10:1-3", "ci2p_vit"])
def test_closed_forms_of_parameters_equal_the_integer_path(name):
    model = resolve(name)
    symbolic, fields = freed(model)
    values, integers = filled(model, fields, SIDES[name][1], 1)
    assert sympy.expand(symbolic.cost().params).subs(values) == integers.cost().params


@pytest.fixture
def linear():
    """3 tokens from D to 4D: 12·D² MACs."""
    (width,) = symbols(["D"])
    return closed_form(ops.linear(3, width, 4 * width), convention("macs"))


@pytest.mark.parametrize(
    ("style", "text"),
    [("plain", "12*D^2"), ("latex", "12 D^{2}"), ("python", "def macs(D):\n    return 12*D**2")],
)
def test_the_three_styles(linear, style, text):
    assert rendered(linear, style, "macs", ["D"]) == text


def test_every_style_is_tested():
    assert STYLES == ("plain", "latex", "python")


def test_a_fraction_becomes_one_whole_division():
    # n/2 + D/4 = (2n + D) / 4
    n, width = symbols(["n", "D"])
    text = rendered(n / 2 + width / 4, "python", "macs", ["n", "D"])
    assert text == "def macs(n, D):\n    return (D + 2*n) // 4"


def test_a_total_without_symbols_is_a_number():
    assert closed_form(ops.linear(3, 2, 5), convention("flops")) == 60


def test_symbols_are_positive_integers():
    assert all(symbol.is_positive and symbol.is_integer for symbol in symbols(["S", "n"]))
