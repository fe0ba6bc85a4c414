"""Options that change nothing beside the others are refused, however the command would end."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

LINES = {
    "profile vit_cifar10:1 --sets 2": "--sets has no effect without --relative-to",
    "profile vit_cifar10:1 --rounds 10": "--rounds has no effect without --relative-to",
    "profile vit_cifar10:1 vit_cifar10:2 --relative-to vit_cifar10:1 --samples 9": "--samples has no effect with",
    "profile vit_cifar10:1 vit_cifar10:2 --relative-to vit_cifar10:1 --seconds=1": "--seconds has no effect with",
    "gate baseline record vit_cifar10:1 --margin 5%": "--margin has no effect with record",
    "predict resnet50 --machine rtx3090 --threads 2": "--threads has no effect without --machine here or --calibrate",
    "predict resnet50 --machine rtx3090 --clock wall": "--clock has no effect without --machine here",
    "predict --machines --threads 2": "--threads has no effect",
    "sweep ravit_digits_sweep --status --retry-failed": "--retry-failed has no effect with --status",
    "sweep ravit_digits_sweep --status --dry-run": "--dry-run has no effect with --status",
    "sweep ravit_digits_sweep --status --order=costliest": "--order has no effect with --status",
    "search --max-macs 1G --threads 2": "--threads has no effect without --machine here",
    "search --max-macs 1G --machine rtx3090 --finalists 2": "--finalists has no effect without --machine here",
    "claims --page p.md --format json": "--format has no effect with --page",
    "claims --page p.md --all": "--all has no effect with --page",
    "report --out r --only tables --recount": "--recount has no effect with --only tables",
    "atlas resnet18 --all": "--all has no effect without --against",
    "flops vit_base_patch16 --label a": "--label has no effect on --format table",
    "flops vit_base_patch16 --caption a --format json": "--caption has no effect on --format json",
    "exits --predictions p.npz --cost-per-exit 1 2 --delta 0.05": "--delta has no effect without --max-loss",
}


@pytest.mark.parametrize("line", LINES)
def test_an_option_without_effect_is_refused(effbench, tmp_path, monkeypatch, line):
    if not line.startswith("sweep"):
        monkeypatch.chdir(tmp_path)
    (tmp_path / "p.npz").touch()
    ran = effbench(line)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"effbench: error: {LINES[line]}")


def test_one_that_a_project_s_file_sets_is_no_error(effbench, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.effbench]\nthreads = 2\n")
    assert effbench("predict resnet50 --machine rtx3090").code == 0


@pytest.mark.parametrize("command", ["count", "flops", "crosscheck", "roofline", "profile", "predict"])
@pytest.mark.parametrize("choice", ["--sort=-nothing", "--columns nothing"])
def test_an_unknown_column_is_told_before_a_network_is_built(effbench, tmp_path, command, choice):
    net = tmp_path / "net.py"
    net.write_text("def build():\n    raise ValueError('it was built')\n")
    ran = effbench(f"{command} {net}:build {choice}")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown column 'nothing'" in ran.err


def test_an_unknown_column_is_told_before_anything_is_trained(effbench, tmp_path):
    ran = effbench("sweep ravit_digits_sweep --sort nothing --out", tmp_path / "out")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown column 'nothing'; did you mean training?" in ran.err
    assert not (tmp_path / "out").exists()
