"""Models under the roof: blocks by path, equal ones together, and measured time from a scripted process."""

from __future__ import annotations

import json

import pytest

from effbench.cost.roofline import Ceilings
from effbench.errors import UnknownName
from effbench.processes.process import WorkerFailed
from effbench.profiling.roofline import block_of, roofline, rows, work_of
from effbench.profiling.worker.job import Job

MACHINE = Ceilings(1e11, 1e10)
JOB = Job(model="vit_cifar10:4", batch=2)


class Process:
    """Every step takes 8 ms; the median of what is sampled is asked for."""

    def __init__(self, job, failure=None):
        self.failure = failure

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def load(self, key, job, limit):
        if self.failure:
            raise self.failure
        return {"params": 1, "size": 32, "first": {"wall": 8_000_000, "cpu": 8_000_000}}

    def turn(self, key, steps, limit):
        return {"wall": [8_000_000] * steps, "cpu": [7_000_000] * steps}

    def ask(self, request, limit):
        return {"unavailable": "scripted"}


@pytest.mark.parametrize(
    ("path", "block"),
    [
        ("blocks.3.mlp.fc1", "blocks.3"),
        ("patch_embed.proj", "patch_embed"),
        ("patch_embed.encoder.1.gamma_reparam.lower_bound", "patch_embed.encoder.1"),
        ("branches.1.blocks.0.attn", "branches.1.blocks.0"),
        ("branches.0.head", "branches.0"),
        ("norm", "norm"),
        ("", ""),
    ],
)
def test_a_block_ends_at_the_last_number_of_a_path(path, block):
    assert block_of(path) == block


def test_blocks_are_the_whole_and_equal_ones_stand_together():
    found = roofline(JOB, MACHINE, start=Process)
    assert [(block.name, block.times) for block in found.blocks] == [
        ("patch_embed", 1),
        ("(model)", 1),
        ("blocks.0-3", 4),
        ("norm", 1),
        ("head", 1),
    ]
    assert sum(block.times * block.part.macs for block in found.blocks) == found.whole.macs
    assert sum(block.times * block.part.bytes for block in found.blocks) == found.whole.bytes
    assert sum(block.times * block.part.seconds for block in found.blocks) == pytest.approx(found.whole.seconds)


def test_shares_follow_from_the_measured_time():
    found = roofline(JOB, MACHINE, start=Process)
    row = rows(found, MACHINE)[0]
    # 2 images of 55,838,976 MACs (effbench flops) take 8 ms: 2 · 111,677,952 / 0.008 s of 10¹¹ FLOP/s
    assert (row["macs"], row["measured_seconds"], row["images_per_s"]) == (111_677_952, 0.008, 250)
    assert row["mfu"] == pytest.approx(0.279194880)
    assert row["attained_share"] == pytest.approx(row["attainable_seconds"] / 0.008)
    assert row["least_seconds"] < row["attainable_seconds"]


def test_rows_of_blocks_are_sums_over_equal_ones():
    found = roofline(JOB, MACHINE, start=Process)
    table = rows(found, MACHINE)
    (blocks,) = (row for row in table if row["block"] == "blocks.0-3")
    part = found.blocks[2].part
    assert (blocks["record"], blocks["times"], blocks["macs"]) == ("block", 4, 4 * part.macs)
    assert blocks["attainable_seconds"] == pytest.approx(4 * part.seconds)
    assert blocks["intensity"] == part.intensity
    assert json.loads(json.dumps(table)) == table


def test_a_failed_process_leaves_what_was_predicted_and_its_reason():
    found = roofline(JOB, MACHINE, start=lambda job: Process(job, WorkerFailed("out_of_memory", "no memory")))
    row = rows(found, MACHINE)[0]
    assert (row["measured_seconds"], row["mfu"], row["attained_share"]) == (None, None, None)
    assert row["reason"] == "out_of_memory: no memory"
    assert row["attainable_seconds"] > 0


def test_every_exit_is_an_output():
    # two exits of 10 classes instead of one: 10 more elements of 4 bytes for each of 2 images
    one, two = (
        roofline(Job(model=name, batch=2), Ceilings(1e30, 1.0), start=Process)
        for name in ("ravit_cifar10:0-4", "ravit_cifar10:1-4")
    )
    from effbench.cost.memory import parameter_bytes
    from effbench.models.registry import resolve

    weights = [parameter_bytes(resolve(name).cost()) for name in ("ravit_cifar10:0-4", "ravit_cifar10:1-4")]
    assert (two.least_seconds - one.least_seconds) - (weights[1] - weights[0]) == 2 * 10 * 4


def test_a_model_without_a_formula_is_counted(model_file):
    """192 · 5 multiply-accumulates of an image, of which the weights are read once."""
    (work,) = work_of(Job(model=f"{model_file(cost='None')}:toy", batch=3))
    assert (work.macs, work.bytes) == (3 * 960, 4 * (3 * (192 + 5) + 965))


def test_an_unknown_model_is_named():
    with pytest.raises(UnknownName, match="vit_cifar"):
        work_of(Job(model="vit_cifar100"))
