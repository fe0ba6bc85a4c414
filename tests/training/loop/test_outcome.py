"""Outcomes as JSON. No torch."""

from __future__ import annotations

import dataclasses
import json

from effbench.training.loop.outcome import Epoch, ExitMetrics, Outcome, Row, curve_of


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
        curve=(Epoch(number=2, loss=1.5, accuracy=(0.5, 0.75)),),
        figures={"loss": 1.0},
    )
    entry = json.loads(json.dumps(first.as_entry()))
    assert entry["kind"] == "training"
    assert Outcome.from_entry(entry) == first
    assert exit.accuracy == 0.75


def test_an_outcome_of_a_version_without_curves_is_read():
    first = Outcome(key="k", name="n", model="m", seed=1, recipe={}, status="done")
    entry = {key: value for key, value in first.as_entry().items() if key != "curve"}
    assert Outcome.from_entry(entry) == first


def test_a_curve_has_the_epochs_that_were_judged():
    log = [
        {"epoch": 1, "lr": 0.1, "loss": 2.0, "accuracy_1": None, "accuracy_2": None},
        {"epoch": 2, "lr": 0.1, "loss": 1.5, "accuracy_1": 0.25, "accuracy_2": 0.5},
    ]
    rows = [Row.read(entry) for entry in log]
    assert [row.as_line() for row in rows] == log
    assert curve_of(rows) == (Epoch(number=2, loss=1.5, accuracy=(0.25, 0.5)),)
    assert curve_of([Row.read({"epoch": 1, "lr": 0.1, "loss": 2.0, "test_loss": 1.0})]) == ()
    former = Row.read({"epoch": 3, "lr": 0.1, "cells": [{"loss": 2.0}]})
    assert former.as_line() == {"epoch": 3, "lr": 0.1, "loss": 2.0}
    assert Row.read(dataclasses.asdict(former)) == former
