"""Operations of any model: by formula or counted, and counts that are kept for the next time."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import pytest

from effbench import __version__
from effbench.cost.counts import OpCounts
from effbench.counting import operations
from effbench.counting.count import Count
from effbench.errors import EffbenchError, SpecError
from effbench.files import cache
from effbench.files.cache import folder as cache_folder
from effbench.models.registry import resolve

NAME = "resnet50"
"""A model without a formula."""

FOUND = Count(
    model=NAME,
    size=224,
    counts=OpCounts({("head", "mac_linear"): 7, ("", "param"): 3}),
    source="counted",
    by="a test",
    uncounted=("1 x aten.x in a",),
)


@dataclass
class Fake:
    """Stands in for counting networks, which needs torch; ``counted`` holds what it was asked for."""

    cache: Path
    counted: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, model, images=1):
        self.counted.append((model.name, model.spec.image_size))
        return replace(FOUND, model=model.name, size=model.spec.image_size)

    def file(self, name=NAME):
        return cache_folder() / operations.file_of(resolve(name))


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """A fake count, and an empty cache for it."""
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "cache"))
    found = Fake(tmp_path / "cache")
    monkeypatch.setattr(operations, "counted", found)
    operations.operations.cache_clear()
    yield found
    operations.operations.cache_clear()


def later(name=NAME, size=None):
    """What another process would get: nothing is known but what is on disk."""
    operations.operations.cache_clear()
    return operations.operations(name, size)


def test_a_formula_is_preferred():
    found = operations.operations("vit_base_patch16")
    assert (found.model, found.size, found.source, found.by) == (
        "vit_base_patch16",
        224,
        "analytic",
        f"effbench {__version__}",
    )
    assert found.counts == resolve("vit_base_patch16").cost()


def test_a_formula_is_not_kept(fake):
    later("vit_base_patch16")
    assert (fake.counted, fake.cache.exists()) == ([], False)


def test_without_a_formula_the_network_is_counted(model_file):
    pytest.importorskip("torch")
    found = operations.operations(str(model_file(cost="None")))
    # 192 · 5 products and 5 biases of the only layer.
    assert found.counts.items == {("head", "mac_linear"): 960, ("head", "bias_add"): 5, ("head", "param"): 965}
    assert (found.source, found.uncounted) == ("counted", ())
    assert found.by == f"effbench {__version__} on torch {version('torch')}"


def test_operators_without_a_price_are_named(model_file):
    pytest.importorskip("torch")
    path = model_file(cost="None", forward="return self.head(torch.linalg.qr(x.flatten(1)).R)")
    assert operations.operations(str(path)).uncounted == ("1 x aten.linalg_qr.default in (model) on [(1, 192)]",)


def test_a_count_of_a_network_survives_on_disk(model_file):
    pytest.importorskip("torch")
    path = str(model_file(cost="None"))
    assert operations.operations(path) == later(path)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"building": "raise ValueError('no weights')"}, "toy cannot be built: ValueError: no weights"),
        ({"forward": "raise ValueError('two\\nlines')"}, "toy does not run on the CPU: ValueError: two"),
        ({"forward": "raise ValueError"}, "toy does not run on the CPU: ValueError: "),
    ],
)
def test_a_network_that_cannot_be_counted_says_why_in_one_line(model_file, monkeypatch, tmp_path, code, said):
    pytest.importorskip("torch")
    monkeypatch.setenv("EFFBENCH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EffbenchError) as caught:
        operations.operations(str(model_file(cost="None", **code)))
    called = "; it was called with 1x3x8x8: --input gives another shape" * ("forward" in code)
    assert str(caught.value) == f"{said}{called}"
    assert not (tmp_path / "cache").exists()


def test_a_size_that_the_model_cannot_have_is_known_before_it_is_counted(fake):
    with pytest.raises(SpecError, match="multiple of 32"):
        later("mvitv2_base", 100)
    assert fake.counted == []


def test_a_count_is_kept_for_the_next_time(fake):
    assert [later(), later()] == [FOUND, FOUND]
    assert fake.counted == [(NAME, 224)]


def test_within_a_process_a_count_is_read_once(fake):
    assert operations.operations(NAME) is operations.operations(NAME)


@pytest.mark.parametrize(("name", "size"), [(NAME, 64), (f"{NAME}:num_classes=7", None), ("densenet169", None)])
def test_another_network_is_counted_anew(fake, name, size):
    later()
    later(name, size)
    assert fake.counted == [(NAME, 224), (name, size or 224)]


def test_the_size_of_the_model_is_that_size(fake):
    assert later() == later(size=224)
    assert len(fake.counted) == 1


@pytest.mark.parametrize(("what", "now"), [("_code", "another digest"), ("_versions", ("2.99", "", "", ""))])
def test_other_code_or_other_libraries_count_anew(fake, monkeypatch, what, now):
    later()
    monkeypatch.setattr(operations, what, lambda: now)
    later()
    assert len(fake.counted) == 2


# What builds the network is in the file, the type of its specification is ours.
@pytest.mark.parametrize("building", ["build=build", "build=partial(build)"])
def test_a_model_file_that_was_edited_is_counted_anew(model_file, building):
    text = (
        "from functools import partial\n"
        "from effbench.models.registry import Family, register\n"
        "from effbench.models.spec import Spec\n"
        "def build(spec): ...\n"
        f"register(Family(name='toy', source='a test', {building}), {{'toy': Spec()}})\n"
    )
    path = model_file(text)
    model = resolve(str(path))
    before = operations.file_of(model)
    path.write_text(f"{text}# edited\n")
    assert operations.file_of(model) != before


def test_a_model_file_that_is_gone_is_no_obstacle(fake, model_file):
    path = model_file(cost="None")
    resolve(str(path))
    path.unlink()
    assert [later("toy").counts, later("toy").counts] == [FOUND.counts, FOUND.counts]


ITEM = ["head", "mac_linear", 7]
BROKEN = {
    "nothing": None,
    "a list": [],
    "a text": "resnet50",
    "no counts": {"items": []},
    "half a key": {"items": [["head", 7]]},
    "a kind that is none": {"items": [["head", "mac_magic", 7]]},
    "twice the same": {"items": [ITEM, ITEM]},
    **{f"{n!r} MACs": {"items": [["head", "mac_linear", n]]} for n in (0, -5, "many", "7", 7.0, True, None)},
    "another model's": {"model": "densenet169"},
    "no list of operators": {"uncounted": None},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_a_file_that_holds_no_count_of_the_model_is_counted_anew_and_mended(fake, broken):
    right = {"model": NAME, "by": "another", "device": "meta", "items": [ITEM]}
    right |= {"calls": [], "uncounted": [], "imported": None}
    cache.write(operations.file_of(resolve(NAME)), right, "it")
    assert later().by == "another"
    cache.write(operations.file_of(resolve(NAME)), {**right, **broken} if isinstance(broken, dict) else broken, "it")
    assert [later(), later()] == [FOUND, FOUND]
    assert len(fake.counted) == 1


@pytest.mark.parametrize("change", [lambda text: text[:-9], lambda text: text.replace("7", "8"), lambda text: ""])
def test_a_file_that_was_cut_off_or_edited_is_counted_anew(fake, change):
    later()
    fake.file().write_text(change(fake.file().read_text()))
    assert [later(), later()] == [FOUND, FOUND]
    assert len(fake.counted) == 2


def test_a_kept_count_says_whose_it_is(fake):
    later()
    (file,) = (path for path in fake.cache.rglob("*") if path.is_file())
    assert json.loads(file.read_text(encoding="utf-8"))["data"]["model"] == NAME


def test_a_cache_that_is_no_folder_costs_a_warning_and_not_the_result(fake, capsys):
    fake.cache.write_text("")
    assert later() == FOUND
    said = capsys.readouterr().err
    assert said.startswith(f"effbench: the count of {NAME} was not kept: ")
    assert said.count("\n") == 1


KEPT = f"""
import sys
from effbench.counting.operations import operations
print(operations({NAME!r}).counts.of("mac_linear"), "torch" in sys.modules)
"""


def test_a_kept_count_needs_no_torch(fake):
    later()
    ran = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["7", "False"]


WITHOUT_TORCH = f"""
import sys
sys.modules["torch"] = None
from effbench.errors import MissingExtra
from effbench.counting.operations import operations
try:
    operations({NAME!r})
except MissingExtra as error:
    print(error)
"""


def test_a_first_count_without_torch_names_the_extra(fake):
    ran = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(f"counting {NAME} needs torch: python -m pip install torch")
