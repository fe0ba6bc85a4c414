"""Text that a terminal shows and never obeys."""

from __future__ import annotations

SPACES = "\u00a0\u2009\u202f"
"""Spaces that do not break, and thin ones: seen, though Python does not call them printable."""

SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def printable(text: str, keep: str = "\n\t") -> str:
    """The text with what cannot be seen as escapes that JSON reads back, e.g. the start of a colour as ``\\u001b``.

    Args:
        keep: characters that stay as they are.
    """
    hidden = {c for c in set(text) if not c.isprintable() and c not in keep + SPACES}
    return text.translate({ord(c): _escape(c) for c in hidden})


def _escape(character: str) -> str:
    """One or two UTF-16 units, where JSON has no shorter name."""
    if character in SHORT:
        return SHORT[character]
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
