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


def seconds(value: float) -> str:
    """``0.012345`` -> ``'12.35 ms'``: four significant digits."""
    return _measured(value, "s")


def joules(value: float) -> str:
    """``1.5`` -> ``'1.500 J'``: four significant digits."""
    return _measured(value, "J")


def _measured(value: float, unit: str) -> str:
    """Four significant digits, with a prefix below one."""
    steps = {"": 0, "m": 3, "µ": 6, "n": 9}
    prefix = next((p for p, exponent in steps.items() if abs(value) * 10**exponent >= 1), "n")
    return f"{significant(value * 10 ** steps[prefix])} {prefix}{unit}"


def significant(value: float, digits: int = 4) -> str:
    """``1234.56`` -> ``'1235'``, ``0.012345`` -> ``'0.01235'``: digits before the point are never cut."""
    if not value:
        return "0"
    rounded = Decimal(value).adjusted()
    return fixed(value, max(0, digits - 1 - rounded))
