"""``effbench count``."""

from __future__ import annotations

import pytest

from effbench.cost.convention import conventions
from effbench.cost.kinds import PARAM

# fvcore 0.1.5 scripts a function when it is imported
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")

# 3 blocks of width 128 on 65 tokens; patches of 4 · 4 · 3 values; 10 classes.
VIT_CIFAR = 64 * 48 * 128 + 3 * (12 * 65 * 128**2 + 2 * 65**2 * 128) + 128 * 10


@pytest.fixture
def counted(effbench):
    """``effbench``, where networks can be built."""
    pytest.importorskip("torch")
    pytest.importorskip("timm")
    return effbench


def test_the_count_is_that_of_the_formula(counted):
    (row,) = counted("count vit_cifar10:3 --format json").json
    expected = {"model": "vit_cifar10:3", "size": 32, "counter": "dispatch", "pass": "forward", "value": VIT_CIFAR}
    assert {key: row[key] for key in expected} == expected
    assert (row["convention"], row["unit"], row["params"], row["uncounted"]) == ("macs", "MAC", 611_082, 0)


def test_people_see_digits_scale_and_that_nothing_is_left_out(counted):
    ran = counted("count vit_cifar10:3")
    assert (ran.code, ran.err) == (0, "")
    for said in (f"{VIT_CIFAR:,}", "= 41.978 M MACs", "Every operator of the network has a price", "macs [MAC]: "):
        assert said in ran.out


def test_another_convention_and_size(counted):
    (row,) = counted("count vit_cifar10:3 --convention ravit --size 64 --format json").json
    # 257 tokens; blocks alone, two FLOPs a MAC.
    assert (row["value"], row["unit"]) == (2 * 3 * (12 * 257 * 128**2 + 2 * 257**2 * 128), "FLOP")


def test_the_backward_pass_has_rows_of_its_own(counted):
    rows = counted("count vit_cifar10:3 --backward --format json").json
    assert [row["pass"] for row in rows] == ["forward", "backward", "recomputed"]


@pytest.mark.parametrize("by", ["kind", "module"])
@pytest.mark.parametrize("convention", ["macs", "ravit", "fvcore"])
def test_the_parts_add_up(counted, by, convention):
    line = f"count vit_cifar10:3 --convention {convention} --backward --format json"
    whole = {row["pass"]: row["value"] for row in counted(line).json}
    parts = counted(f"{line} --by {by}").json
    assert {name: sum(row["value"] for row in parts if row["pass"] == name) for name in whole} == whole
    assert {(row["convention"], row["counter"], row["source"]) for row in parts} == {
        (convention, "dispatch", "counted")
    }


def test_kinds_have_a_count_and_a_price_and_parameters_are_none(counted):
    rows = {row["kind"]: row for row in counted("count vit_cifar10:3 --by kind --convention fvcore --format json").json}
    norm = rows["F.layer_norm.affine"]  # fvcore goes by calls
    assert (norm["count"], norm["price"], norm["value"]) == (7 * 65 * 128, 5, 5 * 7 * 65 * 128)
    assert PARAM not in rows


def test_a_kind_that_a_convention_leaves_out_has_the_price_0(counted):
    rows = {row["kind"]: row for row in counted("count vit_cifar10:3 --by kind --convention ci2p --format json").json}
    assert rows["softmax_elem"]["price"] == 0
    assert PARAM not in rows


def test_kinds_are_those_of_the_modules_that_the_convention_looks_at(counted):
    rows = {row["kind"]: row for row in counted("count vit_cifar10:3 --by kind --convention ravit --format json").json}
    assert rows["mac_linear"]["count"] == 3 * 12 * 65 * 128**2  # no head
    assert "mac_conv" not in rows  # no patch embedding


@pytest.mark.parametrize(("depth", "module"), [(1, "blocks"), (2, "blocks.1"), (3, "blocks.1.mlp")])
def test_the_depth_of_module_names_is_chosen(counted, depth, module):
    rows = counted(f"count vit_cifar10:3 --by module --depth {depth} --format json").json
    assert module in {row["module"] for row in rows}
    assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_another_tool_reports_in_its_own_way(counted):
    pytest.importorskip("fvcore")
    (row,) = counted("count vit_cifar10:3 --counter fvcore --format json").json
    # 7 norms at 5 an element, no attention products.
    assert row["value"] == VIT_CIFAR + 5 * 7 * 65 * 128 - 3 * 2 * 65**2 * 128
    assert (row["counter"], row["device"], row["by"].split()[0]) == ("fvcore", "cpu", "fvcore")
    assert "not counted, in its own words: " in counted("count vit_cifar10:3 --counter fvcore").out


def test_a_model_file_is_counted(counted, model_file):
    (row,) = counted("count --format json", model_file()).json
    assert (row["model"], row["value"]) == ("toy", 960)


def test_an_operator_without_a_price_is_named(counted, model_file):
    path = model_file(forward="return self.head(torch.linalg.qr(x.flatten(1)).R)")
    ran = counted("count", path)
    assert (ran.code, ran.err) == (0, "")
    assert "no price: 1 x aten.linalg_qr.default in (model) on [(1, 192)]" in ran.out
    assert "Every operator" not in ran.out


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (
            "count --strict",
            {"forward": "return self.head(torch.linalg.qr(x.flatten(1)).R)"},
            "1 operators have no rule: aten.linalg_qr.default in (model)",
        ),
        ("count", {"building": "raise ValueError('no weights')"}, "toy cannot be built: ValueError: no weights"),
        ("count", {"forward": "raise ValueError('a\\nb')"}, "toy does not run on the CPU: ValueError: a"),
        ("count", {"forward": "return [][len(x)]"}, "toy does not run on the CPU: "),
        ("count --counter torch", {"building": "raise ValueError('a\\nb')"}, "toy cannot be built: ValueError: a"),
        ("count --counter torch", {"forward": "raise ValueError('boom')"}, "torch cannot count this network: boom"),
        ("count --size 16", {}, "; it was called with 1x3x16x16: --input gives another shape"),  # it is for 8 · 8
    ],
)
def test_a_network_that_cannot_be_counted_is_one_line(counted, model_file, line, code, said):
    ran = counted(line, model_file(**code))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("effbench: error: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_the_help_names_every_convention(effbench, capsys):
    with pytest.raises(SystemExit):
        effbench("count --help")
    assert ", ".join(conventions()) in " ".join(capsys.readouterr().out.split())
