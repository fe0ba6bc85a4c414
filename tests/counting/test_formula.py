"""Closed forms: the printed Python returns the integer of the registry, at sizes nobody printed too."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.counting.formula import formula
from effbench.models.registry import resolve

MACS, RAVIT, CI2P = convention("macs"), convention("ravit"), convention("ci2p")


def compiled(text: str):
    """The one function that the text defines."""
    names: dict[str, object] = {}
    exec(text, names)
    (function,) = (value for name, value in names.items() if name != "__builtins__")
    return function


@pytest.mark.parametrize("side", [64, 224, 256, 512])
@pytest.mark.parametrize(
    ("name", "priced", "at"),
    [
        ("vit_base_patch16", MACS, {"depth": 12, "width": 768}),
        ("vit_base_patch16_gap", CI2P, {"depth": 5, "width": 192}),
        ("ci2p_vit", CI2P, {"depth": 12, "width": 768}),
        ("ci2p_vit_ds", CI2P, {"depth": 4, "width": 384}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_python_form_is_the_exact_cost_at_any_shape(name, priced, at, side):
    options = ",".join(f"{key}={value}" for key, value in at.items())
    expected = priced.total(resolve(f"{name}:{options}").at_size(side).cost())
    cost = compiled(formula(name, priced).texts["python"])(image_side=side, **at)
    assert (cost, type(cost)) == (expected, int)


@pytest.mark.parametrize("layers", [(1, 3), (7, 2), (1, 1)])
def test_a_ravit_has_one_layer_count_per_branch(layers):
    cost = compiled(formula("ravit_cifar10:1-3", RAVIT).texts["python"])
    name = f"ravit_cifar10:{'-'.join(map(str, layers))}"
    assert cost(image_side=32, layers_1=layers[0], layers_2=layers[1], width=128) == RAVIT.total(resolve(name).cost())


def test_a_branch_without_layers_stays_out():
    assert set(formula("ravit_tiny_imagenet:2-0-3", RAVIT).symbols) == {"S", "n1", "n3", "D"}


def test_the_symbols_are_explained():
    assert formula("vit_base_patch16", MACS).symbols == {
        "S": "image side in pixels",
        "n": "transformer blocks",
        "D": "embedding width",
    }


def test_a_ravit_branch_is_the_formula_of_the_paper():
    # 2 · n · (2L²D + 12LD²), L = (S/4)² + 1: the term in D² is 24·n·D²·(S²/16 + 1).
    form = formula("ravit_cifar10:0-1", RAVIT)
    assert form.texts["plain"] == "3*D^2*S^2*n2/2 + 24*D^2*n2 + D*S^4*n2/64 + D*S^2*n2/2 + 4*D*n2"
    assert form.texts["latex"].startswith(r"\frac{3 D^{2} S^{2} n_{2}}{2}")


@pytest.mark.parametrize(("priced", "head"), [(MACS, "def macs("), (RAVIT, "def flops("), (CI2P, "def macs(")])
def test_the_function_is_named_after_the_unit(priced, head):
    assert formula("vit_base_patch16", priced).texts["python"].startswith(head)


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("vit_base_patch16", "Valid where the image side is a multiple of 16."),
        ("ci2p_vit", "Valid where the image side is a multiple of 32."),
        (
            "ravit_cifar10:1-3",
            "Valid where the image side is a multiple of 4 and every branch's side comes out as a whole number of "
            "patches without rounding.",
        ),
    ],
)
def test_a_formula_says_where_it_is_valid(name, valid):
    assert formula(name, MACS).valid == valid
