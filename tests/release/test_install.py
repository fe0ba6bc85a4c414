"""The wheel, installed alone and tried from another folder: the first count, the types, and what the archive holds.

``nox -s installed`` runs these; elsewhere they need EFFBENCH_WHEEL, and for the count an environment with PyTorch.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NET = """\
import torch
import effbench as eb
print(eb.count(torch.nn.Linear(8, 4), torch.zeros(1, 8)).macs)
"""
OWN = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(192, 5)

    def forward(self, x):
        return self.head(x.flatten(1))
"""
TYPED = """\
import effbench as eb

cost = eb.count("vit_tiny_patch16")
macs: int = cost.macs
parts: dict[str, int] = cost.by_module(depth=1)
text: str = eb.compare({"a": cost}).table("markdown")
found: int = len(eb.search(macs=1e9))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel; made now where nobody has given one."""
    given = os.environ.get("EFFBENCH_WHEEL")
    if given is not None:
        return Path(given)
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    made = subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / made.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Another Python, in another folder, that finds the wheel's files first."""
    others = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one and Path(one).resolve() != ROOT]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *others])}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_three_lines_of_python_count_ones_own_network(site, tmp_path):
    pytest.importorskip("torch")
    assert len(NET.splitlines()) == 3
    ran = python(site, tmp_path, "-c", NET)
    assert (ran.returncode, ran.stdout) == (0, "32\n"), ran.stderr


def test_one_command_counts_a_file_with_a_network(site, tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "net.py").write_text(OWN)
    ran = python(site, tmp_path, "-m", "effbench", "count", "net.py:Net", "--input", "1x3x8x8", "--format", "csv", "-q")
    assert ran.returncode == 0, ran.stderr
    assert ",960,MAC,965," in ran.stdout  # 192 x 5, and 5 biases


def test_two_commands_lead_from_pip_to_the_count_of_ones_own_network(wheel, tmp_path):
    torch = pytest.importorskip("torch")
    venv.create(tmp_path / "env", with_pip=True)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (packages / "libraries.pth").write_text(str(Path(torch.__file__).parents[1]))  # PyTorch is installed before
    (tmp_path / "net.py").write_text(OWN)
    shell = {**os.environ, "PATH": f"{tmp_path / 'env' / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": ""}
    commands = (
        f"python -m pip install --no-index --no-deps --quiet {wheel}",
        "effbench count net.py:Net --input 1x3x8x8 --format csv --quiet",
    )
    for command in commands:
        ran = subprocess.run(command.split(), cwd=tmp_path, env=shell, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
    assert ",960,MAC,965," in ran.stdout  # 192 x 5, and 5 biases


def test_the_wheel_is_what_runs_and_brings_its_data(site, tmp_path):
    where = python(site, tmp_path, "-c", "import effbench; print(effbench.__file__)").stdout
    assert where.startswith(str(site))
    for line in ("flops ci2p_vit --format json", "list", "flops timm/deit3_*", "train --help"):
        ran = python(site, tmp_path, "-m", "effbench", *line.split())
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout


def test_metadata_are_those_of_the_release(site):
    version = importlib.import_module("effbench").__version__
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in cited
    assert [path.name for path in site.glob("effbench-*.dist-info")] == [f"effbench-{version}.dist-info"]
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"] == ["version"]


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_users_project_is_checked_by_types(site, tmp_path, checker):
    if not _has(checker):
        pytest.skip(f"no {checker}")
    (tmp_path / "mine.py").write_text(TYPED)
    (tmp_path / "wrong.py").write_text('import effbench as eb\nmacs: str = eb.count("vit_tiny_patch16").macs\n')
    command = ["-m", "mypy", "--strict"] if checker == "mypy" else ["-m", "pyright", "--pythonpath", sys.executable]
    (tmp_path / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{site}"]}}')
    ran = python(site, tmp_path, *command, "mine.py")
    assert ran.returncode == 0, ran.stdout
    assert python(site, tmp_path, *command, "wrong.py").returncode == 1


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
