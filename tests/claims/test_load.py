"""The claims files: what is in them, what may not be, and what a mistake in one says."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from importlib import resources

import pytest

from effbench.claims.load import METRICS, PAPERS, RELATIONS, Claim, paper, parse_paper
from effbench.claims.ranking import figure_of
from effbench.errors import EffbenchError, UnknownName
from effbench.models.registry import resolve

UNITS = ("", "k", "M", "G", "%", "x", "h", "points")

ABOUT = {"key": "p", "title": "A paper", "authors": ["A. Author"], "url": "https://example.org", "version": "v1"}
ROW = {
    "id": "table1.a",
    "where": "Table 1",
    "row": "A",
    "system": "A",
    "metric": "flops",
    "printed": "17.6",
    "unit": "G",
}

every_file = pytest.mark.parametrize("about", [paper(key) for key in PAPERS], ids=PAPERS)


def parsed(*rows: dict[str, object]):
    """A paper of these rows, each ROW with changes."""
    return parse_paper("p", {"paper": ABOUT, "claim": [{**ROW, **row} for row in rows]})


@pytest.mark.parametrize("key", PAPERS)
def test_every_file_loads_under_its_own_name(key):
    found = paper(key)
    assert found.key == key
    assert found.claims
    assert {claim.paper for claim in found.claims} == {key}


@every_file
def test_every_file_says_which_text_was_read(about):
    assert about.title
    assert about.authors
    assert about.url.startswith("https://arxiv.org/abs/")
    assert about.version


@pytest.mark.parametrize("key", PAPERS)
def test_a_file_holds_the_paper_and_its_claims_and_no_figure_of_ours(key):
    text = resources.files("effbench.claims").joinpath(f"{key}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    published = {field.name for field in fields(Claim)} - {"paper"}
    assert {"paper", "claim"} <= set(data) <= {"paper", "claim", "ordering"}
    assert set(data["paper"]) <= {"key", "title", "authors", "url", "version", "note"}
    assert set().union(*data["claim"]) <= published


def test_the_fields_of_a_claim_are_those_of_a_publication():
    # A verdict, a correction or a value of ours would need a field here first.
    assert {field.name for field in fields(Claim)} == {
        *("paper", "id", "where", "row", "column", "system", "model", "metric", "printed", "unit", "size", "dataset"),
        *("exit_threshold", "approximate", "cites", "relation", "of", "against", "of_model", "against_model"),
    }


@every_file
def test_ids_are_unique(about):
    ids = [claim.id for claim in about.claims]
    assert len(set(ids)) == len(ids)


@every_file
def test_metrics_units_and_relations_are_known(about):
    assert {claim.metric for claim in about.claims} <= set(METRICS)
    assert {claim.unit for claim in about.claims} <= set(UNITS)
    assert {claim.relation for claim in about.claims} <= {None, *RELATIONS}


@every_file
def test_an_id_says_whether_the_figure_stands_in_a_table(about):
    assert [c.id for c in about.claims if not c.id.startswith("table" if c.in_table else "text.")] == []


@every_file
def test_every_model_is_registered_and_can_have_the_stated_size(about):
    for claim in about.claims:
        for name in {claim.model, claim.of_model, claim.against_model} - {None}:
            assert resolve(name).at_size(claim.size).name == name


@every_file
def test_every_printed_figure_is_a_number_of_0_or_more(about):
    assert [c.id for c in about.claims if c.printed and figure_of(c).value < 0] == []


@every_file
def test_only_statements_in_words_have_no_figure(about):
    """Orderings of printed figures, and what is told and not checked: it has no model."""
    told = [c for c in about.claims if c.relation is None and c.model is None and not c.unit]
    assert [c.id for c in about.claims if (c.printed == "") != (c.relation == "greater" or c in told)] == []


@every_file
def test_a_relation_has_two_sides_of_one_kind_and_a_figure_has_none(about):
    for claim in about.claims:
        sides = [name for name in ("of", "against", "of_model", "against_model") if getattr(claim, name) is not None]
        assert sides in ([["of", "against"], ["of_model", "against_model"]] if claim.relation else [[]]), claim.id


@every_file
def test_only_networks_with_exits_have_an_exit_threshold(about):
    models = {claim.counted_model for claim in about.claims if claim.exit_threshold is not None}
    assert [name for name in models if resolve(name).entry.family.branches is None] == []


@every_file
def test_a_row_of_100_percent_is_compared_with_itself(about):
    rows = [claim for claim in about.claims if claim.relation == "percent" and claim.printed == "100"]
    assert [row.id for row in rows if row.of != row.against] == []


def test_an_unknown_paper_names_the_nearest():
    with pytest.raises(UnknownName, match="unknown paper 'ravti'; did you mean ravit"):
        paper("ravti")


def test_a_claim_is_found_by_its_id():
    assert paper("ravit").claim("table1.vit-3.flops").printed == "83.16"


def test_an_excerpt_is_one_table():
    table = paper("ci2p_vit").excerpt("Table 2")
    assert {claim.where for claim in table.claims} == {"Table 2"}
    assert len(table.claims) == 3 * 5  # three sizes; three costs and two reductions each


def test_digits_are_without_thousands_separators():
    assert parsed({"printed": "2,100"}).claims[0].digits == "2100"


def test_a_claim_without_a_model_says_so_when_it_is_counted():
    with pytest.raises(EffbenchError, match=r"'table1\.a' of p names no registered model"):
        _ = parsed({}).claims[0].counted_model


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"value": 17.6}, r"unknown keys \['value'\]"),
        ({"metric": "speed"}, "metric 'speed'; allowed: "),
        ({"relation": "twice"}, "relation 'twice'; allowed: "),
        ({"relation": "ratio", "of": "table1.b", "against": "table1.a"}, "of or against names no claim"),
        ({"relation": "ratio", "of": "table1.a", "against": "table1.b"}, "of or against names no claim"),
    ],
)
def test_a_mistake_names_the_file_the_claim_and_the_problem(row, problem):
    with pytest.raises(EffbenchError, match=rf"claims/p\.toml, claim 'table1\.a': {problem}"):
        parsed(row)


def test_an_id_that_stands_twice_is_named():
    with pytest.raises(EffbenchError, match=r"claim 'table1\.a': an id stands twice"):
        parsed({}, {"id": "table1.b"}, {})


@pytest.mark.parametrize("key", ["id", "where", "row", "system", "metric", "printed", "unit"])
def test_a_missing_key_names_the_claim(key):
    row = {name: value for name, value in ROW.items() if name != key}
    with pytest.raises(EffbenchError, match=key):
        parse_paper("p", {"paper": ABOUT, "claim": [row]})


def test_a_figure_that_is_no_number_names_the_claim():
    with pytest.raises(EffbenchError, match=r"'table1\.a'.*about 17"):
        parsed({"printed": "about 17"})
