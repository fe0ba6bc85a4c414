"""Every command of the README and of the site runs, in a folder like the reader's: in the order of its page.

What takes minutes is shortened by options given after the reader's own (``SHORTER``); nothing is left out but what
``NOT_OURS`` names: installations, which the test command itself is, and other programs.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import pages  # beside this file, which pytest imports without a package
import warm

from effbench.training.data.catalogue import dataset

pytest.importorskip("torch")
pytest.importorskip("scipy")

SHORTER = {
    "effbench profile": "--batch 1 --processes 1 --samples 1 --seconds 0.01",
    "effbench profile --size": "--size 64 --batch 1 --processes 1 --samples 1 --seconds 0.01",
    "effbench profile --relative-to": "--batch 1 --sets 1 --rounds 1",
    "effbench profile --relative-to --size": "--size 64 --batch 1 --sets 1 --rounds 1",
    "effbench roofline": "--size 64 --batch 1 --samples 1",
    "effbench roofline --input": "--samples 1",
    "effbench gate calibrate": "--pairs 12 --rounds 1",
    "effbench gate run": "--looks 3 --rounds 1 my_model.py",
    "effbench gate run my_model.py": "--looks 3 --rounds 1",
    "effbench gate baseline record": "--recordings 1 --workers 1 --rounds 1",
    "effbench gate baseline record --replace": "--recordings 1 --workers 1 --rounds 1 my_model.py",
    "effbench gate baseline compare": "--workers 1 --rounds 1 ravit_cifar10:1-3",
    "effbench train": "--epochs 1",
    "effbench train --data": "--device cpu --dry-run",
    "effbench train ravit_digits": "--epochs 12",
    "effbench train ravit_digits --set": "--epochs 3",
    "effbench sweep": "--limit 2",
    "effbench sweep --data": "--device cpu --dry-run",
    "effbench report": "--only tables",
}
"""Words of a command -> options that make it short; of several rules that fit the longest counts."""

NOT_OURS = ("python -m pip", "bencher ", "pytest")
ALLOWED = {
    "effbench gate run": (0, 1, 3),
    "effbench gate baseline compare": (0, 1, 3),
    "effbench gate read": (0, 3),
}
"""Commands whose exit code is a verdict on the machine, not on the command."""

ONCE = ("effbench profile", "effbench roofline", "effbench gate calibrate", "effbench gate run")
"""Beginnings of commands that leave nothing to the next one: each is run once, whatever stands beside it."""

CALIBRATED = """
from effbench.gate import calibration
from effbench.processes.environment import machine
from effbench.profiling.worker.job import Job

setting = calibration.setting_of(Job(model="my_model.py", batch=8))
ratios = {clock: [0.001 * (pair % 3 - 1) for pair in range(11)] for clock in ("cpu", "wall")}
calibration.keep(calibration.Calibration(machine().machine, {setting: ratios}, [5.0] * 11))
"""
"""What an earlier run of the page's calibration left: the test measures the twelfth pair."""

BENCHMARK = """
def test_sum(benchmark):
    benchmark(sum, range(100))
"""


def commands() -> dict[Path, list[str]]:
    """Page -> its commands of ours, in order."""
    seen: set[str] = set()
    found: dict[Path, list[str]] = {}
    for page, command in pages.shell_commands():
        ours = command.rpartition(" && ")[2]
        if not ours.startswith(NOT_OURS) and not (ours in seen and ours.startswith(ONCE)):
            seen.add(ours)
            found.setdefault(page, []).append(ours)
    return found


def shortened(command: str) -> str:
    """The command as the test runs it."""
    words = command.split()
    fitting = [(rule, extra) for rule, extra in SHORTER.items() if set(rule.split()) <= set(words)]
    extra = max(fitting, key=lambda rule: len(rule[0]))[1].split() if fitting else []
    return " ".join([*without(words, {word for word in extra if word.startswith("--")}), *extra])


def without(words: list[str], options: set[str]) -> list[str]:
    """Words of a command less some options and their values: ``--set`` is given again and again, and stays."""
    kept, dropping = [], False
    for word in words:
        dropping = word in options - {"--model"} if word.startswith("-") else dropping
        kept += [] if dropping else [word]
    return kept


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    scripts = str(Path(sys.executable).parent)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "EFFBENCH_CACHE": str(folder.parent / "cache"),
        **warm.ALIKE,
    }
    program, *arguments = shlex.split(command)
    if program == "effbench":
        return warm.run(arguments, folder, environment)
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False, env=environment, timeout=600
    )


def reader_folder(folder: Path) -> Path:
    """A reader's repository: this one's data, the files the pages give, a main branch and two tags."""
    for name in ("experiments", "reports", "baselines"):
        shutil.copytree(pages.ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.svg", "*.png"))
    for name, text in pages.files().items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("cifar10", "imagenet"):  # the reader's files, of which a dry run wants only that they are there
        layout = dataset(name).layouts[0]
        for file in {*layout.train, *layout.test}:
            path = folder / "data" / layout.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if file.endswith("/") else path.touch()
    (folder / "test_sum.py").write_text(BENCHMARK, encoding="utf-8")
    (folder / ".gitignore").write_text("/.cache/\n/runs/\n", encoding="utf-8")
    identity = "-c user.name=reader -c user.email=reader@example.org"
    for command in (
        "git init -q -b main",
        "git add .",
        f"git {identity} commit -qm start",
        "git tag v1.0",
        "git tag v1.1",
    ):
        assert run(command, folder).returncode == 0
    return folder


def read(page: Path, listed: list[str], folder: Path) -> list[str]:
    """What goes wrong for a reader who enters these commands: the first that does not run, and its output."""
    reader_folder(folder)
    if page.name == "gate.md":
        benchmark_files(folder)
    for command in listed:
        if command.startswith("effbench gate calibrate"):
            assert run(shlex.join(["python", "-c", CALIBRATED]), folder).returncode == 0
        ran = run(shortened(command), folder)
        allowed = next((codes for start, codes in ALLOWED.items() if command.startswith(start)), (0,))
        if ran.returncode not in allowed or "Traceback" in ran.stderr:
            return [shortened(command), f"exit code {ran.returncode}", ran.stdout, ran.stderr]
    return []


def readers_of(listed: list[str]) -> list[list[str]]:
    """Commands that need each other in one list, every other one in a list of its own."""
    alone = [[command] for command in listed if command.startswith(ONCE)]
    return [*alone, [command for command in listed if not command.startswith(ONCE)]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, list[Future[list[str]]]]]:
    """Page -> what its readers find, two reading at a time: most of the time goes to the start of fresh processes."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            page: [pool.submit(read, page, part, tmp_path_factory.mktemp(page.stem)) for part in readers_of(listed)]
            for page, listed in commands().items()
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("page", commands(), ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page: Path, found: dict[Path, list[Future[list[str]]]]) -> None:
    assert [wrong for reader in found[page] if (wrong := reader.result())] == []


def benchmark_files(folder: Path) -> None:
    """What the page's run of pytest-benchmark leaves, under the names of the commands after it."""
    pytest.importorskip("pytest_benchmark")
    made = run(
        "python -m pytest -q -p no:cacheprovider --benchmark-enable --benchmark-json=a1.json test_sum.py", folder
    )
    assert made.returncode == 0, made.stdout
    for name in ("a2", "a3", "b1", "b2", "b3", "base", "head"):
        shutil.copy(folder / "a1.json", folder / f"{name}.json")


def test_every_rule_is_used() -> None:
    every = [command for found in commands().values() for command in found]
    assert [start for start in SHORTER if not any(set(start.split()) <= set(c.split()) for c in every)] == []
    assert len(every) >= 30
