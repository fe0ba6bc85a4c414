"""Workflow and guide of the gate: YAML as GitHub reads it, pinned actions, commands we have, an example that runs."""

from __future__ import annotations

import math
import re
import shlex
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from effbench.cli import COMMANDS
from effbench.cli.parser import Parser

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "effbench.yml"
GUIDE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
PINNED = re.compile(r"[\w.-]+/[\w.-]+@v\d+")
DANGEROUS = re.compile(r"\$\{\{\s*(github\.(event|head_ref|base_ref|ref_name)|inputs|matrix)")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def commands(text: str) -> list[list[str]]:
    """The ``effbench`` commands of a shell script, as words; redirections and what follows ``||`` are cut off."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["effbench"]:
            ends = [i for i, word in enumerate(words) if word in ("||", ">>", ">", "|")]
            found.append(words[1 : min(ends, default=len(words))])
    return found


def parse(words: list[str], folder: Path) -> None:
    """Raise unless the command exists and takes these options."""
    words = [word.replace("$RUNNER_TEMP", str(folder)).replace("$GITHUB_BASE_REF", "main") for word in words]
    command = import_module(f"effbench.cli.{COMMANDS[words[0]]}")
    name, rest = words[0], words[1:]
    if hasattr(command, "ACTIONS"):
        command, name, rest = (
            import_module(f"{command.__name__}.{command.ACTIONS[rest[0]]}"),
            " ".join(words[:2]),
            rest[1:],
        )
    parser = Parser(name, command.SUMMARY, command.EXAMPLES)
    command.configure(parser)
    parser.parse_args(rest)


def test_it_runs_on_pushes_and_pull_requests_with_no_rights_but_reading(workflow):
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML 1.1 reads the key ``on`` as true
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow["jobs"]) == {"tests", "reports", "exact", "timing"}
    assert workflow["jobs"]["timing"]["if"] == "github.event_name == 'pull_request'"
    assert "if" not in workflow["jobs"]["exact"]


def test_actions_are_pinned_by_major_version(workflow):
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert len(used) >= 8
    assert [name for name in used if not PINNED.fullmatch(name)] == []


def test_the_timing_gate_has_the_full_history_and_keeps_its_data(workflow):
    timing = workflow["jobs"]["timing"]["steps"]
    assert timing[0]["with"]["fetch-depth"] == 0
    [upload] = [step for step in timing if step.get("uses", "").startswith("actions/upload-artifact")]
    assert upload["if"] == "always()"
    assert "gate.jsonl" in upload["with"]["path"]


def test_nothing_that_others_name_reaches_a_shell(workflow):
    """Branch names and the like come in as variables of the environment, never as text of the script."""
    assert [step["run"] for step in steps(workflow) if DANGEROUS.search(step.get("run", ""))] == []


def test_every_command_is_one_we_have(workflow, tmp_path):
    found = [words for step in steps(workflow) for words in commands(step.get("run", ""))]
    assert [" ".join(words[:2]) for words in found] == ["gate check", "gate calibrate", "gate run"]
    for words in found:
        parse(words, tmp_path)


def test_a_command_that_is_cut_out_keeps_its_options():
    text = 'code=0\neffbench gate run --base "a b" \\\n  --out x || code=$?\necho effbench gate'
    assert commands(text) == [["gate", "run", "--base", "a b", "--out", "x"]]


def test_a_regression_fails_the_job_and_an_open_question_warns(workflow):
    [run] = [step["run"] for step in steps(workflow) if "gate run" in step.get("run", "")]
    for code, expected in {0: 0, 1: 1, 2: 2, 3: 0, 4: 4}.items():
        script = f"effbench() {{ return {code}; }}\n{run}"
        environment = {"RUNNER_TEMP": "/nowhere", "GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": "/dev/null"}
        ran = subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == expected
        assert ("::warning::" in ran.stdout) is (code == 3)


def blocks(language: str) -> list[str]:
    """Fenced blocks of the guide."""
    return [found["text"] for found in BLOCK.finditer(GUIDE) if found["language"] == language]


def test_the_guide_shows_commands_we_have(tmp_path):
    scripts = [
        *blocks("sh"),
        *(step["run"] for text in blocks("yaml") for step in steps(yaml.safe_load(text)) if "run" in step),
    ]
    found = [words for script in scripts for words in commands(script)]
    assert {words[1] for words in found if words[0] == "gate"} == {
        "accept",
        "check",
        "calibrate",
        "run",
        "read",
        "baseline",
    }
    for words in found:
        parse(words, tmp_path)


def test_the_guides_workflow_pins_its_actions_too():
    [text] = blocks("yaml")
    used = [step["uses"] for step in steps(yaml.safe_load(text)) if "uses" in step]
    assert len(used) == 3
    assert all(PINNED.fullmatch(name) for name in used)


def test_the_guides_model_file_passes_its_checks(model_file):
    pytest.importorskip("torch")
    from effbench.counting.check import run_checks
    from effbench.models.registry import resolve

    [text] = blocks("python")
    model = resolve(str(model_file(text, name="my_model.py")))
    found = {row.check: row.ok for row in run_checks(model, cpu=True)}
    assert False not in found.values()
    assert True in found.values()


def test_the_guides_table_of_the_baseline_is_computed():
    """Each committed recording against the others, a slow-down added to its log ratios."""
    pytest.importorskip("scipy")
    from effbench.gate import baseline

    stored = baseline.load(ROOT / baseline.PLACE)
    for percent in (0, 5, 10, 15, 20, 25):
        rows = [
            row
            for i, each in enumerate(stored)
            for row in baseline.compare([*stored[:i], *stored[i + 1 :]], [slowed(each, percent)])
        ]
        counts = [sum(row.verdict == word for row in rows) for word in ("PASS", "INCONCLUSIVE", "FAIL")]
        assert f"| {percent} % | {counts[0]} | {counts[1]} | {counts[2]} |" in GUIDE


def test_the_guides_table_of_spreads_is_computed():
    from effbench.gate import baseline
    from effbench.gate.overview import overview

    for row in overview(baseline.load(ROOT / baseline.PLACE)):
        cells = f"| {row.relative:.3f} | {100 * row.between:.1f} % | {100 * row.within:.1f} % |"
        assert cells in GUIDE


def slowed(recording: dict[str, Any], percent: int) -> dict[str, Any]:
    """The recording with that much added to every ratio of every model."""
    models = {}
    for label, model in recording["models"].items():
        ratios = {
            kernel: {clock: [value + math.log1p(percent / 100) for value in values] for clock, values in clocks.items()}
            for kernel, clocks in model["log_ratios"].items()
        }
        models[label] = {**model, "log_ratios": ratios}
    return {**recording, "models": models}
