"""Which names of models come nearest to one that nobody has: also spelled otherwise, with a prefix or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effbench.errors import OFFERED, nearest


def nearby(name: str, registered: Sequence[str], prefixed: Mapping[str, Sequence[str]]) -> list[str]:
    """Up to OFFERED names, the likeliest first.

    Args:
        name: what was typed, e.g. ``google/vit-base-patch16-224``.
        registered: names without a prefix. prefixed: prefix -> names that follow it and a slash.
    """
    prefix, slash, rest = name.partition("/")
    asked = prefix if slash and prefix in prefixed else ""
    bare = (rest.rpartition("/")[2] if slash else name).partition(":")[0].lower().replace("-", "_")
    theirs = [f"{one}/{known}" for one, names in prefixed.items() for known in names if one == asked or not asked]
    same = [known for known in (*registered, *theirs) if known.rpartition("/")[2] == bare]
    own = [] if asked else nearest(bare, registered)
    begun = sorted((known for known in theirs if bare and known.partition("/")[2].startswith(bare)), key=len)
    if not (same or begun) and not any(known.startswith(bare) for known in own):
        near = nearest(bare, [known.partition("/")[2] for known in theirs])
        begun = [known for end in near for known in theirs if known.endswith(f"/{end}")]
        own = own[:2]  # a spelling is as likely to be meant for either kind
    return list(dict.fromkeys((*same, *own, *begun)))[:OFFERED]
