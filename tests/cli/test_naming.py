"""Models named by patterns, on standard input, and by what one remembers of a name."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest


def models(ran):
    return [row["model"] for row in ran.json]


def test_a_pattern_names_all_that_match(effbench):
    assert models(effbench("flops deit_*_patch16 --format json")) == [
        "deit_tiny_patch16",
        "deit_small_patch16",
        "deit_base_patch16",
    ]


def test_timms_names_match_without_torch():
    script = "import sys\nfrom effbench.cli import main\nmain(sys.argv[1:])\nassert 'torch' not in sys.modules"
    command = [sys.executable, "-c", script, "flops", "timm/deit3_s*", "--columns", "model", "--format", "csv"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [line.partition(",")[0] for line in ran.stdout.splitlines()[1:]]
    assert found == ["timm/deit3_small_patch16_224", "timm/deit3_small_patch16_384"]


def test_tags_match_where_a_point_is_typed(effbench):
    found = models(effbench("flops timm/deit3_small_patch16_224.* --format json"))
    assert found
    assert all("." in name for name in found)


def test_names_come_from_standard_input(effbench, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("ci2p_vit\n\n# no\nvit_base_patch16  # yes\n"))
    assert models(effbench("flops - --format json")) == ["ci2p_vit", "vit_base_patch16"]


@pytest.mark.parametrize(
    ("typed", "given", "said"),
    [
        ("flops -", "", "no names of models on standard input"),
        ("flops zzz_*", "", "no model matches 'zzz_*'"),
        ("check deit_*", "", "deit_* names 3 models"),
        ("flops -", "mine.py", "which is Python code"),
    ],
)
def test_what_names_nothing_is_one_line(effbench, monkeypatch, tmp_path, typed, given, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("raise SystemExit('was run')")
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    code, out, err = effbench(typed)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
