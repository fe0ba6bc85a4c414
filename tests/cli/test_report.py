from __future__ import annotations

import sys
from pathlib import Path

import pytest

from effbench.cli import main

ROOT = Path(__file__).parents[2]


def test_the_page_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="networks without a formula are counted for their claims")
    assert main(["report", "--out", str(tmp_path / "new" / "folder"), "--only", "page", "--records", str(ROOT)]) == 0
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["index.html"]
    said = capsys.readouterr()
    assert said.out == ""
    assert "wrote 1 files" in said.err


def test_out_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report"]) == 2
    assert "--out" in capsys.readouterr().err


def test_a_part_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--out", str(tmp_path), "--only", "pages"]) == 2
    said = capsys.readouterr().err
    assert all(part in said for part in ("tables", "figures", "page"))
    assert len(said.splitlines()) == 1


def test_records_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy", reason="it is asked for first")
    assert main(["report", "--out", str(tmp_path / "out"), "--records", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "is no checkout of effbench" in said
    assert len(said.splitlines()) == 1


def test_a_paper_that_is_not_there_leaves_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy", reason="it is asked for first")
    out, none = tmp_path / "out", tmp_path / "none.toml"
    assert main(["report", "--out", str(out), "--records", str(ROOT), "--papers", str(none)]) == 2
    assert "none.toml: No such file" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_where_the_folder_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numpy", reason="it is asked for first")
    (tmp_path / "file").touch()
    assert main(["report", "--out", str(tmp_path / "file" / "out")]) == 2
    assert "cannot make folder" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["tables", "page"])
def test_without_torch_nothing_is_made_that_would_hold_less(
    part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["report", "--out", str(tmp_path), "--only", part, "--records", str(ROOT)]) == 2
    assert "needs torch: python -m pip install torch" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_the_line_that_installs_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="it is asked for first")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["report", "--out", str(tmp_path), "--only", "figures", "--records", str(ROOT)]) == 2
    assert "needs matplotlib: python -m pip install matplotlib" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
