"""``effbench atlas``, on timm's smallest networks."""

from __future__ import annotations

import csv
import io
import json

import pytest

TINY = "atlas --models test_vit test_vit.r160_in1k test_resnet --jobs 1"
HEAD = (
    "model,infer_img_size,infer_samples_per_sec,infer_step_time,infer_batch_size,param_count,infer_gmacs,infer_macts\n"
)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Networks are counted here: a process of their own, which takes seconds to start, has tests of its own."""
    pytest.importorskip("torch")
    pytest.importorskip("timm")
    from effbench.counting.atlas import gather, worker

    class Here:
        def ask(self, request, limit):
            return json.loads(json.dumps(worker.facts_of(**request).plain()))

        def close(self):
            """Nothing to end."""

    monkeypatch.setattr(gather, "open_worker", Here)


def rows_of(path):
    """The table that was written."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_every_name_has_a_row_and_pytorch_agrees(effbench):
    ran = effbench(f"{TINY} --verify --format json")
    assert ran.code == 0
    assert [(row["model"], row["torch"]) for row in ran.json] == [
        ("test_resnet", "equal"),
        ("test_vit", "equal"),
        ("test_vit.r160_in1k", "equal"),
    ]


def test_the_table_and_its_page_are_files_and_the_journal_is_gone(effbench, tmp_path):
    out = tmp_path / "atlas.csv"
    ran = effbench(f"{TINY} --verify --out", out)
    assert (ran.code, ran.out) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["atlas.csv", "atlas.md"]
    assert [row["model"] for row in rows_of(out)] == ["test_resnet", "test_vit", "test_vit.r160_in1k"]
    text = (tmp_path / "atlas.md").read_text(encoding="utf-8")
    assert "for 3 of 3 names" in text
    assert "2 distinct networks" in text


def test_a_stopped_run_is_resumed_or_begun_anew(effbench, tmp_path):
    from effbench.counting.atlas.gather import versions, wanted
    from effbench.files import journal

    out, kept = tmp_path / "atlas.csv", tmp_path / "atlas.jsonl"
    facts = {"kinds": {"param": 7}, "totals": {}, "activations": 1, "uncounted": {}, "torch": None}
    journal.append(kept, {"key": wanted("test_vit").key, "versions": versions(), **facts})
    assert effbench("atlas --models test_vit --resume --out", out).code == 0
    assert rows_of(out)[0]["params"] == "7"
    journal.append(kept, {"key": wanted("test_vit").key, "versions": versions(), **facts})
    assert effbench("atlas --models test_vit --jobs 1 --out", out).code == 0
    assert rows_of(out)[0]["params"] != "7"


def test_a_disagreement_with_pytorch_is_exit_code_1(effbench, tmp_path):
    from effbench.counting.atlas.gather import versions, wanted
    from effbench.files import journal

    facts = {"kinds": {"mac_conv": 7}, "totals": {}, "activations": 1, "uncounted": {}, "torch": [8, 0]}
    journal.append(tmp_path / "atlas.jsonl", {"key": wanted("test_vit").key, "versions": versions(), **facts})
    assert effbench("atlas --models test_vit --verify --resume --out", tmp_path / "atlas.csv").code == 1
    assert "convolutions -1" in (tmp_path / "atlas.md").read_text(encoding="utf-8")


def test_published_results_are_set_against_ours(effbench, tmp_path):
    # As timm prints them for test_vit and test_resnet at 160²; the third line is made up.
    path = tmp_path / "benchmark-infer.csv"
    path.write_text(HEAD + "test_vit,160,1,1,1024,0.37,0.04,0.48\ntest_vit,160,1,1,1024,0.37,9.99,0.48\n")
    ran = effbench("atlas --jobs 1 --against", path, "--format", "json")
    assert [(row["quantity"], row["verdict"]) for row in ran.json] == [("macs", "disagrees")]
    every = effbench("atlas --jobs 1 --all --against", path, "--format", "json").json
    assert [row["verdict"] for row in every] == ["agrees"] * 4 + ["disagrees", "agrees"]
