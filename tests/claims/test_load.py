"""Papers' files: what is in them, what may not be, what a mistake in one says, and papers of a user's own."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from effbench.claims.load import FOLDER, paper, papers, papers_in, parse_paper
from effbench.claims.paper import Claim
from effbench.claims.readings import figure_of
from effbench.errors import EffbenchError, UnknownName
from effbench.models.registry import resolve

every_file = pytest.mark.parametrize("about", papers(), ids=lambda about: about.key)


def test_the_papers_are_what_the_folder_holds_in_their_own_order():
    assert [about.key for about in papers()] == ["ci2p_vit", "token_fusion", "ravit", "swiftformer"]
    assert {about.key for about in papers()} == {path.stem for path in FOLDER.glob("*.toml")}


@every_file
def test_every_file_says_which_text_was_read(about):
    assert paper(about.key) is about
    assert {claim.paper for claim in about.claims} == {about.key}
    assert all((about.title, about.short, about.authors, about.version))
    assert about.url.startswith("https://arxiv.org/abs/")


def test_the_fields_of_a_claim_are_those_of_a_publication():
    # A verdict, a correction or a value of ours would need a field here first.
    assert {field.name for field in fields(Claim)} == {
        *("paper", "id", "where", "row", "column", "system", "model", "metric", "printed", "unit", "size", "dataset"),
        *("exit_threshold", "approximate", "cites", "relation", "of", "against", "of_model", "against_model"),
        *("part", "scope", "reading", "later", "later_in"),
    }


@every_file
def test_an_id_says_whether_the_figure_stands_in_a_table(about):
    assert [c.id for c in about.claims if not c.id.startswith("table" if c.in_table else "text.")] == []


@every_file
def test_every_model_is_registered_and_can_have_the_stated_size(about):
    for claim in about.claims:
        for name in {claim.model, claim.of_model, claim.against_model} - {None}:
            assert resolve(name).at_size(claim.size).name == name


CLAIMS = [claim for about in papers() for claim in about.claims]


def test_only_statements_in_words_have_no_figure():
    """Orderings of printed figures, and what is told and not checked: it has no model."""
    told = [c for c in CLAIMS if c.relation is None and c.model is None and not c.unit]
    assert [c.id for c in CLAIMS if (c.printed == "") != (c.relation in ("greater", "similar") or c in told)] == []
    assert [c.id for c in CLAIMS if c.printed and figure_of(c).value < 0] == []
    assert told


def test_only_networks_with_exits_have_an_exit_threshold():
    models = {claim.counted_model for claim in CLAIMS if claim.exit_threshold is not None}
    assert models
    assert [name for name in models if resolve(name).entry.family.branches is None] == []


def test_a_row_of_100_percent_is_compared_with_itself():
    rows = [claim for claim in CLAIMS if claim.relation == "percent" and claim.printed == "100"]
    assert rows
    assert [row.id for row in rows if row.of != row.against] == []


@every_file
def test_every_table_of_the_paper_is_laid_out(about):
    assert {layout.where for layout in about.tables} == {claim.where for claim in about.claims if claim.in_table}


def test_every_claim_of_training_time_has_a_measurement_that_tests_it():
    tested = {(about.key, id) for about in papers() for test in about.speed for id in test.ids}
    hours = {(claim.paper, claim.id) for claim in CLAIMS if claim.metric == "training_hours" and claim.printed}
    assert hours
    assert hours <= tested


SPEEDS = [(about, test) for about in papers() for test in about.speed]


@pytest.mark.parametrize(("about", "test"), SPEEDS, ids=[test.claim for _, test in SPEEDS])
def test_what_is_timed_is_what_the_claim_is_about(about, test):
    claim = about.claim(test.claim)
    assert all(resolve(name).at_size(test.size) for name in (test.model, test.against))
    if test.over is None:
        assert claim.model == test.model
    if claim.relation == "percent":
        assert about.claim(claim.against).model == test.against
    same = map(about.claim, (test.claim, *test.same))
    assert len({(one.printed, one.unit) for one in same}) == 1
    assert claim.size in (None, test.size)
    # A network is measured with all of its branches: that says nothing about a threshold.
    assert all(about.claim(id).exit_threshold is None for id in test.ids)


def test_an_unknown_paper_names_the_nearest():
    with pytest.raises(UnknownName, match="unknown paper 'ravti'; did you mean ravit"):
        paper("ravti")


def test_a_claim_is_found_by_its_id():
    assert paper("ravit").claim("table1.vit-3.flops").printed == "83.16"


def test_an_excerpt_is_one_table():
    table = paper("ci2p_vit").excerpt("Table 2")
    assert {claim.where for claim in table.claims} == {"Table 2"}
    assert len(table.claims) == 3 * 5  # three sizes; three costs and two reductions each


def test_digits_are_without_thousands_separators(paper_of):
    claim = paper_of({"id": "a", "printed": "2,100.5"}).claim("a")
    assert (claim.digits, claim.decimals) == ("2100.5", 1)


def test_a_claim_without_a_model_says_so_when_it_is_counted(paper_of):
    with pytest.raises(EffbenchError, match="'a' of p names no registered model"):
        _ = paper_of({"id": "a", "printed": "1"}).claim("a").counted_model


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"value": 17.6}, "unknown key of claim 'a' in p.toml 'value'; known: "),
        ({"metric": "speed"}, "claim 'a' in p.toml: metric must be flops or params or .*, got 'speed'"),
        ({"unit": "B"}, "claim 'a' in p.toml: unit must be "),
        ({"size": "224"}, "claim 'a' in p.toml: size must be a whole number, got '224'"),
        ({"size": 0}, "claim 'a' in p.toml: size must be 1 or more, got 0"),
        ({"relation": "twice"}, "claim 'a' in p.toml: relation must be percent or .*, got 'twice'"),
        ({"relation": "ratio", "of": "b", "against": "a"}, "claim 'a' in p.toml: of or against names no claim"),
        ({"relation": "ratio", "of": "a", "against": "b"}, "claim 'a' in p.toml: of or against names no claim"),
        ({"relation": "ratio", "of": "a", "against": "w"}, "claim 'a' in p.toml: 'w' prints no number to compare with"),
        ({"relation": "ratio", "of": "a"}, "claim 'a' in p.toml: relation 'ratio' goes with of and against"),
        ({"of": "a", "against": "a"}, "claim 'a' in p.toml: relation None goes with of and against"),
        ({"printed": "about 17"}, "claim 'a' in p.toml: printed 'about 17' is not a number"),
        ({"later": "0.6"}, "claim 'a' in p.toml: later '0.6' must be a number, and goes with later_in"),
        ({"later": "six", "later_in": "v2"}, "claim 'a' in p.toml: later 'six' must be a number"),
        ({"paper": "q"}, "unknown key of claim 'a' in p.toml 'paper'"),
    ],
)
def test_a_mistake_names_the_claim_the_file_and_the_problem(paper_of, row, problem):
    with pytest.raises(EffbenchError, match=problem):
        paper_of({"id": "a", "printed": "1", **row}, {"id": "w", "printed": ""})


TABLE = {"key": "p.1", "where": "Table 1", "caption": "", "labels": ["Model"], "columns": ["FLOPs"]}
SPEED = {"claim": "a", "task": "infer", "model": "m", "against": "n", "size": 32, "note": ""}
WORDS = {"claim": "w", "models": ["m"], "convention": "macs", "parts": {"MLPs": ["*.mlp"]}}
ORDER = {"id": "o", "where": "S", "said": "", "dataset": "d", "relation": "greater", "pairs": [["1-n", "0-n"]]}


def test_every_section_is_read(paper_of):
    rows = ({"id": "a", "printed": "1", "column": "FLOPs"}, {"id": "w", "printed": "", "where": "Text"})
    about = paper_of(*rows, table=[TABLE], speed=[SPEED], statement=[WORDS], ordering=[ORDER])
    assert [len(part) for part in (about.tables, about.speed, about.statements, about.orderings)] == [1, 1, 1, 1]
    assert (about.tables[0].best, about.statements[0].parts) == ("column", {"MLPs": ("*.mlp",)})
    assert about.orderings[0].pairs == (("1-n", "0-n"),)


@pytest.mark.parametrize(
    ("section", "row", "problem"),
    [
        ("table", TABLE | {"columns": ["Top-1"]}, "table 'p.1' in p.toml: no column 'FLOPs', in which a claim stands"),
        ("table", TABLE | {"where": "Table 2"}, "table 'p.1' in p.toml: no claim stands in 'Table 2'"),
        ("table", TABLE | {"labels": []}, "table 'p.1' in p.toml: labels must name"),
        ("table", TABLE | {"best": "all"}, "table 'p.1' in p.toml: best must be column or row, got 'all'"),
        ("table", TABLE | {"key": "../p"}, "key '../p' in p.toml: may hold letters"),
        ("speed", SPEED | {"claim": "b"}, "speed 'b' in p.toml: no claim 'b'"),
        ("speed", SPEED | {"same": ["b"]}, "speed 'a' in p.toml: no claim 'b'"),
        ("speed", SPEED | {"over": "b"}, "speed 'a' in p.toml: no claim 'b'"),
        ("speed", SPEED | {"task": "sleep"}, "speed 'a' in p.toml: task must be infer or train, got 'sleep'"),
        ("statement", WORDS | {"claim": "a"}, "statement 'a' in p.toml: no claim in words has that id"),
        ("statement", WORDS | {"parts": {}}, "statement 'w' in p.toml: needs parts, or against"),
        ("statement", WORDS | {"parts": {}, "against": ["m", "n"]}, "statement 'w' in p.toml: needs parts, or against"),
        (
            "statement",
            WORDS | {"whole": {"a": ["b"]}, "against": ["n"]},
            "statement 'w' in p.toml: whole goes with parts",
        ),
        ("ordering", ORDER | {"colour": "red"}, "unknown key of ordering 'o' in p.toml 'colour'"),
        ("ordering", ORDER | {"relation": "better"}, "ordering 'o' in p.toml: relation must be greater or no gain"),
        *(
            ("ordering", ORDER | {"pairs": pairs}, "ordering 'o' in p.toml: pairs")
            for pairs in (
                [],
                [["1-3"]],
                [["1-3", "0-4", "1-1"]],
                [["1-3", "0-0-4"]],
                [["1-3", "0-4"], ["1-1-1", "0-0-2"]],
                [["1-n", "0-m"]],
                [["1-", "0-4"]],
                [["1-3 ", "0-4"]],
            )
        ),
        ("figure", {}, "unknown table of p.toml 'figure'; known: "),
    ],
)
def test_a_mistake_in_another_section_names_it(paper_of, section, row, problem):
    rows = ({"id": "a", "printed": "1", "column": "FLOPs"}, {"id": "w", "printed": "", "where": "Text"})
    with pytest.raises(EffbenchError, match=problem):
        paper_of(*rows, **{section: [row]})


def test_what_stands_twice_is_named(paper_of):
    with pytest.raises(EffbenchError, match=r"claim 'a' stands twice in p\.toml"):
        paper_of({"id": "a", "printed": "1"}, {"id": "b", "printed": "1"}, {"id": "a", "printed": "1"})


@pytest.mark.parametrize("key", ["where", "row", "system", "metric", "printed", "unit"])
def test_a_missing_key_names_the_claim(paper_of, key):
    row = {"id": "a", "where": "", "row": "", "system": "", "metric": "flops", "printed": "1", "unit": ""}
    about = {"key": "p", "short": "P", "title": "", "authors": [], "url": "", "version": ""}
    claim = {name: value for name, value in row.items() if name != key}
    with pytest.raises(EffbenchError, match=f"claim 'a' in p.toml has no {key}"):
        parse_paper({"paper": about, "claim": [claim]}, "p.toml")


MINE = """\
[paper]
key = "mine"
short = "Mine"
title = "My paper"
authors = ["Me"]
url = "https://example.org"
version = "v1"
"""


@pytest.fixture
def file(tmp_path: Path):
    """``file(text)``: a paper's file."""

    def write(text: str, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_papers_of_a_user_stand_after_those_of_the_package(file):
    path = file(MINE)
    for given in (path, path.parent):
        assert [about.key for about in papers([given])] == ["ci2p_vit", "token_fusion", "ravit", "swiftformer", "mine"]
        (alone,) = papers_in([given])
        assert (alone.file, alone.options) == (str(path), ["--papers", str(path)])
    assert paper("ravit").options == []


CLAIM = '[[claim]]\nid = "a"\nwhere = "Text"\nrow = ""\nsystem = ""\nmetric = "flops"\nprinted = "1"\nunit = "G"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("key = ", "mine.toml is no TOML file: "),
        ("", r"\[paper\] in .*mine.toml has no key"),
        (MINE.replace("title", "name"), r"unknown key of \[paper\] in .*mine.toml 'name'; "),
        (MINE.replace('["Me"]', '"Me"'), r"\[paper\] in .*mine.toml: authors must be a list, got 'Me'"),
        (MINE.replace('"mine"', '"a/b"'), "key 'a/b' in .*mine.toml: may hold letters"),
        (MINE.replace('"mine"', '"ravit"'), "paper 'ravit' is there twice: in effbench/claims/ravit.toml and in .*"),
        (MINE + '[claim]\nid = "a"\n', r"claim in .*mine.toml must be written as \[\[claim\]\]"),
        (MINE + CLAIM + 'model = "vit_bse_patch16"\n', "claim 'a' in .*mine.toml: unknown model 'vit_bse_patch16'"),
        (
            MINE + CLAIM + '[[table]]\nkey = "ravit.1"\nwhere = "Text"\ncaption = ""\nlabels = ["l"]\ncolumns = [""]\n',
            "table 'ravit.1' is there twice: in effbench/claims/ravit.toml and in .*mine.toml",
        ),
    ],
)
def test_a_mistake_in_a_user_s_paper_is_one_line(file, text, problem):
    path = file(text)
    with pytest.raises(EffbenchError, match=problem) as error:
        papers([path])
    assert len(str(error.value).replace(str(path.parent), "")) <= 300
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_without_papers_are_errors(tmp_path):
    with pytest.raises(EffbenchError, match=r"cannot read paper .*none\.toml: No such file"):
        papers([tmp_path / "none.toml"])
    with pytest.raises(EffbenchError, match=r"no paper in .*: the folder holds no \.toml file"):
        papers([tmp_path])
