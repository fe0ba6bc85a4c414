"""Pages made from the notebooks in ``docs/notebooks``: text, code, and the outputs that are kept in them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


def on_files(files: Files, config: Any) -> Files:
    """A page beside each notebook, which can be downloaded there."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=page(path)))
    return files


def page(path: Path) -> str:
    """The notebook as Markdown."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [part for cell in cells for part in _parts(cell)]
    return "\n\n".join([*parts, f"[Download this notebook]({path.name})"]) + "\n"


def _parts(cell: dict[str, Any]) -> list[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return [source]
    return [f"```python\n{source}\n```", *(_shown(output) for output in cell["outputs"])]


def _shown(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    if "image/svg+xml" in data:
        coded = base64.b64encode("".join(data["image/svg+xml"]).encode()).decode()
        return f'<img alt="what the cell draws" src="data:image/svg+xml;base64,{coded}">'
    if "text/html" in data:
        return "".join(data["text/html"]).strip()
    return f"```text\n{''.join(output.get('text') or data['text/plain']).rstrip()}\n```"
