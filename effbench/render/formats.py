"""Every output format: what ``--format`` calls it, how its files end, and what writes a table in it.

A new format is a function and a call of ``register``; every command then offers it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from effbench.render.exact import as_csv, as_json, as_jsonl
from effbench.render.html import as_html
from effbench.render.latex import as_latex
from effbench.render.sheet import Sheet
from effbench.render.text import as_markdown, as_table


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format.

    Attributes:
        name: what ``--format`` takes. suffix: of its files, without the point.
        write: a table to text that ends in a newline.
        exact: it holds the rows' plain values, unscaled, and neither title nor notes.
    """

    name: str
    suffix: str
    write: Callable[[Sheet], str]
    exact: bool = False


FORMATS: dict[str, Format] = {}
"""Name -> format, in the order in which commands list them."""


def register(one: Format) -> None:
    """Offer the format in every command.

    Raises:
        ValueError: there is one of that name.
    """
    if one.name in FORMATS:
        raise ValueError(f"there is a format {one.name} already")
    FORMATS[one.name] = one


def is_exact(style: str) -> bool:
    """Whether the format holds plain values: nothing scaled, rounded or left out for readers."""
    return FORMATS[style].exact


register(Format(name="table", suffix="txt", write=as_table))
register(Format(name="json", suffix="json", write=as_json, exact=True))
register(Format(name="jsonl", suffix="jsonl", write=as_jsonl, exact=True))
register(Format(name="csv", suffix="csv", write=as_csv, exact=True))
register(Format(name="markdown", suffix="md", write=as_markdown))
register(Format(name="latex", suffix="tex", write=as_latex))
register(Format(name="html", suffix="html", write=as_html))
