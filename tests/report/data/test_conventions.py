from __future__ import annotations

from effbench.cost.counts import OpCounts
from effbench.report.data.conventions import KIND_NUMBERS, convention_rows, groups, scope_mask, scopes


def test_conventions_that_look_at_the_same_modules_share_a_scope() -> None:
    rows = {row.convention.name: row.scope for row in convention_rows()}
    assert rows["macs"] == rows["flops"] == rows["fvcore"]
    assert rows["ci2p"] == rows["ci2p_fused_attention"] != rows["macs"]
    assert len(set(rows.values())) == len(scopes()) == 3


def test_a_mask_says_which_scopes_see_a_module() -> None:
    # in the file's order: everything, everything but the head, transformer blocks alone
    assert [scope_mask(path) for path in ("blocks.0.attn", "patch_embed", "head.fc")] == [0b111, 0b011, 0b001]


def test_prices_are_by_kind_number() -> None:
    for row in convention_rows():
        price = row.plain()["price"]
        assert {kind: price[str(KIND_NUMBERS[kind])] for kind in row.convention.price} == row.convention.price
        assert len(price) == len(row.convention.price)


def test_groups_are_top_level_modules_and_add_up() -> None:
    counts = OpCounts(
        {
            ("blocks.0.mlp", "mac_linear"): 5,
            ("blocks.1.mlp", "mac_linear"): 7,
            ("blocks.0.norm", "layer_norm_elem"): 2,
            ("head", "mac_linear"): 3,
            ("", "residual_add"): 1,
        }
    )
    linear, norm, add = (KIND_NUMBERS[kind] for kind in ("mac_linear", "layer_norm_elem", "residual_add"))
    assert groups(counts) == [
        ("blocks", 0b111, [linear, 12, norm, 2]),
        ("head", 0b001, [linear, 3]),
        ("(model)", 0b011, [add, 1]),
    ]
    assert [label for label, _, _ in groups(counts, labelled=False)] == ["", "", ""]


def test_where_all_is_below_one_module_the_next_names_are_shown() -> None:
    counts = OpCounts({("branches.0.head", "mac_linear"): 1, ("branches.1.head", "mac_linear"): 2})
    assert [label for label, _, _ in groups(counts)] == ["branches.0", "branches.1"]
