"""Without a tool, or without torch, its adapter says how to install it."""

import sys

import pytest

from effbench.counting.counters.adapters import ADAPTERS
from effbench.errors import MissingExtra

NEEDS = {"fvcore": "fvcore", "ptflops": "ptflops", "ptflops_aten": "ptflops", "torch": "torch"}


def test_the_tools_that_have_an_adapter():
    assert ADAPTERS.keys() == NEEDS.keys()


@pytest.mark.parametrize(("name", "package"), NEEDS.items())
def test_a_missing_tool_is_named_with_the_line_that_installs_it(name, package, monkeypatch):
    for module in [module for module in sys.modules if module.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)  # importing it now raises ModuleNotFoundError
    with pytest.raises(MissingExtra, match=rf"^counting with {package} needs {package}: .*install {package}"):
        ADAPTERS[name](None, ())
