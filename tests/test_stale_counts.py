"""A kept count holds as long as everything that the network's code imports is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import sys
from effbench.counting import operations
from effbench.cost.counts import OpCounts
from effbench.models.plugins import allow_all

def counted(model, images=1):  # stands in for counting, which needs torch: the network is its width
    print("counted", end=" ")
    return operations._counted(model, images, OpCounts({("head", "mac_linear"): model.build()}), "a test", "meta", ())

operations.counted = counted
allow_all()
for name in sys.argv[1:]:  # all names are resolved before the first is counted
    operations.resolve(name)
found = [operations.operations(name).counts.of("mac_linear") for name in sys.argv[1:]]
print(*found, "imported" if "lazily" in sys.modules else "")
"""

MODEL = """
from effbench.models.registry import Family, register
from effbench.models.spec import Spec
{top}

def build(spec):
    {lazy}
    return WIDTH

register(Family(name="{name}", source="a test", build={build}), {{"{name}": Spec(image_size=8, num_classes=5)}})
"""


class Project:
    """A folder with modules, and an empty cache beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache, self.beside = folder / "project", folder / "cache", folder / "site-packages"
        self.folder.mkdir()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def model(self, top: str = "", lazy: str = "pass", build: str = "build", name: str = "m") -> None:
        self.write(f"{name}.py", MODEL.format(top=top, lazy=lazy, build=build, name=name))

    def install(self, version: str, text: str, record: str = "ext.py,sha256=1,10") -> None:
        """A package ``ext`` where packages are installed."""
        for name in ("ext-1.dist-info", "ext-2.dist-info"):
            for file in ("METADATA", "RECORD"):
                (self.beside / name / file).unlink(missing_ok=True)
        info = self.beside / f"ext-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ext\nVersion: {version}\n", encoding="utf-8")
        (info / "RECORD").write_text(f"{record}\n", encoding="utf-8")
        (self.beside / "ext.py").write_text(text, encoding="utf-8")

    def count(self, *names: str) -> list[str]:
        """``counted`` for each that was not kept, the MACs, and ``imported`` if the module ``lazily`` was."""
        paths = (str(self.folder), str(self.beside), os.environ.get("PYTHONPATH", str(Path(__file__).parents[1])))
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "EFFBENCH_CACHE": str(self.cache)}
        command = [sys.executable, "-B", "-c", COUNT, *(names or ("m.py",))]
        ran = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=True)
        return ran.stdout.split()


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


IMPORTS = {
    "at the top": {"top": "from lib import WIDTH"},
    "while it is built": {"lazy": "from lib import WIDTH"},
    "by a name that is made up": {"lazy": "WIDTH = __import__('importlib').import_module('l' + 'ib').WIDTH"},
    "by a module of its own": {"top": "import between", "lazy": "WIDTH = between.WIDTH"},
    "by a package of its own": {"lazy": "from package.inner import WIDTH"},
    "from a folder that the file adds": {
        "top": "import sys; sys.path.insert(0, __file__[:-4] + 'added')",
        "lazy": "from far import WIDTH",
    },
    "by a factory that is wrapped": {
        "top": "from functools import wraps; from effbench.models.families.timm_zoo import build as ours",
        "lazy": "from lib import WIDTH",
        "build": "wraps(ours)(build)",
    },
    "by a factory in a module": {"top": "import factory", "build": "factory.build"},
}


@pytest.mark.parametrize("how", IMPORTS.values(), ids=list(IMPORTS))
def test_a_change_of_what_is_imported_is_counted_again(project, how):
    project.model(**how)
    project.write("between.py", "from lib import WIDTH")
    project.write("factory.py", "def build(spec):\n    from lib import WIDTH\n    return WIDTH\n")
    project.write("package/__init__.py", "")
    project.write("package/inner.py", "from .deep import WIDTH")
    where = {"from package": "package/deep.py", "from far": "added/far.py"}
    place = next((path for part, path in where.items() if part in how.get("lazy", "")), "lib.py")
    project.write(place, "WIDTH = 7")
    assert [project.count(), project.count()] == [["counted", "7"], ["7"]]
    project.write(place, "WIDTH = 8")
    assert [project.count(), project.count()] == [["counted", "8"], ["8"]]


def test_a_kept_count_is_found_without_importing(project):
    project.model(lazy="from lazily import WIDTH")
    project.write("lazily.py", "WIDTH = 7")
    assert [project.count(), project.count()] == [["counted", "7", "imported"], ["7"]]


def test_another_module_of_the_name_is_counted_again(project):
    project.model(lazy="from lib import WIDTH")
    project.write("lib.py", "WIDTH = 7")
    project.count()
    project.write("lib/__init__.py", "WIDTH = 8")  # a package goes before a module
    assert project.count() == ["counted", "8"]


def test_the_same_model_file_in_another_folder_is_counted_again(tmp_path):
    (tmp_path / "other").mkdir()
    one, other = Project(tmp_path), Project(tmp_path / "other")
    other.cache = one.cache
    for project, width in ((one, 7), (other, 8)):
        project.model(lazy="from lib import WIDTH")
        project.write("lib.py", f"WIDTH = {width}")
    assert [one.count(), other.count()] == [["counted", "7"], ["counted", "8"]]


@pytest.mark.parametrize("change", [{"version": "2"}, {"version": "1", "record": "ext.py,sha256=2,10"}])
def test_another_edition_of_an_installed_package_is_counted_again(project, change):
    project.model(lazy="from ext import WIDTH")
    project.install("1", "WIDTH = 7")
    assert [project.count(), project.count()] == [["counted", "7"], ["7"]]
    project.install(text="WIDTH = 8", **change)
    assert [project.count(), project.count()] == [["counted", "8"], ["8"]]


def test_a_model_of_an_installed_package_holds_for_its_edition(project):
    """A plug-in as an entry point."""
    project.install("1", MODEL.format(top="", lazy="WIDTH = 7", build="build", name="plugged"))
    (project.beside / "ext-1.dist-info" / "entry_points.txt").write_text("[effbench.models]\next = ext\n")
    project.write("lib.py", "WIDTH = 7")
    (project.beside / "ext.py").write_text(
        MODEL.format(top="", lazy="from lib import WIDTH", build="build", name="plugged")
    )
    assert [project.count("plugged"), project.count("plugged")] == [["counted", "7"], ["7"]]
    project.write("lib.py", "WIDTH = 8")
    assert project.count("plugged") == ["counted", "8"]


def test_a_file_that_changed_after_it_was_imported_is_not_kept(project):
    edits = "open('lib.py', 'w').write('WIDTH = 8'); import os; os.utime('lib.py', (2**32, 2**32))"
    project.model(lazy=f"from lib import WIDTH; {edits}")
    project.write("lib.py", "WIDTH = 7")
    assert project.count() == ["counted", "7"]
    assert project.count() == ["counted", "8"]


def test_two_model_files_of_one_name_do_not_share_a_count(project):
    for folder, width in (("a", 7), ("b", 8)):
        project.write(f"{folder}/m.py", MODEL.format(top="", lazy=f"WIDTH = {width}", build="build", name=folder))
    assert project.count("a/m.py", "b/m.py") == ["counted", "counted", "7", "8"]
    project.write("a/m.py", MODEL.format(top="", lazy="WIDTH = 9", build="build", name="a"))
    assert project.count("a/m.py", "b/m.py")[-2:] == ["9", "8"]
