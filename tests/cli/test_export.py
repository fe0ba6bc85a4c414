"""``effbench export``: the table, the folder, weights and policy, bad input."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from effbench.cli import main  # noqa: E402 - after the check for torch
from effbench.early_exit.export import ExportedStage  # noqa: E402
from effbench.early_exit.policy import Policy  # noqa: E402
from effbench.early_exit.runner import Runner  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402

MODEL = "ravit_cifar10:1-1,width=16,num_heads=2"


def test_a_trained_network_with_its_policy(tmp_path, capsys):
    torch.manual_seed(7)
    trained, policy = resolve(MODEL).build().eval(), Policy(score="margin", thresholds=(2.0,))  # nobody leaves
    torch.save(trained.state_dict(), tmp_path / "w.pt")
    (tmp_path / "policy.json").write_text(policy.as_json())
    out = tmp_path / "out"
    given = ["--weights", str(tmp_path / "w.pt"), "--policy", str(tmp_path / "policy.json")]
    assert main(["export", MODEL, "--out", str(out), *given, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["exit"], row["file"]) for row in rows] == [(1, "stage_1.onnx"), (2, "stage_2.onnx")]
    assert [row["bytes"] for row in rows] == [(out / row["file"]).stat().st_size for row in rows]
    assert all(row["max_abs_diff"] < 1e-4 for row in rows)
    runner, images = Runner(out), torch.rand(2, 3, 32, 32)
    assert runner.policy == policy
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(runner(images.numpy()).logits), trained(images)[1])


@pytest.mark.parametrize(("difference", "said", "code"), [(9e-5, "below 0.0001", 0), (2e-4, "NOT below 0.0001", 1)])
def test_the_table_says_what_it_compared(tmp_path, monkeypatch, capsys, difference, said, code):
    row = ExportedStage(model=MODEL, exit=1, file="stage_1.onnx", bytes=12345, max_abs_diff=difference)
    monkeypatch.setattr("effbench.early_exit.export.export_model", lambda *given: [row])
    assert main(["export", MODEL, "--out", str(tmp_path / "out")]) == code
    text = capsys.readouterr().out
    assert ["1", "stage_1.onnx", "12,345", f"{difference:.2g}"] in [line.split() for line in text.splitlines()]
    assert f"{said} at every exit" in text
    assert "Weights: random. Policy: none, the runner must be given one." in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vit_cifar10:1", "--out", "new"], "VisionTransformer has no early exits"),
        (["ravit_cifar10", "--out", "new"], "ravit_cifar10 needs layers after a colon"),
        ([MODEL, "--out", "."], ". exists: an export needs a folder of its own"),
        ([MODEL, "--out", "missing/new"], "cannot write to "),
        ([MODEL, "--out", "new", "--size", "30"], "image size must be a multiple of 4, got 30"),
        ([MODEL, "--out", "new", "--policy", "missing.json"], "policy missing.json cannot be read: No such file"),
        ([MODEL, "--out", "new", "--policy", "bad.json"], "a policy must be JSON"),
        ([MODEL, "--out", "new", "--policy", "three.json"], "a network of 2 exits needs 1 thresholds"),
        ([MODEL, "--out", "new", "--weights", "missing.pt"], "weights missing.pt cannot be read: No such file"),
        ([MODEL, "--out", "new", "--weights", "bad.json"], "bad.json holds no weights"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "three.json").write_text(Policy(score="entropy", thresholds=(1.0, 2.0)).as_json())
    before = sorted(tmp_path.iterdir())
    assert main(["export", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
