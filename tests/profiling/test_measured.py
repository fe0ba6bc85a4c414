"""What is made of a row's processes: known clocks give exact numbers in SI units."""

from __future__ import annotations

from random import Random

import pytest

from effbench.cost.memory import peak_activation_bytes
from effbench.models.registry import resolve
from effbench.profiling.measured import flat, measurements
from effbench.profiling.rows import Plan, measure, rows_for
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

pytest.importorskip("scipy")

MS = 1_000_000
NAME = "vit_cifar10:3"
PLAN = Plan(processes=2, samples=2, seconds=0.01)


def measured(job=None, plan=PLAN):
    """(row, its file) after a run."""
    visits = Visits(None, "")
    rows = rows_for([job or Job(model=NAME, batch=4)], plan, visits)
    measure(rows, plan, visits, order=Random(0))
    return rows[0], visits


def test_a_known_clock_gives_known_numbers(bench):
    # 8 ms of wall and 6 ms of CPU time a step of 4 images: 4 / 0.008 = 500 images/s
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 6 * MS}
    found = flat(measured()[0])
    assert (found["status"], found["reason"], found["processes"], found["steady"]) == ("measured", None, 2, True)
    assert found["latency"] == found["latency_wall"] == 0.008
    assert found["latency_cpu"] == 0.006
    assert found["throughput"] == 500
    assert [found["latency_low"], found["latency_high"]] == pytest.approx([0.008, 0.008])
    assert [found["throughput_low"], found["throughput_high"]] == pytest.approx([500, 500])
    assert found["peak_memory"] == 4096
    assert (found["energy"], found["energy_reason"]) == (None, "no counter")


def test_samples_and_their_percentiles(bench):
    # 2 processes of one turn each, 50 / 8 = 6 steps: too few for p90, which takes 29
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 8 * MS}
    found = flat(measured()[0])
    assert (found["samples"], found["latency_p90"]) == (12, None)
    found = flat(measured(plan=Plan(processes=2, samples=40, seconds=0.01))[0])
    assert (found["samples"], found["latency_p90"], found["latency_p99"]) == (48, 0.008, None)


def test_energy_is_of_an_image(bench):
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 8 * MS}
    bench.answers["energy"] = {"joules": 10.0, "steps": 5, "how": "a script"}
    assert flat(measured()[0])["energy"] == 0.5  # 10 J / 5 steps / 4 images


@pytest.mark.parametrize(("launch", "bound"), [(8_900_000, False), (9_100_000, True)])
def test_a_gpu_that_waits_for_the_host_is_flagged(bench, launch, bound):
    # wall 10 ms; handing over takes more or less than 9/10 of it
    bench.steps[NAME] = {"wall": 10 * MS, "cpu": 9 * MS, "device": 7 * MS, "launch": launch}
    bench.answers["state"] = {"sm_clock_hz": 1_500_000_000, "throttle": ["idle"], "slowed_by": ["hardware_thermal"]}
    found = flat(measured(Job(model=NAME, batch=4, device="cuda"))[0])
    assert (found["latency"], found["latency_wall"], found["host_bound"]) == (0.007, 0.01, bound)
    assert (found["sm_clock_hz"], found["slowed_by"]) == (1_500_000_000, ["hardware_thermal"])


def test_a_gpu_without_nvml_says_so(bench):
    bench.steps[NAME] = {"wall": 10 * MS, "cpu": 9 * MS, "device": 7 * MS, "launch": MS}
    found = flat(measured(Job(model=NAME, device="cuda"))[0])
    assert (found["sm_clock_hz"], found["slowed_by"], found["state_reason"]) == (None, [], "no GPU")


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_memory_is_predicted_for_batch_and_dtype(bench, dtype):
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 8 * MS}
    found = flat(measured(Job(model=NAME, batch=4, dtype=dtype))[0])
    assert found["peak_predicted"] == peak_activation_bytes(resolve(NAME).cost(), batch=4, dtype=dtype)


def test_the_memory_of_a_training_step_is_not_predicted(bench):
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 8 * MS}
    assert flat(measured(Job(model=NAME, task="train"))[0])["peak_predicted"] is None


def test_one_process_has_no_interval(bench):
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 8 * MS}
    found = flat(measured(plan=Plan(processes=1, samples=2, seconds=0.01))[0])
    assert (found["latency"], found["latency_low"], found["latency_high"]) == (0.008, None, None)
    assert (found["throughput_low"], found["throughput_high"]) == (None, None)


def test_measurements_carry_unit_source_interval_and_conditions(bench):
    bench.steps[NAME] = {"wall": 8 * MS, "cpu": 8 * MS}
    row, visits = measured()
    found = {one.metric: one for one in measurements(row, visits)}
    assert {name: (one.value, one.unit) for name, one in found.items()} == {
        "latency": (0.008, "s"),
        "throughput": (500, "image/s"),
        "peak_memory": (4096, "byte"),
    }
    line = found["latency"].plain()
    assert (line["source"], line["batch"], line["size"], line["dtype"]) == ("measured", 4, 32, "fp32")
    assert [line["low"], line["high"]] == pytest.approx([0.008, 0.008])
    assert {"machine", "commit", "dirty", "load", "libraries"} <= set(line)
    assert "torch" in line["libraries"]


def test_a_row_without_a_number_is_a_line_with_its_reason(bench):
    from effbench.processes.process import WorkerFailed

    bench.failures[NAME, "load"] = [WorkerFailed("out_of_memory", "no room")]
    bench.steps[NAME] = {}
    row, visits = measured(Job(model=NAME, batch=4096))
    line = measurements(row, visits)[0].plain()
    wanted = {"model": NAME, "batch": 4096, "metric": "latency", "value": None, "status": "out_of_memory"}
    assert wanted.items() <= line.items()
    assert line["reason"] == "no room"
