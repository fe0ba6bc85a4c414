from __future__ import annotations

from pathlib import Path
from typing import Any

from effbench.cost.convention import convention
from effbench.counting.operations import operations
from effbench.files import journal
from effbench.render.plain import plain
from effbench.report.data.conventions import KIND_NUMBERS
from effbench.report.data.trained import trained_rows
from effbench.training.loop.outcome import ExitMetrics, Outcome


def outcome(seed: int, top1: int, *, status: Any = "done", model: str = "ravit_cifar10:1-3") -> Outcome:
    exits = (ExitMetrics(images=100, top1=10, top5=50, nll=1.0, ece=0.1),) * (status == "done")
    last = (ExitMetrics(images=100, top1=top1, top5=90, nll=0.5, ece=0.1),) * (status == "done")
    return Outcome(
        key=f"{model}{seed}",
        name="small",
        model=model,
        seed=seed,
        recipe={"model": model, "data": {"name": "digits", "size": 32}},
        status=status,
        reason="" if status == "done" else "NaN",
        exits=exits + last,
        conditions={"cpu": "a CPU", "commit": "abc", "libraries": {"torch": "2"}},
    )


def store(folder: Path, *outcomes: Outcome) -> None:
    path = folder / "reports" / "sweeps" / "mine" / "results.jsonl"
    path.parent.mkdir(parents=True)
    for one in outcomes:
        journal.append(path, one.as_entry() | {"cell": {"b1": 1}, "experiment": "small"})


def test_seeds_of_one_recipe_are_one_row(tmp_path: Path) -> None:
    store(tmp_path, outcome(0, 80), outcome(1, 84), outcome(2, 0, status="failed"))
    (row,) = map(plain, trained_rows(tmp_path))
    assert row["accuracies"] == {"0": 80.0, "1": 84.0}  # of the last exit
    assert (row["failed"], row["images"], row["dataset"]) == (1, 100, "digits")
    assert row["conditions"]["cpu"] == "a CPU"
    assert row["file"] == "reports/sweeps/mine/results.jsonl"
    macs = sum(n for _, _, pairs in row["groups"] for kind, n in zip(pairs[::2], pairs[1::2], strict=True) if kind < 4)
    assert [list(KIND_NUMBERS)[kind] for kind in range(4)] == ["mac_linear", "mac_conv", "mac_qk", "mac_av"]
    assert macs == convention("macs").total(operations("ravit_cifar10:1-3", 32).counts)


def test_a_recipe_of_which_every_seed_failed_is_no_row(tmp_path: Path) -> None:
    store(tmp_path, outcome(0, 0, status="failed"))
    assert trained_rows(tmp_path) == []


def test_a_network_the_registry_no_longer_has_keeps_its_accuracy(tmp_path: Path) -> None:
    store(tmp_path, outcome(0, 80, model="gone_from_the_registry"))
    (row,) = map(plain, trained_rows(tmp_path))
    assert row["groups"] == []
    assert row["accuracies"] == {"0": 80.0}


def test_no_store_is_no_row(tmp_path: Path) -> None:
    assert trained_rows(tmp_path) == []
