"""The snapshot file: one line a model, the same bytes for the same facts, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.cost.counts import OpCounts
from effbench.errors import EffbenchError
from effbench.gate.snapshot import Entry, Snapshot, pattern, read, tally, write

COUNTS = OpCounts(
    {("blocks.0.fc", "mac_linear"): 6, ("blocks.1.fc", "mac_linear"): 8, ("", "param"): 3, ("x", "act_elem"): 0}
)


def entry(counts: OpCounts = COUNTS, **more) -> Entry:
    return Entry(
        **{"size": 32, "formula": tally(counts), "network": tally(counts), "operators": {"aten.mm": 2}, **more}
    )


def snapshot(**entries: Entry) -> Snapshot:
    return Snapshot(entries=entries, whole_registry=False, libraries={"torch": "2.9.0", "timm": None})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("blocks.0.attn.qkv", "blocks.*.attn.qkv"),
        ("blocks.11.attn.qkv", "blocks.*.attn.qkv"),
        ("stages.2.3", "stages.*.*"),
        ("layer1.0.conv1", "layer1.*.conv1"),
        ("head", "head"),
        ("", ""),
    ],
)
def test_numbered_modules_share_a_pattern(path, wanted):
    assert pattern(path) == wanted


# 6 + 8 in two blocks; what is zero is left out.
def test_a_tally_sums_over_numbered_modules():
    found = tally(COUNTS)
    assert found.modules == {"blocks.*.fc": {"mac_linear": 14}, "": {"param": 3}}
    assert found.kinds() == {"mac_linear": 14, "param": 3}


def test_the_digest_sees_what_the_sums_hide():
    moved = OpCounts({**COUNTS.items, ("blocks.0.fc", "mac_linear"): 8, ("blocks.1.fc", "mac_linear"): 6})
    assert tally(moved).modules == tally(COUNTS).modules
    assert tally(moved).digest != tally(COUNTS).digest


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["", "a", "a.0", "a.1", "a.0.b", "b.10"]), st.sampled_from(["mac_linear", "param"])),
        st.integers(0, 10**15),
    )
)
def test_order_and_zeros_change_no_tally_and_nothing_is_lost(items):
    backwards = OpCounts(dict(reversed(items.items())))
    found = tally(OpCounts(items))
    assert found == tally(backwards) == tally(OpCounts({key: n for key, n in items.items() if n}))
    assert sum(found.kinds().values()) == sum(items.values())


def test_what_is_written_is_read_again(tmp_path):
    kept = snapshot(
        two=entry(network=None, operators={}),
        one=entry(predicted={"parameters": 12}, uncounted={"aten.odd": 1}),
        other=entry(network=tally(OpCounts({("", "param"): 4}))),
        none=Entry(size=8),
    )
    write(tmp_path / "s.jsonl", kept)
    assert read(tmp_path / "s.jsonl") == kept


def test_the_bytes_depend_on_no_order(tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    write(one, snapshot(a=entry(operators={"x": 1, "y": 2}), b=entry()))
    write(two, snapshot(b=entry(), a=entry(operators={"y": 2, "x": 1})))
    assert one.read_bytes() == two.read_bytes()
    lines = one.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line).get("model") for line in lines] == [None, "a", "b"]


def test_a_network_that_counts_as_its_formula_is_written_once(tmp_path):
    write(tmp_path / "s", snapshot(a=entry()))
    line = json.loads((tmp_path / "s").read_text(encoding="utf-8").splitlines()[1])
    assert line["network"] == "formula"
    assert line["formula"]["kinds"] == {"mac_linear": 14, "param": 3}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [], "is not an effbench snapshot"),
        (lambda lines: lines[1:], "is not an effbench snapshot"),
        (lambda lines: [lines[0].replace(":1", ":2", 1), *lines[1:]], "is not an effbench snapshot"),
        (lambda lines: [lines[0], "oops"], "line 2 is not a JSON object"),
        (lambda lines: [lines[0], "[]"], "line 2 is not a JSON object"),
        (lambda lines: [lines[0], lines[1][:-20]], "line 2 is not a JSON object"),
        (lambda lines: [*lines, lines[1]], "line 3: a stands there twice"),
        (lambda lines: [lines[0], '{"model": "a"}'], "line 2 is not a model of a snapshot"),
        (lambda lines: [lines[0], lines[1].replace('"aten.mm":2', '"aten.mm":"2"')], "not a whole number"),
        (lambda lines: [lines[0], lines[1].replace('"mac_linear":14', '"mac_linear":15', 1)], "kinds are not the sums"),
    ],
)
def test_a_file_that_is_no_snapshot_is_refused(tmp_path, change, said):
    path = tmp_path / "s"
    write(path, snapshot(a=entry()))
    path.write_text("\n".join(change(path.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    with pytest.raises(EffbenchError, match=said):
        read(path)


def test_no_file_says_what_makes_one(tmp_path):
    with pytest.raises(EffbenchError, match="effbench gate accept"):
        read(tmp_path / "s")
    with pytest.raises(EffbenchError, match="cannot read"):
        read(tmp_path)
    (tmp_path / "b").write_bytes(b"\xff\xfe")
    with pytest.raises(EffbenchError, match="cannot read"):
        read(tmp_path / "b")
