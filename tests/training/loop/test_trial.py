"""Jobs: what they may say, how they are answered, and the process that answers them line by line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("torch")

from effbench.models import plugins
from effbench.training.loop.job import Job, answer
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.trial import run


@pytest.fixture
def job(tmp_path, recipe):
    return Job(recipe=recipe(), seed=3, folder=str(tmp_path / "run")).as_plain()


def test_a_job_is_trained(job, noise, recipe):
    outcome = Outcome.from_entry(answer(job, run))
    assert (outcome.status, outcome.seed, outcome.name) == ("done", 3, "small")
    assert outcome.key == recipe().key(3)
    assert outcome.conditions["threads"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sed": 1}, "unknown key of job 'sed'; did you mean seed"),
        ({"seed": "1"}, "seed must be a whole number, got '1'"),
        ({"root": 3}, "root must be a text, got 3"),
        ({"recipe": []}, "recipe must be a table"),
        ({"device": "tpu"}, "a device is cpu, cuda or auto"),
        ({"threads": 0}, "threads must be"),
        ({"folder": ""}, "a job to train has a folder"),
    ],
)
def test_a_job_that_is_wrong(job, noise, change, said):
    found = answer(job | change, run)
    assert said in found["error"]
    assert found["again"] is False


def test_a_job_that_lacks_something_or_whose_recipe_is_wrong(job):
    assert answer({name: value for name, value in job.items() if name != "seed"}, run)["error"] == "job has no seed"
    job["recipe"]["training"]["epochs"] = 0
    assert answer(job, run)["error"].startswith("training.epochs must be between")


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
        assert "which is Python code" in answer(job, run)["error"]
        assert not (tmp_path / "ran").exists()
        answer(job | {"code": True}, run)
        assert (tmp_path / "ran").exists()


def test_a_line_answers_a_line_and_nothing_else_is_said(job):
    """The real data set: ten classes, where the model has three; then the same with ten."""
    pytest.importorskip("sklearn")
    fitting = json.loads(json.dumps(job).replace("num_classes=3", "num_classes=10"))
    fitting["recipe"]["data"]["batch"] = 512
    command = [sys.executable, "-m", "effbench.training.loop.trial"]
    asked = f"{json.dumps(job)}\n{json.dumps(fitting)}\n"
    ran = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    bad, good = (json.loads(line)["ok"] for line in ran.stdout.splitlines())
    assert ran.returncode == 2
    assert bad["error"].startswith("model ravit_cifar10:1-1")
    assert ran.stderr.splitlines()[-1] == f"effbench: error: {bad['error']}"
    assert Outcome.from_entry(good).status == "done"
