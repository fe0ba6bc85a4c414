"""The scripts with which shells complete command lines."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from effbench.cli import COMMANDS
from effbench.cli.completion import SHELLS


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_every_command_and_its_options(effbench, shell):
    pytest.importorskip("shtab")
    code, out, err = effbench("--print-completion", shell)
    assert (code, err) == (0, "")
    assert all(command in out for command in COMMANDS)
    assert "convention" in out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=out, text=True, check=True)


def test_bash_completes_commands_options_and_choices():
    pytest.importorskip("shtab")
    if not shutil.which("bash"):
        pytest.skip("no bash")
    script = """
eval "$(python3 -m effbench --print-completion bash)"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _shtab_effbench; echo "${COMPREPLY[@]}"; }
ask effbench fl; ask effbench flops --conv; ask effbench flops --format js; ask effbench gate ac
"""
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["flops", "--convention", "json jsonl", "accept"], ran.stderr


@pytest.mark.parametrize(("words", "said"), [("", "takes one shell: bash, zsh, fish"), ("fsh", "did you mean fish")])
def test_another_shell_is_one_line(effbench, words, said):
    code, _, err = effbench(f"--print-completion {words}")
    assert code == 2
    assert said in err


def test_names_are_registered_ones_and_timms(effbench):
    names = effbench("--print-names").out.split()
    assert {"ci2p_vit", "timm/resnet18"} <= {*names}
