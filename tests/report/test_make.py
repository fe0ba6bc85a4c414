"""The committed report is what its command makes: tables, page and the data of figures, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.errors import EffbenchError

pytest.importorskip("torch", reason="networks without a formula are counted for their claims")
pytest.importorskip("seaborn", reason="figures are drawn")

from effbench.report.make import PARTS, Files, report

ROOT = Path(__file__).parents[2]
DRAWN = (".svg", ".png")


@pytest.fixture(scope="module")
def made() -> Files:
    return report(ROOT, PARTS)


def test_what_is_committed_is_what_is_made(made: Files) -> None:
    """Drawings are compared by the CSV beside them: fonts and versions of libraries move their lines."""
    differ = [
        str(path)
        for path, content in made.items()
        if path.suffix not in DRAWN
        and (not (ROOT / "reports" / path).is_file() or (ROOT / "reports" / path).read_bytes() != content)
    ]
    assert differ == [], "effbench report --out reports makes them anew"


def test_nothing_is_left_over_from_an_earlier_report(made: Files) -> None:
    there = {
        path.relative_to(ROOT / "reports")
        for folder in ("figures", "tables")
        for path in (ROOT / "reports" / folder).glob("*")
    }
    assert there == {path for path in made if path.parts[0] in ("figures", "tables")}


def test_every_figure_has_its_data_and_both_forms(made: Files) -> None:
    figures = {
        path.stem: {p.suffix for p in made if p.stem == path.stem} for path in made if path.parts[0] == "figures"
    }
    assert len(figures) > 10
    assert all(suffixes == {".svg", ".png", ".csv"} for suffixes in figures.values())


def test_the_index_leads_to_everything(made: Files) -> None:
    index = made[Path("README.md")].decode()
    assert all(f"({path.as_posix()})" in index for path in made if path != Path("README.md"))


def test_no_report_holds_the_path_of_a_machine_or_a_time(made: Files) -> None:
    texts = [content.decode() for path, content in made.items() if path.suffix != ".png"]
    assert not any(str(ROOT) in text or str(Path.home()) + "/" in text for text in texts)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EffbenchError, match=r"is no checkout of effbench: it has no baselines/exact\.jsonl"):
        report(tmp_path, ("page",))


def test_a_part_is_made_alone_and_tells_how_far_it_is() -> None:
    told: list[tuple[int, str]] = []
    files = report(ROOT, ("tables",), lambda left, what: told.append((left, what)))
    assert {path.parts[0] for path in files} == {"tables"}
    assert [left for left, _ in told] == list(range(len(told), 0, -1))
    assert all(what.startswith("table ") for _, what in told)
