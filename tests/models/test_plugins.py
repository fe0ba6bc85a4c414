"""Models of users' files and of other packages: found, and whatever goes wrong in them said in one clear error."""

from __future__ import annotations

import importlib.metadata
import sys
from dataclasses import dataclass, field

import pytest

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models import plugins, registry
from effbench.models.registry import Family, register, resolve
from effbench.models.spec import Spec

HEAD = """
from effbench.models.families.vit import FAMILY
from effbench.models.spec.vit import ViTSpec
from effbench.models.registry import register
"""
ONE = f"{HEAD}register(FAMILY, {{'my_vit': ViTSpec(depth=6)}})\n"
TWO = f"{HEAD}register(FAMILY, {{'my_vit': ViTSpec(depth=6), 'my_small_vit': ViTSpec(depth=3)}})\n"


def test_a_file_with_one_model_is_that_model(model_file):
    model = resolve(str(model_file(ONE)))
    assert (model.name, model.spec.depth) == ("my_vit", 6)


def test_the_model_of_a_file_can_be_named(model_file):
    assert resolve(f"{model_file(ONE)}:my_vit") == resolve("my_vit")


def test_a_file_with_several_models_lists_them(model_file):
    path = model_file(TWO)
    with pytest.raises(EffbenchError) as caught:
        resolve(str(path))
    assert str(caught.value) == (f"{path} registers several models; write {path}:NAME with one of my_vit, my_small_vit")


def test_one_of_several_models_is_named_after_the_file(model_file):
    assert resolve(f"{model_file(TWO)}:my_small_vit").spec.depth == 3


def test_arguments_follow_the_name(model_file):
    spec = resolve(f"{model_file(TWO)}:my_vit:width=384,num_heads=6").spec
    assert (spec.depth, spec.width, spec.num_heads) == (6, 384, 6)


def test_a_wrong_argument_names_model_and_option(model_file):
    with pytest.raises(SpecError, match="my_vit:depth=0: depth must be between 1 and 1000, got 0"):
        resolve(f"{model_file(ONE)}:my_vit:depth=0")


def test_a_name_that_is_not_in_the_file_offers_those_that_are(model_file):
    with pytest.raises(UnknownName, match=r"unknown model of .*my_model\.py 'my_vitt'; did you mean my_vit"):
        resolve(f"{model_file(TWO)}:my_vitt")


def test_a_registered_name_of_ours_is_none_of_the_file(model_file):
    with pytest.raises(UnknownName, match="unknown model of"):
        resolve(f"{model_file(ONE)}:vit_base_patch16")


def test_a_file_without_a_model_says_what_to_call(model_file):
    path = model_file("x = 1\n")
    with pytest.raises(EffbenchError, match=r"registers no model: call effbench\.models\.registry\.register in it"):
        resolve(str(path))


FAILING = {
    "raises": ("raise ValueError('boom')", "could not be run: ValueError: boom"),
    "raises nothing to say": ("raise ValueError", "could not be run: ValueError: "),
    "leaves": ("import sys; sys.exit(3)", "could not be run: SystemExit: 3"),
    "leaves at once": ("import os; os._exit(0)", "could not be run: SystemExit: 0"),
    "is not Python": ("def (:", "could not be run: SyntaxError: invalid syntax"),
    "imports what is not there": ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
    "takes a name of ours": (ONE.replace("my_vit", "vit_base_patch16"), "'vit_base_patch16' is registered twice"),
    "takes its own name": (f"{ONE}{ONE}", "model 'my_vit' is registered twice"),
    "holds a zero byte": ("\0", "could not be run: "),
}


@pytest.mark.parametrize(("text", "said"), FAILING.values(), ids=list(FAILING))
def test_a_file_that_fails_is_an_error_of_effbench(model_file, text, said):
    path = model_file(text)
    with pytest.raises(EffbenchError) as caught:
        resolve(str(path))
    assert said in str(caught.value)


def test_a_file_that_cannot_be_run_is_named(model_file):
    path = model_file("raise ValueError('boom')")
    with pytest.raises(EffbenchError) as caught:
        plugins.run_file(path)
    assert str(caught.value).startswith(f"{path} could not be run")


def test_an_interrupt_is_not_taken_for_a_failing_file(model_file):
    path = model_file("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        resolve(str(path))


@pytest.mark.parametrize("name", ["missing.py", "folder.py"])
def test_there_must_be_such_a_file(tmp_path, name):
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(EffbenchError, match=rf"{name}: no such model file"):
        resolve(str(tmp_path / name))


def test_a_folder_may_have_py_in_its_name(model_file, tmp_path):
    (tmp_path / ".pyenv").mkdir()
    path = model_file(ONE, name=".pyenv/my_model.py")
    assert resolve(str(path)).name == "my_vit"


def test_a_file_may_use_dataclasses_and_late_annotations(model_file):
    text = """
from __future__ import annotations
from dataclasses import dataclass
from effbench.models.registry import Family, register
from effbench.models.spec import Spec

@dataclass(frozen=True, kw_only=True)
class MySpec(Spec):
    depth: int = 4

register(Family(name="mine", source="a test", cost=lambda spec: None), {"mine": MySpec()})
"""
    assert resolve(f"{model_file(text)}:mine:depth=9").spec.depth == 9


POSITIONAL = """
from dataclasses import dataclass
from typing import ClassVar
from effbench.models.registry import Family, register
from effbench.models.spec import Spec

@dataclass(frozen=True, kw_only=True)
class MySpec(Spec):
    positional: ClassVar[str | None] = "depth"
    depth: int = 0

register(Family(name="mine", source="a test", cost=lambda spec: None), {"mine": MySpec()})
"""


def test_a_model_that_needs_an_argument_and_has_no_examples_says_so(model_file):
    with pytest.raises(SpecError, match="mine needs depth after a colon"):
        resolve(str(model_file(POSITIONAL)))


NOTED = (
    f"{HEAD}"
    """
from pathlib import Path
with Path(__file__).with_name("runs").open("a") as runs:
    print(__name__, file=runs)
register(FAMILY, {"my_vit": ViTSpec()})
"""
)


def test_a_file_is_run_once_and_not_as_a_script(model_file):
    path = model_file(NOTED)
    for _ in range(3):
        resolve(f"{path}:my_vit")
    assert (path.parent / "runs").read_text().splitlines() == ["effbench_user_my_model"]


def test_nothing_but_the_file_itself_is_run(model_file):
    model_file("raise SystemExit('another file was run')", name="sitecustomize.py")
    model_file("raise SystemExit('another file was run')", name="__init__.py")
    before = list(sys.path)
    resolve(str(model_file(ONE)))
    assert sys.path == before


@dataclass
class Plugin:
    """An entry point: ``load`` registers ``name``, or raises what it is given."""

    name: str = "plugged"
    raises: BaseException | None = None
    value: str = "their_package.models"
    loads: list[str] = field(default_factory=list)

    def load(self):
        self.loads.append(self.value)
        if self.raises:
            raise self.raises
        register(Family(name="theirs", source="a test", cost=lambda spec: None), {self.name: Spec()})


@pytest.fixture
def installed(monkeypatch, model_file):
    """``installed(plugin, …)``: these plugins are the entry points of effbench.models, and there are others."""

    def install(*found):
        others = [Plugin(raises=AssertionError("another group was loaded"))]
        groups = {plugins.GROUP: list(found), "console_scripts": others}
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: groups[group])
        plugins.load_installed.cache_clear()

    yield install
    plugins.load_installed.cache_clear()


def test_models_of_installed_packages_are_found(installed):
    installed(Plugin("plugged"), Plugin("socketed"))
    assert [resolve("plugged").name, resolve("socketed").name] == ["plugged", "socketed"]


def test_installed_packages_declare_their_models_as_entry_points_of_effbench_models():
    assert plugins.GROUP == "effbench.models"


def test_installed_packages_are_not_loaded_for_a_name_of_ours(installed):
    plugin = Plugin()
    installed(plugin)
    resolve("vit_base_patch16")
    assert plugin.loads == []


def test_installed_packages_are_loaded_once(installed):
    plugin = Plugin()
    installed(plugin)
    for _ in range(2):
        with pytest.raises(UnknownName):
            resolve("zzz")
    assert plugin.loads == ["their_package.models"]


def test_an_unknown_name_is_offered_the_models_of_installed_packages(installed):
    installed(Plugin("very_special_net"))
    with pytest.raises(UnknownName, match="did you mean very_special_net"):
        resolve("very_special_nte")


@pytest.mark.parametrize("error", [ValueError("boom"), ImportError("boom"), SystemExit("boom"), EffbenchError("boom")])
def test_a_package_that_fails_is_named(installed, error):
    installed(Plugin(raises=error))
    with pytest.raises(EffbenchError, match=r"^plugin their_package\.models could not be loaded: boom$"):
        resolve("zzz")


def test_a_package_that_takes_a_name_of_ours_is_named(installed):
    installed(Plugin("vit_base_patch16"))
    registry.entries()  # all of ours are registered by now
    with pytest.raises(EffbenchError, match=r"plugin their_package\.models could not be loaded: .* registered twice"):
        resolve("zzz")
