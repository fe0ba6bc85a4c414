"""A run in a process of its own, asked in this one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("torch")

from effbench.errors import EffbenchError, SpecError
from effbench.models import plugins
from effbench.training.loop import trial
from effbench.training.loop.outcome import Outcome


@pytest.fixture
def job(tmp_path, recipe):
    return {
        "recipe": {**recipe().determining(), "name": "n", "source": "s"},
        "seed": 3,
        "folder": str(tmp_path / "run"),
    }


def test_a_job_is_trained(job, noise, recipe):
    outcome = trial.run(job)
    assert (outcome.status, outcome.seed, outcome.name) == ("done", 3, "n")
    assert outcome.key == recipe().key(3)
    assert outcome.conditions["threads"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sed": 1}, "wrong: sed"),
        ({"device": "tpu"}, "a device is cpu, cuda or auto"),
        ({"threads": 0}, "threads must be"),
    ],
)
def test_a_job_that_is_wrong(job, noise, change, said):
    with pytest.raises(EffbenchError, match=said):
        trial.run(job | change)


MODEL = """
from pathlib import Path
Path(__file__).with_name("ran").touch()
from effbench.models.families.ravit import FAMILY
from effbench.models.registry import register, resolve
register(FAMILY, {"mine": resolve("ravit_cifar10:1-1,width=8,num_heads=2").spec})
"""


def test_a_model_file_is_run_if_the_job_allows_it(job, noise, model_file, tmp_path):
    pytest.importorskip("timm")
    job["recipe"]["model"] = str(model_file(MODEL))
    with plugins.nothing_allowed():
        refused = trial.answer(job)
        assert "which is Python code" in refused["error"]
        assert not (tmp_path / "ran").exists()
        trial.answer(job | {"code": True})
        assert (tmp_path / "ran").exists()


def test_a_job_that_lacks_something(job):
    del job["folder"]
    with pytest.raises(EffbenchError, match="wrong: folder"):
        trial.run(job)


def test_a_recipe_that_is_wrong(job, noise):
    job["recipe"]["training"]["epochs"] = 0
    with pytest.raises(SpecError, match=r"training.epochs must be between"):
        trial.run(job)


def test_a_line_answers_a_line_and_nothing_else_is_said(job):
    """The real data set: ten classes, where the model has three; then the same with ten."""
    pytest.importorskip("sklearn")
    fitting = json.loads(json.dumps(job).replace("num_classes=3", "num_classes=10"))
    fitting["recipe"]["data"]["batch"] = 512
    command = [sys.executable, "-m", "effbench.training.loop.trial"]
    asked = f"{json.dumps(job)}\n{json.dumps(fitting)}\n"
    ran = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    bad, good = map(json.loads, ran.stdout.splitlines())
    assert ran.returncode == 2
    assert bad["error"].startswith("model ravit_cifar10:1-1")
    assert ran.stderr.splitlines()[-1] == f"effbench: error: {bad['error']}"
    assert Outcome.from_entry(good).status == "done"
