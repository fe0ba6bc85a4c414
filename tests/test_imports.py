"""What a command imports: nothing heavy. Every command is asked for its help in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import import_module, resources

import pytest

from effbench.claims.load import papers
from effbench.cli import COMMANDS

HEAVY = ("torch", "torchvision", "timm", "numpy", "pandas", "matplotlib", "seaborn", "sympy")

SCRIPT = """
import json, sys
from effbench.cli import main
try:
    code = main(json.loads(sys.argv[1]))
except SystemExit as stop:
    code = stop.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
raise SystemExit(code)
"""


def run(*argv: str) -> tuple[str, list[str]]:
    """(standard output, heavy modules imported) of a command that must succeed, in a fresh process."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(argv)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, [name for name in HEAVY if name in json.loads(ran.stderr)]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_quick_and_has_its_examples(command):
    module = import_module(f"effbench.cli.{COMMANDS[command]}")
    out, heavy = run(command, "--help")
    assert heavy == []
    assert out.startswith(f"usage: effbench {command}")
    assert f"examples:\n{module.EXAMPLES}" in out
    assert f"  effbench {command}" in module.EXAMPLES


@pytest.mark.parametrize(
    "line",
    [
        "flops --sizes 256",
        "flops vit_base_patch16 --by module",
        "explain ci2p_vit --value 8.477G",
        "list",
        "claims --paper ravit --format json",
        "heatmap --dataset cifar10 --max-layers 2",
        "heatmap --dataset textures",
    ],
)
def test_counting_needs_no_heavy_package(line):
    out, heavy = run(*line.split())
    assert heavy == []
    assert out


def test_counts_that_were_kept_need_no_heavy_package():
    """Networks without a formula are counted once, with PyTorch if it is there; from then on their counts are read."""
    first, _ = run("claims", "--quiet", "--format", "json")
    second, heavy = run("claims", "--quiet", "--format", "json")
    assert heavy == []
    assert second == first


def test_the_doctor_asks_another_process_for_what_is_heavy():
    out, heavy = run("doctor", "--format", "json")
    assert heavy == []
    assert {"machine", "load", "PyTorch", "cache", "locks"} <= {row["check"] for row in json.loads(out)}


def test_the_overview_lists_every_command_with_its_summary():
    out, heavy = run("--help")
    assert heavy == []
    lines = [line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  ")]
    assert lines == [[name, import_module(f"effbench.cli.{file}").SUMMARY] for name, file in COMMANDS.items()]


def test_one_command_imports_no_other():
    command = [sys.executable, "-c", SCRIPT.replace('.partition(".")[0]', ""), json.dumps(["flops", "--sizes", "256"])]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    found = {name for name in json.loads(ran.stderr) if name.startswith("effbench.cli.")}
    shared = {f"effbench.cli.{name}" for name in ("defaults", "manner", "naming", "parser", "paths")}
    assert found == {"effbench.cli.flops", *shared}


@pytest.mark.parametrize(
    ("package", "file"),
    [
        ("effbench.cost", "conventions.toml"),
        ("effbench.training.data", "catalogue.toml"),
        *(("effbench.claims", f"{one.key}.toml") for one in papers()),
    ],
)
def test_data_files_are_found_where_the_package_is_installed(package, file):
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    assert tomllib.loads(text)


def test_the_package_says_that_it_is_typed():
    assert resources.files("effbench").joinpath("py.typed").is_file()
