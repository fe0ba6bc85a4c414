"""``effbench check``: exit code 0 if every check passes, 1 if one fails, 2 if the question cannot be asked."""

from __future__ import annotations

import pytest


@pytest.fixture
def checked(effbench):
    """``effbench``, where networks can be built."""
    pytest.importorskip("torch")
    return effbench


WRONG = "lambda spec: ops.linear(1, 192, 6).at('head')"
"""192 · 6 instead of 192 · 5 products."""


def test_a_right_model_passes(checked, model_file):
    ran = checked("check", model_file())
    assert (ran.code, ran.err) == (0, "")
    assert "FAILED" not in ran.out
    assert ran.out.startswith(str(model_file()))


@pytest.mark.parametrize("name", ["vit_cifar10:3", "ravit_cifar10:2-7"])
def test_models_of_ours_pass(checked, name):
    pytest.importorskip("timm")
    ran = checked(f"check {name} --format json")
    assert (ran.code, {row["ok"] for row in ran.json}) == (0, {True})


def test_a_wrong_formula_fails_with_module_and_kind(checked, model_file):
    ran = checked("check", model_file(cost=WRONG))
    assert (ran.code, ran.err) == (1, "")
    failed = [line for line in ran.out.splitlines() if "FAILED" in line]
    assert len(failed) == 2
    assert "head param: 1158 against 965" in failed[0]
    assert "head mac_linear: 1152 against 960" in failed[1]


def test_what_cannot_be_asked_is_no_failure(checked, model_file):
    ran = checked("check", model_file(cost="None"))
    assert ran.code == 0
    assert "no formula: costs are counted" in ran.out


def test_one_model_of_several_is_checked(checked, model_file):
    path = model_file(models="{'a': Spec(image_size=8, num_classes=5), 'b': Spec(image_size=8, num_classes=7)}")
    assert checked(f"check {path}:a").code == 0
    assert checked(f"check {path}:b").code == 1  # it says 7 classes and gives 5


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"building": "raise ValueError('no weights')"}, "toy cannot be built: ValueError: no weights"),
        ({"forward": "raise ValueError('a\\nb')"}, "toy does not run on the CPU: ValueError: a"),
        ({"forward": "return [][len(x)]"}, "toy does not run on the CPU: "),
        ({"cost": "lambda spec: 1 // 0"}, "the formula fails: ZeroDivisionError"),
        ({"forward": "return self.head(torch.linalg.qr(x.flatten(1)).R)"}, "aten.linalg_qr.default"),
        ({"forward": "return x"}, "[(1, 3, 8, 8)]"),
    ],
)
def test_whatever_fails_is_one_line_of_the_table(checked, model_file, code, said):
    ran = checked("check", model_file(**code))
    assert (ran.code, ran.err) == (1, "")
    (line,) = (line for line in ran.out.splitlines() if "FAILED" in line and said in line)
    assert line


def test_a_network_may_fail_with_values_alone(checked, model_file):
    path = model_file(forward="return self.head(x.flatten(1)) if x.is_meta else 1 / 0")
    assert checked("check", path).code == 0
    ran = checked("check --cpu", path)
    assert (ran.code, ran.err) == (1, "")
    assert "ZeroDivisionError: division by zero" in ran.out


def test_values_are_checked_on_request(checked, model_file):
    assert "logits on the CPU are finite" in checked("check --cpu", model_file()).out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "registers no model: call effbench.models.registry.register in it"),
        ("raise ValueError('two\\nlines')\n", "could not be run: ValueError: two"),
        ("import sys; sys.exit(0)\n", "could not be run: SystemExit: 0"),
        ("def (:\n", "could not be run: SyntaxError: "),
    ],
)
def test_a_model_file_that_fails_is_one_line(effbench, model_file, text, said):
    ran = effbench("check", model_file(text))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_weights_of_an_encoder_are_for_models_that_have_one(checked, model_file, tmp_path):
    (tmp_path / "weights.pth").touch()
    ran = checked("check --encoder-weights", tmp_path / "weights.pth", model_file())
    assert (ran.code, ran.out) == (2, "")
    assert "toy takes no encoder_weights" in ran.err
