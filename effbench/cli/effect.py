"""Options that would change nothing beside the others are refused."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from effbench.errors import EffbenchError

Effect = tuple[str, bool, str]
"""Name of an option, whether it has an effect beside the others, and which of them takes it: ``without --run``."""


def require_effect(args: argparse.Namespace, effects: Iterable[Effect]) -> None:
    """Raise EffbenchError for an option that was typed and has none."""
    for name, has_effect, why in effects:
        if name in args.typed and not has_effect:
            raise EffbenchError(f"--{name.replace('_', '-')} has no effect {why}")
