"""Without the optional packages a command ends in one line that names what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from effbench.errors import EXTRAS, IMPORTED_AS, MissingExtra, missing

ROOT = Path(__file__).parents[2]

LIGHT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in sys.argv[1].split(",") else find(name, *rest)
from effbench.cli import main
for line in sys.stdin:
    print(line.strip(), file=sys.stderr)
    print(main([*line.split(), "-q"]))
"""
"""Runs a command a line in a Python without the modules that its argument names."""

WORKS = """
flops vit_base_patch16 -o f
explain vit_base_patch16 --value 17.6G -o f
lint t.md -o f
heatmap --dataset cifar10 -o f
predict resnet50 --machine rtx3090 -o f
claims --paper ci2p_vit -o f
tables ravit.1 --out t
list -o f
doctor -o f
""".strip().split("\n")
LACKS = f"""
count cvt_13
crosscheck cvt_13
check cvt_13
flops cvt_13 timm/resnet18 --size 250
heatmap --dataset cifar10 --out h
heatmap --dataset cifar10 --metric latency
heatmap --dataset digits --metric accuracy --store {ROOT}/reports/sweeps/digits
profile cvt_13
roofline cvt_13
exits --predictions p.npz --cost-per-exit 1 2
export ravit_cifar10:1-3 --out e
predict --calibrate
predict --fit
atlas resnet18
report --out r --records {ROOT}
sweep grid.toml --executor ray
gate calibrate
gate baseline record cvt_13
count net.onnx
""".strip().split("\n")

RECIPE = """
source = "a test"
model = "ravit_cifar10:{}-1,width=8,num_heads=2"
data = {{ name = "digits", size = 16 }}
"""


def test_the_extras_are_those_of_the_project():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for extra, packages in EXTRAS.items():
        for package in packages:
            assert any(line.startswith(f"{package}>=") for line in declared[extra])


def test_what_is_not_optional_stays_an_error():
    error = ModuleNotFoundError("No module named 'effbench.nowhere'", name="effbench.nowhere")
    assert missing("effbench train", error) is None


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Command -> (exit code, its line on standard error) without any optional package."""
    folder = tmp_path_factory.mktemp("light")
    (folder / "one.toml").write_text(RECIPE.format(1))
    (folder / "grid.toml").write_text(RECIPE.format("{a}") + "sweep = { a = [0, 1] }\n")
    for part in ("train", "test"):
        (folder / part / "a").mkdir(parents=True)
        (folder / part / "a" / "x.png").write_bytes(b"")
    lines = [
        "train one.toml",
        "train one.toml --dry-run --output plan",
        "sweep grid.toml",
        "sweep grid.toml --dry-run --output cells",
        "data check digits",
        "data check folder --data .",
        "data check textures",
        "data list --output sets",
        *WORKS,
        *LACKS,
    ]
    (folder / "t.md").write_text("| model | params |\n|---|---|\n| vit_base_patch16 | 86.6M |\n")
    for file in ("p.npz", "net.onnx"):
        (folder / file).touch()
    absent = [package for packages in EXTRAS.values() for package in packages] + list(IMPORTED_AS)
    ran = subprocess.run(
        [sys.executable, "-c", LIGHT, ",".join(absent)],
        input="\n".join(lines),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "EFFBENCH_CACHE": str(folder / "cache"), "PATH": ""},
    )
    assert not (folder / "runs").exists()
    codes = map(int, ran.stdout.split())
    said = dict.fromkeys(lines, "")
    for line in ran.stderr.splitlines():
        if line in said:
            command = line
        else:
            said[command] += line
    return {line: (code, said[line]) for line, code in zip(lines, codes, strict=True)}


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("train one.toml", "numpy"),
        ("sweep grid.toml", "numpy"),
        ("data check digits", "scikit-learn"),
        ("data check folder --data .", "pillow"),
        ("data check textures", "numpy"),
    ],
)
def test_one_line_names_the_package(told, line, package):
    code, said = told[line]
    assert code == 2
    assert f" needs {package}: python -m pip install " in said
    assert said.startswith("effbench: error: ")


@pytest.mark.parametrize("line", LACKS)
def test_what_needs_more_names_it_and_the_line_that_installs_it(told, line):
    code, said = told[line]
    found = re.fullmatch(r"effbench: error: .* needs (\S+): python -m pip install (.+)", said)
    assert code == 2, said
    assert found, said
    assert found[1] in found[2].split()
    assert set(found[2].split()) <= {package for packages in EXTRAS.values() for package in packages}


@pytest.mark.parametrize("line", WORKS)
def test_what_needs_no_package_works(told, line):
    assert told[line] == (0, "")


@pytest.mark.parametrize(
    "line",
    ["train one.toml --dry-run --output plan", "sweep grid.toml --dry-run --output cells", "data list --output sets"],
)
def test_what_needs_none_of_them_runs(told, line):
    assert told[line] == (0, "")


def test_the_message_is_the_pip_line(monkeypatch):
    monkeypatch.setattr("effbench.errors._is_installed", lambda module: False)
    error = missing("effbench data check", ModuleNotFoundError("No module named 'PIL'", name="PIL.Image"))
    assert isinstance(error, MissingExtra)
    assert str(error).startswith("effbench data check needs pillow: python -m pip install torch ")


def test_a_package_of_no_extra_is_installed_by_its_own_name():
    error = missing("net.py", ModuleNotFoundError("No module named 'no_such_package'", name="no_such_package.part"))
    assert str(error) == "net.py needs no_such_package: python -m pip install no_such_package"


def test_a_part_that_an_installed_package_lacks_is_no_missing_package():
    assert missing("net.py", ModuleNotFoundError("No module named 'json.nothing'", name="json.nothing")) is None
    assert missing("net.py", ImportError("cannot import name 'nothing' from 'json'", name="json")) is None
