"""Files of Python run if the command line names them, or allows it: never because data does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from effbench.errors import CodeRefused
from effbench.gate import snapshot
from effbench.gate.snapshot import Entry, Snapshot
from effbench.models import plugins
from effbench.models.registry import resolve
from effbench.report.data.profiles import profile_rows

ROOT = Path(__file__).parents[2]

NOTED = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
from effbench.models.families.ravit import FAMILY
from effbench.models.registry import register, resolve
register(FAMILY, {"evil": resolve("ravit_cifar10:1-1,width=8,num_heads=2").spec})
"""
"""A model file that leaves a trace when it is run."""

RECIPE = """
source = "a test"
model = "evil.py"
data = { name = "digits", size = 16 }
"""
AXES = {"grid": "'training.epochs' = [1, 2]", "axis": "model = ['vit_tiny_patch16', 'evil.py']"}


@pytest.fixture
def here(model_file, trained_store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``evil.py`` and with data of every kind that names it; the commands run there."""
    monkeypatch.chdir(tmp_path)
    model_file(NOTED, name="evil.py")
    (tmp_path / "plain.toml").write_text(RECIPE)
    for name, axis in AXES.items():
        (tmp_path / f"{name}.toml").write_text(f"{RECIPE}[sweep]\n{axis}\n")
    entries = {"evil.py": Entry(size=16)}
    snapshot.write(tmp_path / "s.jsonl", Snapshot(entries=entries, whole_registry=False, libraries={}))
    recorded = (ROOT / "baselines" / "throughput.json").read_text()
    (tmp_path / "b.json").write_text(recorded.replace('"model": "vit_tiny_patch16"', '"model": "evil.py"'))
    line = json.loads(trained_store({"1-1": [60]}, model="evil.py:evil:{}").read_text())
    (tmp_path / "run").mkdir()
    result = {key: value for key, value in line.items() if key not in ("cell", "experiment")}
    (tmp_path / "run" / "result.json").write_text(json.dumps(result))
    return tmp_path


OF_DATA = {
    "train plain.toml": "plain.toml",
    "train plain.toml --dry-run": "plain.toml",
    "train plain.toml --set data.size=32 --dry-run": "plain.toml",
    "sweep grid.toml": "grid.toml",
    "sweep grid.toml --dry-run": "grid.toml",
    "sweep grid.toml --status": "grid.toml",
    "sweep axis.toml --dry-run": "axis.toml",
    "gate check --snapshot s.jsonl": "s.jsonl",
    "gate accept --snapshot s.jsonl": "s.jsonl",
    "gate baseline compare --baseline b.json": "b.json",
    "gate baseline record --baseline b.json": "b.json",
    "heatmap --dataset textures --metric accuracy --store results.jsonl": "results.jsonl",
    "heatmap --dataset textures --store results.jsonl": "results.jsonl",
    "heatmap --dataset textures --metric latency --store results.jsonl": "results.jsonl",
    "exits --run run": "run",
}
"""Command -> the file in which it finds the name of the model."""


@pytest.mark.parametrize(("line", "file"), OF_DATA.items())
def test_data_runs_no_code(effbench, here, line, file):
    pytest.importorskip("torch")
    ran = effbench(line)
    assert not (here / "ran").exists()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"effbench: error: {file} names the model evil.py")
    assert "which is Python code: give --allow-code" in ran.err
    assert ran.err.count("\n") == 1
    assert len(ran.err) < 300


@pytest.mark.parametrize(
    "line",
    [
        *(f"{line} --allow-code" for line in OF_DATA if "dry-run" in line),
        "gate check --snapshot s.jsonl --allow-code",
        "heatmap --dataset textures --store results.jsonl --allow-code",
        "exits --run run --allow-code",
        "train plain.toml --dry-run --set model=evil.py",
        "train plain.toml --dry-run --set model='./evil.py:evil'",
        "gate check --snapshot s.jsonl evil.py",
    ],
)
def test_the_command_line_lets_it_run(effbench, here, line):
    pytest.importorskip("torch")
    assert "--allow-code" not in effbench(line).err
    assert (here / "ran").exists()


@pytest.mark.parametrize(
    "line",
    [
        "flops evil.py --sizes",
        *(f"{command} evil.py --size" for command in ("count", "crosscheck", "check", "profile", "roofline")),
        "explain evil.py --value 1G --size",
        "export evil.py --out made --size",
        "exits evil.py --predictions none.npz --size",
        "profile evil.py vit_tiny_patch16 --relative-to vit_tiny_patch16 --size",
        "formula evil.py --convention",
    ],
)
def test_every_command_takes_a_file_that_it_is_given(effbench, here, line):
    """They end at the size, which no model can have, or at the convention, which there is not."""
    pytest.importorskip("torch")
    (here / "none.npz").touch()
    ran = effbench(f"{line} 99999")
    assert ran.code == 2
    assert "--allow-code" not in ran.err
    assert (here / "ran").exists() or line.startswith("formula")


def test_what_one_command_may_run_the_next_one_may_not(effbench, here):
    effbench("flops evil.py")
    ran = effbench("train plain.toml --dry-run")
    assert ran.code == 2
    assert "plain.toml names the model evil.py" in ran.err


def test_another_file_than_the_one_that_was_named_is_refused(effbench, here, model_file):
    model_file(NOTED, name="other.py")
    ran = effbench("gate check --snapshot s.jsonl other.py")
    assert "--allow-code" not in ran.err
    (here / "ran").unlink(missing_ok=True)
    (here / "plain.toml").write_text(RECIPE.replace("evil.py", "sub/../evil.py"))
    (here / "sub").mkdir()
    assert effbench("train plain.toml --dry-run").code == 2
    assert not (here / "ran").exists()


def test_profiles_of_a_checkout_run_no_code(here):
    folder = here / "reports" / "profile"
    folder.mkdir(parents=True)
    record = sorted((ROOT / "reports" / "profile").glob("*.jsonl"))[0].read_text()
    entries = [json.loads(line) for line in record.splitlines()]
    for entry in entries:
        if entry["kind"] == "visit":
            entry["subject"]["model"] = "evil.py"
    (folder / "p.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    with plugins.nothing_allowed(), pytest.raises(CodeRefused, match=r"p\.jsonl names the model evil\.py"):
        profile_rows(here)
    assert not (here / "ran").exists()


def test_whoever_calls_us_is_asked_too(here):
    with plugins.nothing_allowed():
        with pytest.raises(CodeRefused, match=r"the model evil\.py, which is Python code"):
            resolve("evil.py")
        plugins.allow("evil.py")
        assert resolve("./evil.py:evil").name == "evil"


@pytest.mark.parametrize(
    ("line", "goes_with"),
    [
        ("exits ravit_cifar10:1-1 --predictions none.npz --allow-code", "--run"),
        ("heatmap --dataset cifar10 --allow-code", "--store"),
    ],
)
def test_where_no_data_names_a_model_nothing_is_allowed(effbench, here, line, goes_with):
    pytest.importorskip("torch")
    (here / "none.npz").touch()
    ran = effbench(line)
    assert ran.code == 2
    assert goes_with in ran.err
