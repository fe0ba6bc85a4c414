"""Options of every command: how much it says, how wide its tables are, and what is chosen of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from effbench.errors import EffbenchError
from effbench.files.terminal import Manner, is_coloured, say, speaking, width_of
from effbench.render.choice import Choice, choosing, names_of
from effbench.render.formats import FORMATS

LABELLED = ("latex", "html")
"""Formats that ``--label`` has an effect on."""

COLOURED = ("table", "text")
"""Formats that a terminal shows in colour: no program reads them."""


def add_manner(parser: argparse.ArgumentParser) -> None:
    """``--quiet``, ``--verbose`` and ``--no-cache``."""
    parser.add_argument("-q", "--quiet", action="store_true", help="only results and errors: no progress, no remarks")
    parser.add_argument("-v", "--verbose", action="store_true", help="also where defaults and errors come from")
    parser.add_argument("--no-cache", action="store_true", help="take nothing from the cache, and keep nothing in it")


def add_choice(parser: argparse.ArgumentParser, *, sort: bool = True) -> None:
    """What is chosen of a table with a row a model; ``sort``: whether its order is."""
    parser.add_argument(
        "--columns", type=_words, default=(), metavar="C,...", help="only these columns, in this order, e.g. model,macs"
    )
    parser.add_argument(
        "--names", nargs="+", default=[], metavar="MODEL=NAME", help="what models are called, e.g. 'ci2p_vit=Ours'"
    )
    if sort:
        parser.add_argument(
            "--sort", dest="sort_by", metavar="C", help="order by a column; largest first with a minus: --sort=-macs"
        )
    parser.add_argument("--caption", metavar="TEXT", help="title of the table")
    parser.add_argument("--label", metavar="KEY", help="its label in LaTeX, its id in HTML")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _cache(unused: bool) -> AbstractContextManager[None]:
    if not unused:
        return nullcontext()
    from effbench.files import cache

    return cache.unused()


@contextmanager
def as_asked(args: argparse.Namespace) -> Iterator[None]:
    """What runs in here speaks and shows tables as the options say.

    Raises:
        EffbenchError: an option has no effect on the format.
    """
    asked = vars(args)
    one = Choice(
        columns=asked.get("columns", ()),
        names=names_of(asked.get("names", [])) if "columns" in asked else {},
        sort=asked.get("sort_by") or "",
        caption=asked.get("caption") or "",
        label=asked.get("label") or "",
    )
    style = asked.get("format") or "table"
    titled = [name for name, known in FORMATS.items() if not known.exact]
    for option, formats in (("caption", titled), ("label", LABELLED)):
        if asked.get(option) and style not in formats:
            raise EffbenchError(f"--{option} has no effect on --format {style}")
    shown = style in COLOURED and asked.get("output") is None
    how = Manner(
        width=None if asked.get("wide") or not shown else width_of(sys.stdout),
        colour=shown and is_coloured(sys.stdout),
        quiet=args.quiet,
        verbose=args.verbose,
    )
    with speaking(how), choosing(one), _cache(asked.get("no_cache", False)):
        if how.verbose and getattr(args, "defaults", None):
            say(f"effbench: {args.defaults}")
        yield
