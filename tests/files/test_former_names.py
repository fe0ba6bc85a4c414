"""Modules of version 0.1, by the names that users' model files import."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from effbench.files.former_names import FORMER, present_name

ASK = """
import sys
import effbench.registry
from effbench.spec import Spec
from effbench.models import registry, spec
assert effbench.registry is registry and Spec is spec.Spec
assert registry.__spec__.name == registry.__name__ == "effbench.models.registry"
assert "torch" not in sys.modules
"""


def test_a_former_name_is_the_module_of_today_and_says_so_once():
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.splitlines() == [
        f"effbench: effbench.{name} is now effbench.models.{name}; the former name works in this release"
        for name in ("registry", "spec")
    ]


def test_every_former_name_leads_to_a_module():
    pytest.importorskip("torch")
    for name, now in FORMER.items():
        assert present_name(f"{name}.inner") == f"{now}.inner"
        assert importlib.import_module(now)


@pytest.mark.parametrize("name", ["effbench.cost", "effbench.registry_of_mine", "other.registry"])
def test_other_names_are_not_renamed(name):
    assert present_name(name) is None


def test_importing_effbench_loads_little():
    """The base classes of finders would load ``importlib.resources``, which takes longer than all the rest."""
    asked = "import sys; before = set(sys.modules); import effbench; print(*sorted(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert [name for name in ran.stdout.split() if name.startswith(("importlib.abc", "importlib.resources"))] == []
