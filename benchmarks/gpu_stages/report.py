"""The records as a page of Markdown. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from effbench.files.atomic import write_files
from effbench.render.table import column, render
from effbench.training.sweep.store import Store

from .records import Records, Setting

SMOKE = "**Smoke run: every size is tiny. These numbers show that the code runs and nothing else.**\n"


def write(setting: Setting) -> None:
    """Write the page beside the records."""
    text = page(setting)
    write_files({setting.out / f"{setting.name}.md": text.encode()})


def page(setting: Setting) -> str:
    """Units of every stage, results of trainings, and what all of it was measured under."""
    lines = Records(setting).lines
    latest = {(line["stage"], line["unit"]): line for line in lines}
    parts = [f"# Measurements on {setting.device}\n", *([SMOKE] if setting.smoke else [])]
    for stage in dict.fromkeys(line["stage"] for line in lines):
        units = [line for (of, _), line in latest.items() if of == stage]
        columns = [column(name, name, _cell) for name in ("unit", "status", "says")]
        parts.append(render(units, columns, "markdown", title=stage))
    parts.append(_results(setting))
    parts += [f"Conditions: {told}\n" for told in dict.fromkeys(_conditions(line["conditions"]) for line in lines)]
    return "\n".join(part for part in parts if part)


def _results(setting: Setting) -> str:
    found = [stored.outcome for stored in Store(setting.store).found().values()]
    rows = [
        {
            **{"experiment": o.name, "model": o.model, "seed": o.seed, "status": o.status, "program": o.program},
            "epochs": o.recipe["training"]["epochs"],
            "accuracy": " / ".join(f"{100 * exit.accuracy:.2f} %" for exit in o.exits),
            "seconds": f"{o.seconds:.0f}",
        }
        for o in found
    ]
    columns = [column(name, name, _cell) for name in (rows[0] if rows else ())]
    return render(rows, columns, "markdown", title="Trainings, accuracy of every exit") if rows else ""


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|")


def _conditions(found: Mapping[str, Any]) -> str:
    """All but the load, which differs from line to line."""
    versions = ", ".join(f"{name} {version or 'absent'}" for name, version in found["libraries"].items())
    changes = {True: " with changes", False: "", None: " (whether changed is not known)"}[found["dirty"]]
    return (
        f"{found['accelerator'] or 'no accelerator'}; {found['cpu']}, {found['cores']} cores, {found['system']}; "
        f"{versions}; commit {found['commit'] or 'unknown'}{changes}"
    )
