"""Outcomes as JSON. No torch."""

from __future__ import annotations

import json

from effbench.train.outcome import ExitMetrics, Outcome


def test_an_outcome_survives_json():
    exit = ExitMetrics(images=4, top1=3, top5=4, nll=0.5, ece=0.25)
    first = Outcome(
        key="k",
        name="n",
        model="m",
        seed=1,
        recipe={"task": "classify"},
        status="done",
        exits=(exit, exit),
        figures={"loss": 1.0},
    )
    entry = json.loads(json.dumps(first.as_entry()))
    assert entry["kind"] == "training"
    assert Outcome.from_entry(entry) == first
    assert exit.accuracy == 0.75
