"""Checks: a right model passes all of them, and each fails for the mistake it is there for."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, SpecError
from effbench.models.registry import resolve

pytest.importorskip("torch")

from effbench.counting.check import run_checks
from effbench.counting.counters import adapters

RUNS = "builds and runs on the meta device"
PRICED = "every operator has a price"
PARAMETERS = "parameters by formula equal the network's"
OPERATIONS = "operations by formula equal the count"
FORMULA = "formula equals count"
PYTORCH = "multiply-accumulates equal PyTorch's FlopCounterMode"
LOGITS = "gives logits (batch, classes)"
FINITE = "logits on the CPU are finite"


@pytest.fixture
def checks(model_file):
    """Check -> (ok, detail), of the toy with these changes; the options are those of ``run_checks``."""

    def run(cpu=False, encoder_weights=None, **changes):
        model = resolve(str(model_file(**changes)))
        rows = run_checks(model, cpu=cpu, encoder_weights=encoder_weights)
        return {row.check: (row.ok, row.detail) for row in rows}

    return run


def test_a_right_model_passes_every_check(checks):
    assert checks() == {
        RUNS: (True, "3 counts by module and kind"),  # products, biases, parameters
        PRICED: (True, ""),
        PARAMETERS: (True, ""),
        OPERATIONS: (True, ""),
        PYTORCH: (True, "mac_linear 960"),
        LOGITS: (True, "[(1, 5)]"),
    }


def test_a_formula_that_is_wrong_is_caught_with_module_and_kinds(checks):
    # 192 · 6 instead of 192 · 5.
    found = checks(cost="lambda spec: ops.linear(1, 192, 6).at('head')")
    assert found[OPERATIONS] == (False, "head bias_add: 6 against 5; head mac_linear: 1152 against 960")
    assert found[PARAMETERS] == (False, "head param: 1158 against 965")
    assert found[PYTORCH][0]


def test_a_formula_may_be_wrong_in_its_parameters_alone(checks):
    found = checks(cost="lambda spec: ops.linear(1, 192, 5).at('head') + ops.op(param=10)")
    assert found[PARAMETERS] == (False, "(model) param: 10 against None")
    assert found[OPERATIONS][0]


def test_a_formula_under_another_name_is_caught(checks):
    said = checks(cost="lambda spec: ops.linear(1, 192, 5).at('fc')")[OPERATIONS][1]
    assert "fc mac_linear: 960 against None" in said
    assert "head mac_linear: None against 960" in said


def test_of_many_differences_the_first_five_are_shown(checks):
    # Products and biases of a, b, c, which are not there, and of head, which is missing: 8.
    cost = "lambda spec: sum((ops.linear(1, 192, 5).at(x) for x in 'bc'), ops.linear(1, 192, 5).at('a'))"
    said = checks(cost=cost)[OPERATIONS][1]
    assert said.count("against") == 5
    assert said.endswith(" and 3 more")


def test_counts_of_zero_are_no_difference(checks):
    assert checks(cost="lambda spec: ops.linear(1, 192, 5).at('head') + ops.op(mac_conv=0)")[OPERATIONS][0]


def test_a_formula_that_fails_is_said_to(checks):
    assert checks(cost="lambda spec: 1 // 0")[FORMULA] == (
        False,
        "the formula fails: ZeroDivisionError: integer division or modulo by zero",
    )


def test_without_a_formula_there_is_nothing_to_compare_with(checks):
    found = checks(cost="None")
    assert found[FORMULA] == (None, "no formula: costs are counted")
    assert {OPERATIONS, PARAMETERS} & set(found) == set()


def test_an_operator_without_a_price_is_named(checks):
    found = checks(forward="return self.head(torch.linalg.qr(x.flatten(1)).R)")
    assert found[PRICED] == (False, "aten.linalg_qr.default")


@pytest.mark.parametrize(
    ("forward", "ok", "shapes"),
    [
        ("return self.head(x.flatten(1)).mean(1)", False, "[(1,)]"),
        ("return self.head(x.flatten(1))[:, :4]", False, "[(1, 4)]"),
        ("return [self.head(x.flatten(1)), self.head(x.flatten(1))]", True, "[(1, 5), (1, 5)]"),  # two exits
        ("return self.head(x.flatten(1)), x", False, "[(1, 5), (1, 3, 8, 8)]"),
    ],
)
def test_a_network_gives_logits_per_class_or_one_such_tensor_per_exit(checks, forward, ok, shapes):
    assert checks(forward=forward)[LOGITS] == (ok, shapes)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"building": "raise ValueError('no weights')"}, "toy cannot be built: ValueError: no weights"),
        ({"forward": "raise ValueError('boom')"}, "toy does not run on the CPU: ValueError: boom"),
        ({"forward": "return 1 / 0"}, "toy does not run on the CPU: ZeroDivisionError: division by zero"),
    ],
)
def test_a_network_that_fails_has_one_row(checks, code, said):
    called = "; it was called with 1x3x8x8: --input gives another shape" * ("forward" in code)
    assert checks(**code) == {"builds and runs": (False, f"{said}{called}")}


@pytest.mark.parametrize(
    "forward",
    [
        "return self.head(x.flatten(1)) if x.sum() > -1 else x",
        "return self.head(x[x == x].reshape(1, -1))",
        "return self.head(x.flatten(1)) * x.mean().item()",
        "return self.head(torch.from_numpy(x.numpy()).flatten(1))",
    ],
)
def test_a_network_that_looks_at_values_runs_on_the_cpu(checks, forward):
    found = checks(forward=forward)
    assert found["builds and runs on the CPU"][0]
    assert found[LOGITS] == (True, "[(1, 5)]")
    assert found[PYTORCH] == (True, "mac_linear 960")


WRAPPED = {
    "a dictionary": ("return {'logits': self.head(x.flatten(1)), 'hidden': x}", True, "[(1, 5)]"),
    "wrong classes": ("return {'logits': self.head(x.flatten(1))[:, :4]}", False, "[(1, 4)]"),
    "no logits": ("return {'hidden': self.head(x.flatten(1))}", None, "other outputs: [(1, 5)]"),
    "a dataclass": (
        "from dataclasses import make_dataclass; "
        "return make_dataclass('Out', ['logits', 'hidden'])(self.head(x.flatten(1)), None)",
        True,
        "[(1, 5)]",
    ),
    "a mapping with attributes": (
        "from collections import OrderedDict; return OrderedDict(logits=self.head(x.flatten(1)), hidden=None)",
        True,
        "[(1, 5)]",
    ),
}


@pytest.mark.parametrize(("forward", "ok", "said"), WRAPPED.values(), ids=list(WRAPPED))
def test_outputs_with_names_have_their_logits_where_they_are_called_so(checks, forward, ok, said):
    assert checks(forward=forward)[LOGITS] == (ok, said)


def test_pytorchs_own_counter_may_disagree(checks, monkeypatch):
    told = adapters.ToolCount(tool="torch", version="2", value=1000, unit="FLOP", by_module=None, uncounted=())
    monkeypatch.setitem(adapters.ADAPTERS, "torch", lambda network, inputs: told)
    assert checks()[PYTORCH] == (False, "ours 1,920, PyTorch 1,000 FLOPs (mac_linear 960)")


def test_where_pytorchs_own_counter_fails_there_is_nothing_to_compare_with(checks, monkeypatch):
    def failing(network, inputs):
        raise EffbenchError("torch cannot count this network: too new")

    monkeypatch.setitem(adapters.ADAPTERS, "torch", failing)
    assert checks()[PYTORCH] == (None, "torch cannot count this network: too new")


def test_values_are_checked_on_request(checks):
    assert FINITE not in checks()
    assert checks(cpu=True)[FINITE] == (True, "random weights")


@pytest.mark.parametrize("forward", ["return self.head(x.flatten(1)) / 0", "return self.head(x.flatten(1)) * 0 / 0"])
def test_infinite_and_undefined_logits_are_found(checks, forward):
    assert not checks(cpu=True, forward=forward)[FINITE][0]


def test_a_network_that_fails_with_values_says_why(checks):
    forward = "return self.head(x.flatten(1)) if x.is_meta else 1 / 0"
    found = checks(cpu=True, forward=forward)
    assert found[RUNS][0]
    assert found[FINITE] == (False, "ZeroDivisionError: division by zero")


def test_weights_of_an_encoder_are_for_models_that_have_one(checks):
    with pytest.raises(SpecError, match="toy takes no encoder_weights"):
        checks(encoder_weights="weights.pth")


@pytest.mark.parametrize("name", ["vit_cifar10:3", "ravit_cifar10:1-3", "cvt_13"])
def test_models_of_ours_pass(name):
    assert [row for row in run_checks(resolve(name)) if row.ok is False] == []


def test_any_model_of_timm_can_be_checked():
    pytest.importorskip("timm")
    rows = {row.check: row.ok for row in run_checks(resolve("timm/test_vit"))}
    assert (rows[RUNS], rows[FORMULA], rows[PYTORCH]) == (True, None, True)
