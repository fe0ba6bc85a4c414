"""The composite action and the pre-commit hook: their steps run, with every verdict, and no input becomes a script."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from effbench.cli import COMMANDS

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
FAKE = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$2" in check) exit "$CHECK" ;; run) exit "$RUN" ;; esac
"""


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    return yaml.safe_load((ROOT / ".github/actions/effbench-gate/action.yml").read_text(encoding="utf-8"))


@pytest.fixture
def gate(action, tmp_path):
    """``gate(check=1, MODELS="a b")``: the exit code, the calls of effbench, and the outputs."""
    (tmp_path / "effbench").write_text(FAKE)
    (tmp_path / "effbench").chmod(0o755)
    script = next(step["run"] for step in action["runs"]["steps"] if step["name"] == "Gate")

    def run(check: int = 0, run: int = 0, **inputs: str):
        given = {"MODELS": "", "SNAPSHOT": "s.jsonl", "ALLOW_CODE": "false", "BASE": "", **inputs}
        files = {name: str(tmp_path / name.lower()) for name in ("CALLS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        own = {"PATH": f"{tmp_path}:/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "CHECK": str(check), "RUN": str(run)}
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            env={**own, **files, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        return ran, (tmp_path / "calls").read_text().splitlines(), (tmp_path / "github_output").read_text()

    return run


def test_the_exact_gate_runs_alone_unless_there_is_a_base(gate):
    ran, calls, output = gate()
    assert (ran.returncode, output) == (0, "verdict=0\n")
    assert [call.split()[:2] for call in calls] == [["gate", "check"]]
    assert "--allow-code" not in calls[0]


def test_models_and_options_reach_the_commands(gate):
    _, calls, _ = gate(MODELS="ci2p_vit timm/resnet18", ALLOW_CODE="true", BASE="origin/main")
    assert calls[0].startswith("gate check ci2p_vit timm/resnet18 --snapshot s.jsonl --allow-code")
    assert calls[1].startswith("gate run ci2p_vit timm/resnet18 --base origin/main --head HEAD")


@pytest.mark.parametrize(("check", "run", "code"), [(1, 0, 1), (2, 0, 2), (4, 0, 4), (0, 1, 1), (0, 3, 0), (0, 4, 4)])
def test_a_verdict_fails_the_step_or_warns(gate, check, run, code):
    ran, _, output = gate(check, run, BASE="main")
    assert ran.returncode == code
    assert output == f"verdict={check or run}\n"
    assert ("::warning::" in ran.stdout) is (run == 3)


def test_what_comes_in_is_no_script(gate, tmp_path):
    _, calls, _ = gate(MODELS=f"$(touch {tmp_path}/pwned) ; a", BASE="`touch pwned`")
    assert not (tmp_path / "pwned").exists()
    assert "$(touch" in calls[0]


def test_no_input_is_text_of_a_script(action):
    assert all("${{" not in step["run"] for step in action["runs"]["steps"])
    declared = {f"inputs.{name}" for name in action["inputs"]}
    used = re.findall(r"inputs\.[\w-]+", (ROOT / ".github/actions/effbench-gate/action.yml").read_text())
    assert set(used) == declared


def test_the_hook_is_a_command_that_we_have():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    name, group, verb = shlex.split(hook["entry"])
    assert name == "effbench"
    assert verb in import_module(f"effbench.cli.{COMMANDS[group]}").ACTIONS
    assert hook["pass_filenames"] is False
    ran = subprocess.run([sys.executable, "-m", name, group, verb, "--help"], capture_output=True, check=False)
    assert ran.returncode == 0


def test_the_issue_template_asks_for_what_is_needed():
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text(encoding="utf-8"))
    assert any("effbench doctor" in part["attributes"]["label"] for part in form["body"])
    assert all(part["validations"]["required"] for part in form["body"])
