"""The notebooks run, and what is kept in them is what their cells show."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def module(path: Path) -> Any:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def tables(notebook: dict[str, Any]) -> list[Any]:
    """Outputs without drawings, which differ by version, and without times."""
    kept = [cell for cell in notebook["cells"] if "varies" not in cell["metadata"].get("tags", ())]
    data = [output.get("data", output) for cell in kept for output in cell.get("outputs", ())]
    return [{kind: text for kind, text in one.items() if kind != "image/svg+xml"} for one in data]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_kept_in_it(path):
    for package in ("torch", "timm", "matplotlib", "seaborn"):
        pytest.importorskip(package)
    kept = json.loads(path.read_text(encoding="utf-8"))
    found = module(ROOT / "docs" / "notebooks" / "run.py").executed(kept)
    assert tables(found) == tables(kept)
    kinds = [set(output.get("data", ())) for cell in found["cells"] for output in cell.get("outputs", ())]
    assert {"image/svg+xml"} in kinds
    assert {"text/html"} in kinds


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_page(path):
    pytest.importorskip("mkdocs")
    text = module(ROOT / "docs" / "hooks" / "notebooks.py").page(path)
    assert text.startswith("# ")
    assert "<figure>" in text
    assert "data:image/svg+xml;base64," in text
    assert f"({path.name})" in text
