"""The public names: what they are, that they are light to import, and that nothing takes their place."""

from __future__ import annotations

import doctest
import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import effbench as eb

SIGNATURES = {
    "count": "(model, *inputs, kwargs=None, backward=False, batch=None, size=None, device='auto', **named)",
    "compare": "(costs)",
    "explain": "(cost, figure)",
    "formula": "(model, input='1x3xHxW', *, under='macs')",
    "conventions": "()",
    "price": "(operator, rule)",
    "profile": "(model, *inputs, samples=30, **named)",
    "predict": "(*models, machine=None, size=None, batch=None, threads=1, clock='wall')",
    "search": "(*, macs=None, params=None, memory=None, throughput=None, latency=None, top1=None, machine=None, "
    "sort='top1')",
    "layer_map": "(dataset='cifar10', under='macs', max_layers=8)",
}


@pytest.mark.parametrize(("name", "expected"), SIGNATURES.items(), ids=list(SIGNATURES))
def test_signatures_stay(name, expected):
    found = inspect.signature(getattr(eb, name))
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in found.parameters.values()]
    assert str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty)) == expected


def test_every_public_name_is_documented_and_listed():
    assert set(SIGNATURES) | {"EffbenchError", "__version__"} == set(eb.__all__)
    assert set(eb.__all__) <= set(dir(eb))
    assert all(getattr(eb, name).__doc__ for name in SIGNATURES)


def test_no_room_bears_the_name_of_a_public_function():
    package = Path(eb.__file__).parent
    assert [name for name in eb.__all__ if (package / name).exists() or (package / f"{name}.py").exists()] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'counts'"):
        _ = eb.counts


def test_importing_loads_nothing_heavy():
    script = (
        "import sys, json, effbench; effbench.conventions(); effbench.compare\n"
        "print(json.dumps(sorted(m for m in sys.modules if m in ('torch', 'numpy', 'pandas', 'sympy'))))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []


@pytest.mark.parametrize(
    "module", ["counted", "comparison", "explained", "closed_form", "timed", "predicted", "searched", "mapped"]
)
def test_examples_run(module, monkeypatch):
    pytest.importorskip("torch")
    from effbench.counting.counters import rules

    monkeypatch.setattr(rules, "RULES", dict(rules.RULES))
    result = doctest.testmod(import_module(f"effbench.api.{module}"))
    assert result.attempted > 0
    assert result.failed == 0


CELL = """
from effbench.models.registry import Family, register
from effbench.models.spec import Spec
register(Family(name="cell", source="a notebook", cost=lambda spec: None), {"cell_model": Spec(num_classes=CLASSES)})
"""


def test_a_cell_that_registers_a_model_may_run_again():
    from effbench.models import registry

    known = dict(registry.entries())
    try:
        for classes in ("5", "5", "7"):  # as it is, then changed
            exec(compile(CELL.replace("CLASSES", classes), f"<cell {classes}>", "exec"), {"__name__": "__main__"})
        assert registry.resolve("cell_model").spec.num_classes == 7
        assert [name for name in registry.entries() if name == "cell_model"] == ["cell_model"]
    finally:
        registry._entries.clear()
        registry._entries.update(known)
