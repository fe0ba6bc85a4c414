"""``effbench crosscheck``."""

from __future__ import annotations

import pytest

from effbench.cli import crosscheck
from effbench.models.registry import resolve

# fvcore 0.1.5 scripts a function when it is imported
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")

VIT_CIFAR = 64 * 48 * 128 + 3 * (12 * 65 * 128**2 + 2 * 65**2 * 128) + 128 * 10


@pytest.fixture
def checked(effbench):
    """``effbench``, where networks can be built and every tool is there."""
    for package in ("torch", "timm", "fvcore", "ptflops"):
        pytest.importorskip(package)
    return effbench


def test_every_counter_has_a_row_with_a_verdict(checked):
    rows = checked("crosscheck vit_cifar10:3 --format json").json
    assert {row["counter"]: (row["unit"], row["verdict"]) for row in rows} == {
        "formula": ("MAC", "equal"),
        "dispatch": ("MAC", "equal"),
        "fvcore": ("MAC", "counts as fvcore"),
        "ptflops": ("MAC", "counts as ptflops"),
        "ptflops_aten": ("MAC", "counts as ptflops_aten"),
        "torch": ("FLOP", "counts as flops"),
    }
    assert {row["expected"] for row in rows} == {VIT_CIFAR}


def test_people_see_what_is_counted_differently(checked):
    out = checked("crosscheck vit_cifar10:3").out
    # 7 norms of 65 tokens and width 128; 3 blocks · 2 · 65² · 128 for the fused attention.
    assert "5 x 58,240 F.layer_norm.affine" in out
    assert "1 x 3,244,800 F.scaled_dot_product_attention" in out
    assert "2 FLOPs per MAC" in out
    assert "Against macs [MAC]: multiply-accumulates" in out


def test_another_convention_is_the_one_compared_with(checked):
    rows = {row["counter"]: row for row in checked("crosscheck vit_cifar10:3 --convention flops --format json").json}
    assert rows["torch"]["verdict"] == "equal"
    assert rows["ptflops_aten"]["why"].startswith("2 FLOPs per MAC, 1 x ")


def test_several_models_at_one_size(checked):
    rows = checked("crosscheck vit_cifar10:3 vit_cifar10:4 --size 16 --format json").json
    assert [row["model"] for row in rows[::6]] == ["vit_cifar10:3", "vit_cifar10:4"]
    assert {row["size"] for row in rows} == {16}


def test_without_a_model_one_of_each_paper_is_checked():
    families = [resolve(name).entry.family.name for name in crosscheck.DEFAULT]
    assert families == ["vit", "ci2p", "ravit"]


def test_a_wrong_formula_of_a_model_file_is_seen(checked, model_file):
    ran = checked("crosscheck", model_file(cost="lambda spec: ops.linear(1, 192, 6).at('head')"))
    assert ran.code == 0
    assert "+192 MACs, +20.000%" in ran.out


def test_a_tool_that_fails_is_said_to(checked, model_file):
    # fvcore traces the network, which is then called with the tracer on.
    path = model_file(forward="assert not torch.jit.is_tracing(), 'no'; return self.head(x.flatten(1))")
    ran = checked("crosscheck", path)
    (row,) = (line for line in ran.out.splitlines() if line.split()[2:3] == ["fvcore"])
    assert " ".join(row.split()[4:]) == "- - did not run fvcore cannot count this network: no (AssertionError)"


def test_a_tool_that_cannot_be_followed_is_said_to_be_so(checked, model_file, caplog):
    # What is thrown away is not in the traced graph; a mean is an operator of which fvcore warns.
    path = model_file(forward="self.head(x.flatten(1)); return self.head(x.flatten(1)).add(x.mean())")
    ran = checked("crosscheck", path)
    (row,) = (line for line in ran.out.splitlines() if line.split()[2:3] == ["fvcore"])
    assert "unexplained" in row
    assert "; fvcore cannot be followed for a result that nothing uses, a matrix product with a vector" in row
    assert (ran.err, caplog.messages) == ("", [])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"building": "raise ValueError('no weights')"}, "toy cannot be built: ValueError: no weights"),
        ({"forward": "return 1 / 0"}, "toy does not run on the CPU: ZeroDivisionError: division by zero"),
        ({"forward": "return [][len(x)]"}, "toy does not run on the CPU: "),
    ],
)
def test_a_network_that_cannot_be_counted_is_one_line(checked, model_file, code, said):
    ran = checked("crosscheck", model_file(**code))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
