from __future__ import annotations

from pathlib import Path

import pytest

from effbench.cost.convention import conventions
from effbench.cost.counts import OpCounts
from effbench.counting.operations import operations
from effbench.errors import EffbenchError
from effbench.gate import snapshot
from effbench.models.registry import named_models, resolve
from effbench.report.data.models import untallied
from effbench.report.data.sizes import FILE, OFFERED, read, without_numbers

ROOT = Path(__file__).parents[3]
OF_KINDS = [one for one in conventions().values() if one.price]


def test_every_network_without_a_formula_is_there_at_every_size() -> None:
    found = read(ROOT)
    wanted = {(name, size) for name in named_models() if not resolve(name).has_formula for size in OFFERED}
    assert set(found.counts) | set(found.absent) == wanted
    assert {name for name, _ in found.absent} == {"coca_encoder"}  # patches of 18 pixels


def test_where_a_size_is_the_model_s_own_the_snapshot_says_the_same() -> None:
    committed = snapshot.read(ROOT / "baselines" / "exact.jsonl")
    checked = 0
    for (name, size), counts in read(ROOT).counts.items():
        entry = committed.entries[name]
        if entry.size == size and entry.network is not None:
            network = untallied(entry.network)
            assert all(one.total(counts) == one.total(network) for one in OF_KINDS)
            checked += 1
    assert checked > 15


@pytest.mark.parametrize(("name", "size"), [("resnet50", 384), ("pvt_tiny", 256)])
def test_a_count_made_now_is_the_one_kept(name: str, size: int) -> None:
    pytest.importorskip("timm", reason="the network is counted")
    counts = OpCounts(operations(name, size).counts.items)  # the file has no calls: the page prices kinds
    kept = read(ROOT).counts[name, size]
    for one in OF_KINDS:
        assert one.total(kept) == one.total(counts)
        assert one.in_scope(kept).params == one.in_scope(counts).params


def test_no_convention_asks_for_the_numbers_in_a_path() -> None:
    for name in ("ci2p_vit_ds", "ravit_imagenet:1-1-8"):
        for path, _ in resolve(name).cost().items:
            assert all(one.sees(without_numbers(path)) == one.sees(path) for one in conventions().values())
    assert without_numbers("stages.0.conv1") == "stages.*.conv*"


def test_a_checkout_without_the_file_has_none(tmp_path: Path) -> None:
    assert read(tmp_path).counts == {}


@pytest.mark.parametrize("line", ['{"model": "resnet50"}', '{"model": 1, "size": "x"}', "[]", "no json"])
def test_a_broken_file_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(f'{{"libraries": {{}}}}\n{line}\n', encoding="utf-8")
    with pytest.raises(EffbenchError, match=r"sizes\.jsonl"):
        read(tmp_path)
