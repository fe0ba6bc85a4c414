"""The page of claims as Markdown, by hand."""

from __future__ import annotations

from effbench.claims.page import About, Judged, page

HOLDS = Judged(
    where="Table 1",
    what="A|B / FLOPs",
    printed="17.6 G",
    ours=17_582_000_000,
    unit="",
    group="holds",
    found="holds, rounded: macs, 224²",
    command="effbench why p.1 A FLOPs",
)
PERCENT = Judged(
    where="Abstract",
    what="A: reduction",
    printed="about 50 %",
    ours=51.236,
    unit="%",
    group="follows",
    found="follows: 1 G against 2 G",
    command="effbench claims --paper p --all",
)
SPEED = {
    "where": "Abstract",
    "model": "a",
    "against": "b",
    "task": "infer",
    "size": 32,
    "printed": "about 2 x",
    "unit": "x",
    "predicted": 3.489,
    "measured": 2.94,
    "low": 2.76,
    "high": 3.14,
    "verdict": "better than about 2 x",
}


def made(**more):
    given = {"judged": [HOLDS, PERCENT], "findings": [], "speeds": [], "accuracies": 3, **more}
    return page([About(key="p", title="A paper", url="https://example.org", version="v1", note="", **given)])


def cells(text, beginning):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {beginning}")]
    return [cell.strip() for cell in line.replace(r"\|", "!").strip("|").split("|")]


def test_a_claim_is_a_line():
    assert cells(made(judged=[PERCENT]), "Abstract") == [
        "Abstract",
        "A: reduction",
        "about 50 %",
        "51.24 %",
        "follows: 1 G against 2 G",
        "`effbench claims --paper p --all`",
    ]


def test_a_bar_in_a_label_does_not_end_its_cell():
    assert cells(made(judged=[HOLDS]), "Table 1")[1] == "A!B / FLOPs"


def test_the_summary_counts_what_was_found():
    text = made(judged=[HOLDS, HOLDS, PERCENT])
    assert "3 efficiency claims:\n\n- holds: 2\n- follows: 1\n- accuracies and their orderings, not listed: 3" in text


def test_findings_and_speeds_have_sections_only_where_there_are_any():
    assert "What does not fit" not in made()
    assert "### Speed" not in made()
    finding = {"where": "Table 1", "kind": "off", "detail": "printed 1 * 2"}
    text = made(findings=[finding], speeds=[SPEED])
    assert r"- Table 1 (off): printed 1 \* 2." in text
    assert "| 3.49 x | 2.94 x [2.76 x, 3.14 x] |" in " ".join(text.split())
