"""Numbers for people: scaled and rounded here and nowhere else."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

PREFIXES = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15}


def scaled(value: int, digits: int = 3) -> str:
    """``23126802432`` -> ``'23.127 G'``; below a thousand the number itself."""
    if abs(value) < 1000:
        return str(value)
    texts = ((prefix, in_unit(value, prefix, digits)) for prefix in PREFIXES if prefix)
    prefix, text = next(((p, t) for p, t in texts if abs(Decimal(t)) < 1000), ("P", in_unit(value, "P", digits)))
    return f"{text} {prefix}"


def in_unit(value: int, prefix: str, digits: int = 3) -> str:
    """``value`` in units of ``prefix``, rounded half up to ``digits`` decimals, exactly (no binary fractions)."""
    return fixed(Decimal(value).scaleb(-PREFIXES[prefix]), digits)


def fixed(value: Decimal | float, digits: int) -> str:
    """Rounded half up to ``digits`` decimals."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def bytes_binary(value: int) -> str:
    """``'12.3 MiB'``."""
    for exponent, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 2**exponent:
            return f"{value / 2**exponent:.1f} {name}"
    return f"{value} B"
