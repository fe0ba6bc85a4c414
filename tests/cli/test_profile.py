"""``effbench profile`` with scripted workers, and once with real ones."""

from __future__ import annotations

import json
import shlex
from statistics import median

import pytest

from effbench.processes.process import WorkerFailed

pytest.importorskip("torch")
pytest.importorskip("scipy")

MS = 1_000_000
A, B = "vit_cifar10:4", "ravit_cifar10:1-3"


@pytest.fixture
def two(bench):
    bench.steps = {A: {"wall": 20 * MS, "cpu": 10 * MS}, B: {"wall": 15 * MS, "cpu": 8 * MS}}
    return bench


def test_a_table_of_what_was_measured(effbench, two):
    ran = effbench(f"profile {A} {B} --batch 4")
    assert ran.code == 0
    head, _, first, second = ran.out.splitlines()[:4]
    assert head.split()[:4] == ["model", "size", "batch", "latency"]
    # 4 images in 20 ms: 200 images/s; in 15 ms 266.7
    assert first.split()[:4] == [A, "32²", "4", "20.00"]
    assert "20.00 ms .. 20.00 ms" in first
    assert "10.00 ms" in first
    assert "200.0" in first
    assert "266.7" in second
    assert "4.0 KiB" in first
    assert "energy: not available: no counter." in ran.out
    assert "p99: omitted; it needs 299 samples" in ran.out
    assert "Conditions: " in ran.out
    assert "threads 1" in ran.out


def test_json_holds_records_in_si_units(effbench, two):
    rows = effbench(f"profile {A} --format json").json
    latency = next(row for row in rows if row["metric"] == "latency")
    assert (latency["value"], latency["unit"], latency["source"]) == (0.02, "s", "measured")
    assert {"machine", "commit", "dirty", "load", "libraries", "low", "high", "dtype", "threads"} <= set(latency)
    assert effbench(f"profile {A} --format csv").csv[0]["metric"] == "latency"


def test_every_combination_is_a_row(effbench, two):
    rows = effbench(f"profile {A} {B} --batch 1 2 --dtype fp32 bf16 --task infer train --format json").json
    found = {(row["model"], row["batch"], row["dtype"], row["task"]) for row in rows}
    assert len(found) == 16
    table = effbench(f"profile {A} --task infer train").out
    assert "train" in table
    assert "fp32" not in table.splitlines()[2]  # what does not vary has no column


def test_a_sweep_names_its_knee(effbench, two):
    # a step takes 20 ms whatever the batch: every doubling doubles throughput
    ran = effbench(f"profile {A} --batch 1 2 4 --processes 2")
    assert "knee at batch 4" in ran.out
    assert "4 again" in ran.out
    assert [job.batch for job in two.loaded].count(4) == 4


def test_ratios_in_lock_step(effbench, two):
    ran = effbench(f"profile {B} {A} --relative-to {A} --sets 3 --rounds 2")
    assert ran.code == 0
    _, _, base, other = ran.out.splitlines()[:4]
    assert base.split()[0] == A
    assert base.count("1.000") >= 3
    assert "0.750" in other  # 15 / 20 ms of wall time
    assert "0.800" in other  # 8 / 10 ms of CPU time
    row = effbench(f"profile {B} {A} --relative-to {A} --sets 3 --rounds 2 --format json").json[1]
    assert (row["model"], row["against"], row["sets"]) == (B, A, 3)
    assert row["macs_ratio"] == pytest.approx(row["macs"] / effbench_macs(effbench, A))


def effbench_macs(effbench, name):
    """By formula."""
    return effbench(f"flops {name} --format json").json[0]["value"]


def test_a_failed_row_is_named_and_the_others_are_there(effbench, two):
    two.failures[B, "load"] = [WorkerFailed("out_of_memory", "RuntimeError: no room")]
    ran = effbench(f"profile {A} {B} --batch 4096")
    assert ran.code == 1
    assert "out_of_memory" in ran.out
    assert f"{B}, batch 4096, fp32 eager infer: out_of_memory: RuntimeError: no room." in ran.out
    assert "20.00 ms" in ran.out


def test_nothing_measured_has_a_code_of_its_own(effbench, two):
    two.failures[A, "load"] = [WorkerFailed("unavailable", "PyTorch sees no CUDA device")] * 2
    ran = effbench(f"profile {A} --device cuda --dtype fp32 bf16")
    assert ran.code == 4
    assert ran.out.count("PyTorch sees no CUDA device") == 2
    two.failures[A, "load"] = [WorkerFailed("unavailable", "PyTorch sees no CUDA device")]
    assert effbench(f"profile {A} {B} --relative-to {A} --device cuda").code == 4


@pytest.mark.parametrize(("more", "turns"), [("", 40), (f" --relative-to {A} --rounds 2", 14)])
def test_an_interrupt_prints_what_there_is_and_the_next_run_goes_on(effbench, two, tmp_path, more, turns):
    # a process of B takes 3 turns to get warm and 14 of 45 ms for 0.6 s; in a set 3 and 2 rounds: both break the third
    out = tmp_path / "kept.jsonl"
    two.failures[B, "turn"] = [None] * turns + [KeyboardInterrupt()]
    line = f"profile {A} {B}{more} --journal {out}"
    ran = effbench(line)
    assert ran.code == 130
    assert "interrupted" in ran.err
    assert "20.00 ms" in ran.out
    assert "incomplete" in ran.out
    done = len(two.loaded)
    whole = effbench(line)
    assert whole.code == 0
    finished = len([entry for entry in map(json.loads, out.read_text().splitlines()) if "status" in entry])
    wanted = 8 if more else 10
    assert finished == wanted
    assert len(two.loaded) - done < (2 * wanted if more else wanted)
    again = effbench(line)
    assert (again.code, again.out) == (0, whole.out)


def test_a_disk_that_is_full_from_the_start_costs_no_measurement(effbench, two, tmp_path):
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        ran = effbench(f"profile {A} --journal {tmp_path / 'kept.jsonl'}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (ran.code, ran.out, two.loaded) == (2, "", [])
    assert "cannot write" in ran.err


def test_a_disk_that_fills_up_ends_the_run_with_everything_shown(effbench, two, tmp_path):
    import resource

    out = tmp_path / "kept.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        ran = effbench(f"profile {A} {B} --journal {out}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ran.code == 1
    assert "cannot write" in ran.err
    assert "incomplete" in ran.out
    kept = [json.loads(line) for line in out.read_text().splitlines()]  # whole lines alone
    assert 1 < len(kept) < 11
    done = len(two.loaded)
    assert effbench(f"profile {A} {B} --journal {out}").code == 0  # there is room again
    assert len(two.loaded) - done == 10 - (len(kept) - 1)


def test_what_is_kept_begins_with_its_command(effbench, two, tmp_path):
    table = tmp_path / "table.md"
    line = f"profile {A} --batch 2 --processes 2 --format markdown --output {table}"
    assert effbench(line).code == 0
    assert table.read_text().splitlines()[0] == f"**effbench {line}**"
    assert shlex.split(f"effbench {line}")[0] == "effbench"


def test_results_measured_otherwise_are_mentioned(effbench, two, tmp_path):
    out = tmp_path / "kept.jsonl"
    effbench(f"profile {A} --journal {out}")
    ran = effbench(f"profile {A} --samples 100 --journal {out}")
    assert "also holds 5 processes for these rows, measured under other conditions" in ran.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("profile", "required: MODEL"),
        ("profile vit_tiny_patch61", "did you mean vit_tiny_patch16"),
        (f"profile {A} --size 33", "multiple of"),
        (f"profile {A} --batch 0", "batch must be between 1 and"),
        (f"profile {A} --batch x", "not a whole number"),
        (f"profile {A} --processes 0", "processes must be between"),
        (f"profile {A} --seconds 0", "not a number of seconds"),
        (f"profile {A} --limit nan", "not a number of seconds"),
        (f"profile {A} --dtype int8", "invalid choice"),
        (f"profile {A} --relative-to {B}", "unknown model of this comparison"),
        (f"profile {A} --relative-to {A}", "two models or more"),
        (f"profile {A} --sweep --batch 2", "--sweep takes neither"),
        (f"profile {A} --journal no/such/folder/x.jsonl", "no such folder"),
        (f"profile {A} --journal /dev/full", "not a regular file"),
    ],
)
def test_bad_input_is_one_line_and_starts_nothing(effbench, two, line, said):
    ran = effbench(line)
    assert (ran.code, ran.out, two.loaded) == (2, "", [])
    assert said in ran.err
    assert ran.err.count("\n") == 1


SLEEPER = """
import os
import time
from pathlib import Path

import torch
from effbench.cost import ops
from effbench.models.registry import Family, register
from effbench.models.spec import Spec


def build(spec):
    log = os.open(Path(__file__).with_suffix(".log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    class Net(torch.nn.Module):
        def forward(self, x):
            start = time.perf_counter()
            time.sleep(0.05)
            os.write(log, b"%.9f\\n" % (time.perf_counter() - start))
            return x[:, 0, 0]

    return Net()


register(Family(name="sleeper", source="a test", build=build, cost=lambda spec: ops.linear(1, 192, 5).at("head")),
         {"sleeper": Spec(image_size=8, num_classes=5)})
"""


def test_a_known_sleep_is_timed_within_one_percent(effbench, model_file, tmp_path):
    """The model logs how long each of its sleeps really took: what is left is the profiler's own share and bias.

    Of the steps the least disturbed half is looked at: another program may take the CPU between the two readings.
    """
    path, out = model_file(SLEEPER, name="sleeper.py"), tmp_path / "kept.jsonl"
    found = {
        row["metric"]: row
        for row in effbench("profile --processes 2 --samples 24 --format json", path, "--out", out).json
    }
    visits = [entry for entry in map(json.loads, out.read_text().splitlines()) if entry["kind"] == "visit"]
    slept = [float(line) for line in path.with_suffix(".log").read_text().split()]
    excess = []
    for visit in visits:
        before, count = 1 + visit["warm"]["steps"], len(visit["samples"]["wall"])
        of_samples, slept = slept[before : before + count], slept[before + count + 1 :]  # one more for its memory
        excess += [ns / 1e9 / s - 1 for ns, s in zip(visit["samples"]["wall"], of_samples, strict=True)]
    assert slept == []
    assert min(excess) >= 0
    assert median(sorted(excess)[: len(excess) // 2]) < 0.01
    assert found["latency"]["processes"] == len(visits) == 2
    wall = [ns / 1e9 for visit in visits for ns in visit["samples"]["wall"]]
    assert min(wall) <= found["latency"]["value"] <= max(wall)
    assert found["throughput"]["value"] == pytest.approx(1 / found["latency"]["value"])


def test_a_process_that_is_killed_costs_one_row(effbench, model_file, tmp_path):
    killer = model_file(name="killer.py", forward="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    sound = model_file(name="sound.py", models="{'sound': Spec(image_size=8, num_classes=5)}")
    out = tmp_path / "kept.jsonl"
    ran = effbench("profile --processes 1 --samples 1 --seconds 0.01", killer, sound, "--out", out)
    assert ran.code == 1
    assert f"{killer}, batch 1, fp32 eager infer: killed: killed by SIGKILL." in ran.out
    entries = {entry["status"]: entry for entry in map(json.loads, out.read_text().splitlines()) if "status" in entry}
    assert set(entries) == {"killed", "measured"}
    assert entries["measured"]["subject"]["model"] == str(sound)


def test_a_process_that_hangs_is_given_up_at_the_limit(effbench, model_file):
    ran = effbench("profile --processes 3 --limit 0.05", model_file())
    assert ran.code == 4
    assert "timeout: no answer within" in ran.out
