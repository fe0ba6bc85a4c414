"""The atlas for people, by hand."""

from __future__ import annotations

from dataclasses import replace

from effbench.counting.atlas.against import AgainstRow
from effbench.counting.atlas.rows import AtlasRow
from effbench.counting.atlas.table import AGAINST, against_notes, disagreeing, notes, summary
from effbench.render.table import render


def a_row(model, **more):
    given = {
        "model": model,
        "input": "3x8x8",
        "classes": 10,
        "params": 1000,
        "macs": 200,
        "mac_conv": 100,
        "mac_linear": 50,
        "mac_qk": 25,
        "mac_av": 25,
        "activations": 7,
        "attention_share": 0.25,
        "torch": "equal",
        "unseen": "",
        "failed": "",
    }
    return AtlasRow(**given | more)


FAILED = a_row("c", **dict.fromkeys(("params", "macs", "torch")), failed="ValueError: no")


def page(*rows):
    return summary(rows, command="effbench atlas --out atlas.csv", conditions=["timm 1"])


def test_coverage_and_agreement_are_counted():
    said = notes([a_row("a"), a_row("b", torch="differs: convolutions +1, products +0"), FAILED])
    assert said[0] == "3 names, 2 counted, 1 failed."
    assert said[1].endswith("for 1 of 2 names.")


def test_without_pytorch_s_count_nothing_is_said_of_it():
    assert not any("FlopCounterMode" in line for line in notes([a_row("a", torch=None)]))


def test_failures_are_listed_by_reason():
    text = page(a_row("a"), FAILED, replace(FAILED, model="d"))
    assert "## Not counted\n\n- ValueError: no: c, d" in text
    assert "## Not counted" not in page(a_row("a"))


def test_differences_are_listed():
    text = page(a_row("a", torch="differs: convolutions +1, products +0"), a_row("b"))
    assert "## Differs from FlopCounterMode\n\n- a: differs: convolutions +1, products +0" in text
    assert "## Differs" not in page(a_row("a"))


def test_operators_without_a_price_are_counted_by_name():
    text = page(a_row("a", unseen="aten.x;aten.y"), a_row("b", unseen="aten.x"))
    assert "- `aten.x`: 2 names\n- `aten.y`: 1 names" in text


def test_extremes_are_of_architectures_and_in_order():
    text = page(a_row("small"), a_row("large", macs=900), a_row("large.tag", macs=900))
    most = text.split("most multiply-accumulates")[1].split("###")[0]
    assert [line.split()[1] for line in most.splitlines() if "3x8x8" in line] == ["large", "small"]


def judged(quantity, verdict, under=None):
    published = {"quantity": quantity, "published": "1.00 G", "ours": 5, "ratio": 1.0}
    return AgainstRow(model="a", size=8, **published, verdict=verdict, under=under)


ROWS = [
    judged("macs", "agrees", "macs"),
    judged("macs", "explained", "fvcore"),
    judged("macs", "explained", "fvcore"),
    judged("macs", "disagrees"),
    AgainstRow(model="a", size=8, reason="timm has no such model"),
]


def test_what_agrees_is_counted_and_not_listed():
    assert against_notes(ROWS) == [
        "macs: 4 figures, 1 agree, 2 hold under fvcore, 1 hold under no way of counting tried.",
        "1 lines are of models that were not counted.",
    ]
    assert disagreeing(ROWS) == ROWS[1:]


def test_every_row_says_under_what_or_why():
    text = render([*ROWS[1:3], replace(ROWS[3], reason="nearest: 4 G under macs"), ROWS[4]], AGAINST, "table")
    assert "nearest: 4 G under macs" in text
    assert "timm has no such model" in text
