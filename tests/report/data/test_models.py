"""Operations in the page give the prices of Python: also on a machine without a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from effbench.cost.convention import conventions
from effbench.counting.operations import operations
from effbench.gate import snapshot
from effbench.gate.snapshot import Entry, Snapshot, pattern
from effbench.models.registry import named_models, resolve
from effbench.report.data import sizes
from effbench.report.data.models import NOT_COUNTED, model_rows, untallied
from effbench.report.data.sizes import OFFERED, Sizes

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def embedded() -> dict[str, Any]:
    """The data in the committed page."""
    text = (ROOT / "reports" / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def priced(groups: list[Any], convention: dict[str, Any]) -> int:
    """What pricing.js computes."""
    seen = (pairs for _, mask, pairs in groups if mask >> convention["scope"] & 1)
    return sum(convention["price"].get(str(kind), 0) * n for p in seen for kind, n in zip(p[::2], p[1::2], strict=True))


def test_the_committed_page_has_every_model_of_the_registry(embedded: dict[str, Any]) -> None:
    assert [model["name"] for model in embedded["models"]] == named_models()


def test_every_model_size_and_convention_costs_what_its_formula_says(embedded: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in embedded["conventions"]}
    checked = 0
    for model in embedded["models"]:
        for size, found in model["sizes"].items():
            if model["source"] != "analytic":
                continue
            counts = operations(model["name"], int(size)).counts
            for one in conventions().values():
                assert priced(found["groups"], rows[one.name]) == one.total(counts), (model["name"], size, one.name)
                checked += 1
    assert checked > 3000


def test_networks_that_are_counted_cost_what_the_records_say(embedded: dict[str, Any]) -> None:
    """The snapshot at the network's own size, the counts by size at the others."""
    committed, by_size = snapshot.read(ROOT / "baselines" / "exact.jsonl"), sizes.read(ROOT)
    rows = {row["name"]: row for row in embedded["conventions"]}
    counted = [model for model in embedded["models"] if model["source"] == "counted"]
    assert len(counted) > 20
    for model in counted:
        for size, found in model["sizes"].items():
            network = committed.entries[model["name"]].network
            assert network is not None
            own = int(size) == model["size"]
            counts = untallied(network) if own else by_size.counts[model["name"], int(size)]
            for one in conventions().values():
                assert priced(found["groups"], rows[one.name]) == one.total(counts)


def test_the_figure_the_page_is_known_by(embedded: dict[str, Any]) -> None:
    """Table 2 of arXiv:2502.10120 prints 25.762 G; counted like its other columns it would read 28.782 G."""
    rows = {row["name"]: row for row in embedded["conventions"]}
    model = next(one for one in embedded["models"] if one["name"] == "ci2p_vit_ds")
    values = [priced(model["sizes"]["512"]["groups"], rows[n]) for n in ("ci2p_fused_attention", "ci2p")]
    assert [f"{value / 1e9:.3f}" for value in values] == ["25.762", "28.782"]


def test_no_number_is_too_large_for_a_browser(embedded: dict[str, Any]) -> None:
    """Doubles hold whole numbers up to 2^53; prices are at most 5."""
    groups = (g for m in embedded["models"] for size in m["sizes"].values() for g in size["groups"])
    assert max(n for _, _, pairs in groups for n in pairs) * 5 * 100 < 2**53


def test_a_pattern_is_seen_as_the_modules_it_stands_for_are() -> None:
    """Snapshots keep ``blocks.*.attn``; scopes are about names, which a number in a path does not change."""
    for name in ("ci2p_vit_ds", "ravit_imagenet:1-1-8", "token_fusion_layerwise", "exit_vit_tiny:4-8"):
        for path, _ in resolve(name).cost().items:
            for one in conventions().values():
                assert one.sees(pattern(path)) == one.sees(path), (path, one.name)


def test_sizes_that_cannot_be_have_a_reason() -> None:
    known = Snapshot(entries={"resnet50": Entry(size=224)}, whole_registry=False, libraries={"torch": "9.9"})
    rows = {row.name: row for row in model_rows(known, Sizes(absent={("coca_encoder", 224): "a multiple of 18"}))}
    assert rows["pvt_tiny"].sizes == {}
    assert rows["pvt_tiny"].absent["224"] == NOT_COUNTED
    assert rows["coca_encoder"].absent["224"] == "a multiple of 18"
    assert set(rows["vit_base_patch16"].sizes) == {str(size) for size in OFFERED}
    assert rows["resnet50"].sizes == {}  # in the snapshot, and its network not counted
    assert "torch 9.9" in rows["resnet50"].by
