"""The audit as Markdown: each efficiency claim, where it stands, what was found, the command that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, Row, column, render


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim and what was found.

    Attributes:
        where, what, printed: the claim, as printed. ours: our value; None where there is none.
        unit: of ours, where it is a percentage or factor. group: how the summary counts it. found: in a sentence.
        command: shows it.
    """

    where: str
    what: str
    printed: str
    ours: int | float | None
    unit: str
    group: str
    found: str
    command: str


@dataclass(frozen=True, kw_only=True)
class About:
    """A paper.

    Attributes:
        note: what the version read lacks. findings, speeds: rows of ``effbench claims``.
        accuracies: how many claims of accuracy there are, which are not listed.
    """

    key: str
    title: str
    url: str
    version: str
    note: str
    judged: Sequence[Judged]
    findings: Sequence[Row]
    speeds: Sequence[Row]
    accuracies: int


HEAD = """\
# The efficiency claims of the papers

Made by `effbench claims --page` from the claims as printed (`effbench/claims`), our counts and the committed
measurements; nothing here was typed by hand. A figure "holds" where our count, rounded or cut off, prints as the
published digits under the convention named (`effbench flops --convention all` tells what each counts). A percentage
"follows" where the figures it is made of give it. Accuracies need the data sets and a training; they are counted here,
not judged."""


def page(papers: Sequence[About]) -> str:
    """The whole page, ending in a newline."""
    return "\n\n".join([HEAD, *(part for about in papers for part in _paper(about))]) + "\n"


def _paper(about: About) -> Iterator[str]:
    yield f"## {about.title}"
    yield f"[{about.url}]({about.url}), {about.version}. {about.note}"
    yield _summary(about)
    if about.findings:
        yield f"### What does not fit together\n\n{_findings(about)}"
    yield f"### Every efficiency claim\n\n{_claims(about).rstrip()}"
    if about.speeds:
        yield f"### Speed\n\n{_speeds(about).rstrip()}"


def _summary(about: About) -> str:
    groups = Counter(one.group for one in about.judged)
    listed = [f"- {group}: {count}" for group, count in groups.most_common()]
    command = f"`effbench claims --paper {about.key} --all`"
    accuracies = f"- accuracies and their orderings, not listed: {about.accuracies} ({command})"
    return "\n".join([f"{len(about.judged)} efficiency claims:", "", *listed, accuracies])


def _findings(about: About) -> str:
    return "\n".join(f"- {row['where']} ({row['kind']}): {_cell(row['detail'])}." for row in about.findings)


def _claims(about: About) -> str:
    columns = [
        column("where", "where"),
        Column("claim", lambda row: _cell(row["what"])),
        column("printed", "printed", right=True),
        Column("ours", _ours, right=True),
        Column("found", lambda row: _cell(row["found"])),
        Column("command", lambda row: f"`{row['command']}`"),
    ]
    return render([vars(one) for one in about.judged], columns, "markdown")


def _speeds(about: About) -> str:
    columns = [
        column("where", "where"),
        Column("time of", lambda row: f"{row['model']} against {row['against']}, {row['task']}, {row['size']}²"),
        column("claimed", "printed", right=True),
        Column("predicted from MACs", lambda row: _number(row, "predicted"), right=True),
        Column("measured", _interval, right=True),
        column("found", "verdict", _cell),
    ]
    command = f"Shown, with the conditions of every measurement, by `effbench claims --paper {about.key}`."
    return render(about.speeds, columns, "markdown", notes=[command])


def _ours(row: Row) -> str:
    value = row["ours"]
    if value is None:
        return "-"
    return f"{fixed(value, 2)} {row['unit']}" if row["unit"] else scaled(value)


def _interval(row: Row) -> str:
    ends = "" if row["low"] is None else f" [{_number(row, 'low')}, {_number(row, 'high')}]"
    return _number(row, "measured") + ends


def _number(row: Row, key: str) -> str:
    return "-" if row[key] is None else f"{fixed(row[key], 1 if row['unit'] == '%' else 2)} {row['unit']}"


def _cell(text: Any) -> str:
    """Text that a Markdown table prints as it stands."""
    return str(text).replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;")
