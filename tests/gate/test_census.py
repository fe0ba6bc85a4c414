"""Facts of many models: by formula, counted here, counted in processes of their own, and not to be had."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest

from effbench.cost import ops
from effbench.cost.memory import parameter_bytes, peak_activation_bytes
from effbench.gate import census
from effbench.gate.counter import Network, NotCounted, count_in
from effbench.gate.snapshot import tally
from effbench.models.registry import Family, register, resolve
from effbench.models.spec import Spec
from effbench.processes.process import our_worker


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setattr(census, "find_spec", lambda name: None)


def test_a_formula_needs_no_torch(no_torch):
    counts = resolve("vit_cifar10:3").cost()
    found = census.take(["vit_cifar10:3", "resnet50"])
    one, two = found["vit_cifar10:3"], found["resnet50"]
    assert one.entry.formula == tally(counts)
    assert (one.entry.network, one.entry.operators) == (None, {})
    assert one.entry.predicted["parameters"] == parameter_bytes(counts) == 4 * 611_082
    assert one.entry.predicted["peak_activations"] == peak_activation_bytes(counts)
    assert one.unchecked == two.unchecked == "torch is not installed"
    assert (two.entry.formula, two.entry.predicted, two.failed) == (None, {}, "")


def test_a_network_is_counted_with_its_operators(torch, model_file):
    # Linear 192 -> 5 with bias: 960 weights and 5 biases, fp32.
    path = model_file(cost="None")
    found = census.take([str(path)])[str(path)]
    assert (found.unchecked, found.failed) == ("", "")
    assert found.entry.network is not None
    assert found.entry.network.modules == {"head": {"bias_add": 5, "mac_linear": 960, "param": 965}}
    assert found.entry.operators["aten.addmm"] == 1
    assert found.entry.predicted == {"parameters": 3860}


def test_a_process_that_counts_runs_a_model_file_only_if_it_may(torch, model_file, monkeypatch):
    path = str(model_file(cost="None"))
    with our_worker("gate.counter") as worker:
        monkeypatch.setattr("effbench.gate.counter.is_allowed", lambda name: False)
        refused = count_in(worker, path)
        monkeypatch.undo()
        assert isinstance(refused, NotCounted)
        assert "which is Python code" in refused.reason
        assert isinstance(count_in(worker, path), Network)


def test_what_a_model_raises_is_its_reason(torch, model_file):
    path = model_file(forward="raise KeyError('no such layer')", cost="None")
    found = census.take([str(path)])[str(path)]
    assert "does not run on the CPU: KeyError: 'no such layer'" in found.failed


def test_a_formula_that_raises_fails_the_model(no_torch, model_file):
    path = model_file(cost="lambda spec: 1 // 0")
    assert census.take([str(path)])[str(path)].failed == (
        "the formula fails: ZeroDivisionError: integer division or modulo by zero"
    )


def test_a_missing_library_is_no_failure(torch, model_file):
    path = model_file(building="import no_such_library", cost="None")
    found = census.take([str(path)])[str(path)]
    assert found.failed == ""
    assert "needs no_such_library: python -m pip install" in found.unchecked


def test_a_model_without_network_is_checked_by_its_formula(model_file):
    path = model_file(
        text="""
from effbench.cost import ops
from effbench.models.registry import Family, register
from effbench.models.spec import Spec
from effbench.processes.process import our_worker
register(Family(name="f", source="s", cost=lambda spec: ops.linear(1, 2, 3)), {"bare": Spec()})
"""
    )
    found = census.take([str(path)])[str(path)]
    assert (found.unchecked, found.failed, found.entry.network) == ("", "", None)
    assert found.entry.formula == tally(ops.linear(1, 2, 3))


def test_one_network_of_two_names_is_counted_once(torch, monkeypatch):
    asked = []
    monkeypatch.setattr(
        census, "count_network", lambda name: asked.append(name) or census.NotCounted(kind="x", reason="")
    )
    census.take(["vit_tiny_patch16", "deit_tiny_patch16", "vit_small_patch16", "vit_tiny_patch16_gap"])
    assert asked == ["vit_tiny_patch16", "vit_small_patch16", "vit_tiny_patch16_gap"]


@dataclass(frozen=True, kw_only=True)
class ListedSpec(Spec):
    """A specification that has no hash."""

    widths: list[int] = field(default_factory=list)


def test_a_specification_without_hash_is_a_network_of_its_own(model_file):
    model_file()  # forgets what is registered here
    register(Family(name="l", source="s", build=print), {"listed": ListedSpec(), "again": ListedSpec()})
    assert census._identity("listed", resolve("listed")) != census._identity("again", resolve("again"))


def test_networks_without_a_formula_are_counted_first():
    names = ["ravit_cifar10:1-3", "resnet50", "vit_cifar10:3"]
    assert census._batches({name: resolve(name) for name in names}) == [["resnet50"], *([name] for name in names[::2])]


# The second of four brings its process down; another one counts the rest.
def test_processes_count_what_one_process_counts(torch, model_file, monkeypatch):
    names = ["vit_cifar10:3", "resnet50", "ravit_cifar10:1-3"]
    here = census.take(names)
    monkeypatch.setattr(census, "FEW", 0)
    monkeypatch.setattr(census, "available_cores", lambda: 2)
    deadly = str(model_file(forward="import os; os.abort()", cost="None"))
    found = census.take([names[0], deadly, *names[1:]])
    assert {name: found[name] for name in names} == here
    assert found[deadly].failed == "killed by SIGABRT"


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="this system does not say which cores a process may use"
)
def test_cores_are_those_that_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 7})
    assert census.available_cores() == 3
