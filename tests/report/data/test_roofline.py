from __future__ import annotations

from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.report.data.roofline import ceilings, roofline_rows

ROOT = Path(__file__).parents[3]


def test_ceilings_of_a_record_are_those_of_its_table() -> None:
    (found,) = roofline_rows(ROOT)
    said = next(line for line in found["conditions"] if line.startswith("Ceilings"))
    # "matrix product 174.2 GFLOP/s at best (median …), copy 13.20 GB/s (median …)"
    assert f"matrix product {found['flop_per_s'] / 1e9:.1f} GFLOP/s" in said
    assert f"copy {found['byte_per_s'] / 1e9:.2f} GB/s" in said


def test_ceilings_are_told_from_blocks_that_one_of_them_limits() -> None:
    def block(bound: str, macs: int, attainable: float) -> dict[str, object]:
        seconds = 2.0
        return {
            "record": "block",
            "bound": bound,
            "macs": macs,
            "bytes": 100,
            "attainable_flop_per_s": attainable,
            "attainable_seconds": seconds,
        }

    assert ceilings([block("compute", 5, 70.0), block("memory", 0, 0.0)]) == (70.0, 50.0)


def test_no_record_is_no_roofline(tmp_path: Path) -> None:
    assert roofline_rows(tmp_path) == []


@pytest.mark.parametrize("text", ["record,model\nmodel,x\n", "", "record\n\xff\n"])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "reports" / "roofline"
    folder.mkdir(parents=True)
    (folder / "roofline_mine.csv").write_text(text, encoding="latin-1")
    with pytest.raises(EffbenchError, match=r"roofline_mine\.csv is no roofline of effbench"):
        roofline_rows(tmp_path)
