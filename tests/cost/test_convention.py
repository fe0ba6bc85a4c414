"""Conventions: every row reproduces a number somebody published or measured."""

import pytest

from effbench.claims.load import paper
from effbench.cost.convention import Convention, convention, conventions
from effbench.cost.counts import OpCounts, op
from effbench.cost.kinds import ATTENTION_KINDS, KINDS, MAC_KINDS
from effbench.errors import EffbenchError, UnknownName
from effbench.models.registry import resolve
from effbench.stats.printed import match, printed

# Convention -> (model, image side, number it must give). A row of conventions.toml without an entry here is an error.
REPRODUCED = {
    # PyTorch 2.15's FlopCounterMode on timm's ViTs, halved: 12·(12LD² + 2L²D) + patches·768² + 768·1000
    "macs": [
        ("vit_base_patch16", 256, 23_197_384_704),
        ("vit_base_patch16", 384, 55_484_350_464),
        ("vit_base_patch16", 512, 107_027_890_176),
        ("deit_base_patch16", 224, 17_563_828_224),
    ],
    # the same counter, as it prints
    "flops": [
        ("vit_base_patch16", 256, 46_394_769_408),
        ("vit_base_patch16", 384, 110_968_700_928),
        ("vit_base_patch16", 512, 214_055_780_352),
        ("deit_base_patch16", 224, 35_127_656_448),
        ("vit_tiny_patch16", 224, 2_507_366_400),
    ],
    # fvcore 0.1.5 on timm 1.0, and on our networks, with fused attention switched off; in the first the layer norms are
    # 25·257·768·5 = 24,672,000
    "fvcore": [
        ("vit_base_patch16", 256, 23_197_384_704 + 24_672_000),
        ("deit_base_patch16", 224, 17_582_740_224),
        ("vit_tiny_patch16", 224, 1_258_411_200),
        ("vit_tiny_patch16_gap", 224, 1_251_267_840),
        ("vit_base_patch16_gap", 224, 17_490_465_792),
        ("token_fusion_late:channel,upsample=copy,merge=add", 64, 1_448_821_760),
        ("token_fusion_early:token,upsample=copy", 64, 2_061_807_232),
        ("token_fusion_layerwise:mixing,class_token=yes", 64, 2_233_309_544),
    ],
    # the same with fused attention on, as timm has it
    "fvcore_fused_attention": [
        ("vit_base_patch16", 256, 22_004_641_536),
        ("vit_base_patch16", 384, 49_403_195_136),
        ("vit_base_patch16", 512, 87_761_170_176),
        ("deit_base_patch16", 224, 16_867_412_736),
        ("vit_tiny_patch16", 224, 1_079_579_328),
        ("vit_base_patch16_gap", 224, 16_782_382_080),
        ("token_fusion_layerwise:mixing,class_token=yes", 64, 2_227_982_696),
        ("ci2p_vit", 64, 526_748_672),
        ("ci2p_vit_ds", 64, 404_538_368),
    ],
    # arXiv:2502.10120, Table 2: 23.127 / 55.433 / 107.003 G and 8.477 / 19.284 / 34.81 G; fvcore gives these integers
    # on the same networks without head. The third column counted like these two.
    "ci2p": [
        ("vit_base_patch16_gap", 256, 23_126_802_432),
        ("vit_base_patch16_gap", 384, 55_432_691_712),
        ("vit_base_patch16_gap", 512, 107_002_724_352),
        ("ci2p_vit", 256, 8_476_811_264),
        ("ci2p_vit", 384, 19_283_963_904),
        ("ci2p_vit", 512, 34_810_339_328),
        ("ci2p_vit_ds", 256, 6_630_268_928),
        ("ci2p_vit_ds", 384, 15_447_379_968),
        ("ci2p_vit_ds", 512, 28_782_239_744),
    ],
    # arXiv:2502.10120, Table 2, last column: 6.442 / 14.492 / 25.762 G
    "ci2p_fused_attention": [
        ("ci2p_vit_ds", 256, 6_441_525_248),
        ("ci2p_vit_ds", 384, 14_491_865_088),
        ("ci2p_vit_ds", 512, 25_762_340_864),
    ],
    # FlopCounterMode on the 12 blocks of timm's ViT-B/16 alone; arXiv:2602.24159, Table III prints 34.89 G
    "ravit": [("vit_imagenet:12", 224, 34_894_909_440)],
    # ptflops 0.7.5 (back end aten) on the meta device: the MACs and 21,514,216 / 48,302,056 bias additions
    "ptflops_aten": [
        ("vit_base_patch16", 256, 23_197_384_704 + 21_514_216),
        ("vit_base_patch16", 384, 55_484_350_464 + 48_302_056),
    ],
    # the same on the CPU, fused attention on
    "ptflops_aten_fused_attention": [
        ("vit_base_patch16", 256, 22_001_483_752),
        ("vit_base_patch16", 512, 87_748_575_208),
        ("deit_base_patch16", 224, 16_864_992_232),
    ],
    # torchprofile 0.1.0 on timm 1.0, fused attention on
    "torchprofile": [
        ("vit_base_patch16", 256, 23_202_319_104),
        ("vit_base_patch16", 512, 107_047_570_176),
        ("deit_base_patch16", 224, 17_567_610_624),
    ],
    # thop 0.1.1 on timm 1.0
    "thop": [
        ("vit_base_patch16", 256, 21_979_969_536),
        ("vit_base_patch16", 512, 87_662_770_176),
        ("deit_base_patch16", 224, 16_848_500_736),
    ],
}

RAVIT_ROWS = [
    claim
    for claim in paper("ravit").claims
    if claim.metric == "flops" and claim.in_table and claim.relation is None and claim.exit_threshold is None
]


def test_every_convention_reproduces_a_number():
    assert REPRODUCED.keys() == conventions().keys()
    assert all(REPRODUCED.values())


@pytest.mark.parametrize(
    ("name", "model", "size", "value"), [(name, *row) for name, rows in REPRODUCED.items() for row in rows]
)
def test_the_number_is_reproduced(name, model, size, value):
    assert convention(name).total(resolve(model).at_size(size).cost()) == value


@pytest.mark.parametrize(
    ("model", "size", "value"),
    [
        ("ravit_cifar10:1-3", 32, 45_817_600),
        ("ravit_tiny_imagenet:2-0-3", 64, 6_020_510_208),
        ("ravit_imagenet:1-1-8", 224, 12_397_857_024),
    ],
)
def test_fvcore_does_not_see_the_antialiased_resize_of_a_ravit(model, size, value):
    # fvcore 0.1.5 on our networks, fused attention off: it has no handler for aten::_upsample_bilinear2d_aa
    assert convention("fvcore").total(resolve(model).at_size(size).cost()) == value


def test_the_ravit_paper_has_13_rows_without_early_exit():
    assert len(RAVIT_ROWS) == 13


@pytest.mark.parametrize("claim", RAVIT_ROWS, ids=lambda claim: claim.id)
def test_every_row_of_the_ravit_paper_without_early_exit_is_reproduced(claim):
    ours = convention("ravit").total(resolve(claim.counted_model).at_size(claim.size).cost())
    figure = printed(claim.digits, claim.unit)
    assert match(ours, figure) in ("exact", "rounded", "truncated")
    # The paper truncates: 83.16672 -> 83.16, 89.99936 -> 89.99, 29.0791 -> 29.07.
    assert ours // figure.step * figure.step == figure.value


@pytest.mark.parametrize("name", conventions())
def test_prices_are_whole_numbers_above_zero_for_known_kinds(name):
    price = convention(name).price
    assert set(price) <= set(KINDS)
    assert all(type(worth) is int and worth > 0 for worth in price.values())


@pytest.mark.parametrize("name", conventions())
def test_a_convention_says_what_it_counts_and_where_it_was_seen(name):
    chosen = convention(name)
    assert chosen.name == name
    assert chosen.doc
    assert chosen.source


@pytest.mark.parametrize("name", conventions())
def test_a_flop_convention_prices_a_mac_at_two_and_a_mac_convention_at_one(name):
    chosen = convention(name)
    assert {chosen.price[kind] for kind in MAC_KINDS if kind in chosen.price} == {2 if chosen.unit == "FLOP" else 1}


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown convention 'flop'; did you mean flops"):
        convention("flop")


def priced(**changes):
    row = {"name": "mine", "unit": "MAC", "doc": "test", "source": "test", "price": {"mac_linear": 1}}
    return Convention(**{**row, **changes})


def test_an_unknown_kind_is_an_error():
    with pytest.raises(EffbenchError, match="'mine' prices unknown kinds: mac_lin"):
        priced(price={"mac_lin": 1})


def test_an_unknown_unit_is_an_error():
    with pytest.raises(EffbenchError, match="'mine' has unit 'GFLOP'; allowed: MAC, FLOP"):
        priced(unit="GFLOP")


@pytest.mark.parametrize("name", [name for name in conventions() if "fused_attention" in name])
def test_not_seeing_fused_attention_is_the_only_difference_to_the_plain_convention(name):
    blind, seeing = convention(name), convention(name.removesuffix("_fused_attention"))
    assert {**blind.price, **dict.fromkeys(ATTENTION_KINDS, 1)} == seeing.price
    assert (blind.include, blind.exclude) == (seeing.include, seeing.exclude)


def test_kinds_without_a_price_are_not_counted():
    # 3 at 1 and 5 at 2; the softmax has no price
    counts = op(mac_linear=3, mac_conv=5, softmax_elem=100)
    assert priced(price={"mac_linear": 1, "mac_conv": 2}).total(counts) == 13


def test_scope_takes_what_is_included_and_not_excluded():
    counts = op(mac_linear=1).at("blocks.0.fc") + op(mac_linear=10).at("head") + op(mac_linear=100).at("blocks.1.head")
    assert priced(include=("blocks.*",)).total(counts) == 101
    assert priced(exclude=("head", "*.head")).total(counts) == 1
    assert priced(include=("blocks.*",), exclude=("*.head",)).total(counts) == 1


def test_parameters_of_excluded_modules_are_out_of_scope():
    counts = op(param=7).at("blocks.0") + op(param=11).at("head")
    assert priced(exclude=("head",)).in_scope(counts).params == 7


@pytest.mark.parametrize("name", ["ci2p", "ci2p_fused_attention"])
@pytest.mark.parametrize("model", ["vit_base_patch16", "ci2p_vit", "ravit_cifar10:1-3", "token_fusion_late"])
def test_a_convention_without_head_sees_none_in_any_family(name, model):
    counts = resolve(model).cost()
    assert any("head" in path for path, _ in counts.items)
    assert not any("head" in path for path, _ in convention(name).in_scope(counts).items)


def test_nothing_costs_nothing():
    assert priced().total(op(act_elem=5)) == 0


def test_calls_are_priced_where_they_are_known_and_kinds_elsewhere():
    tool = Convention(name="t", unit="MAC", doc="d", source="s", price={"mac_linear": 1}, calls={"Linear": 3})
    items, calls = {("fc", "mac_linear"): 5}, {("fc", "Linear"): 7}
    assert [tool.total(OpCounts(items, calls=known)) for known in (None, calls)] == [5, 21]
