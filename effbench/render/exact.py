"""Tables for machines: the plain values of the rows as JSON or CSV, unscaled."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from effbench.render.plain import is_row, json_value, plain
from effbench.render.sheet import Sheet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run a text that begins with one of these."""


def as_json(sheet: Sheet) -> str:
    """An array of objects, or the document."""
    held = [plain(row) for row in sheet.rows] if sheet.document is None else sheet.document
    return json.dumps(held, indent=2, ensure_ascii=False, default=json_value) + "\n"


def as_jsonl(sheet: Sheet) -> str:
    """An object a line, a line a row: for tools that read as it comes."""
    lines = (json.dumps(plain(row), ensure_ascii=False, default=json_value) for row in sheet.rows)
    return "".join(f"{line}\n" for line in lines)


def as_csv(sheet: Sheet) -> str:
    """A header line with every key of every row, then a line a row; lists are joined by semicolons, rows are JSON."""
    rows = [plain(row) for row in sheet.rows]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(row) for row in rows)
    return buffer.getvalue()


def _cells(row: Mapping[str, object]) -> dict[str, object]:
    return {key: _cell(value) for key, value in row.items()}


def _cell(value: object) -> object:
    parts = value if isinstance(value, list | tuple) else [value]
    if any(map(is_row, parts)):
        return json.dumps(value, ensure_ascii=False, default=json_value)
    text = ";".join(map(str, parts)) if parts is value else value
    return harmless(text) if isinstance(text, str) else text


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe before it, unless it is a number or a dash."""
    if len(text) < 2 or not text.startswith(FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
