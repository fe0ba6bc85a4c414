"""Numbers for people: scaled and rounded here and nowhere else, of any size; NaN and infinity are said as such."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

PREFIXES = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24, "R": 27, "Q": 30}

BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")


def scaled(value: float, digits: int = 3) -> str:
    """``23126802432`` -> ``'23.127 G'``; below a thousand the number itself, above the last prefix all its digits."""
    if not _is_finite(value):
        return _in_words(value)
    if abs(value) < 1000:
        return str(int(value)) if value == int(value) else fixed(value, digits)
    texts = ((prefix, in_unit(value, prefix, digits)) for prefix in PREFIXES if prefix)
    return next(f"{text} {prefix}" for prefix, text in texts if prefix == "Q" or abs(Fraction(text)) < 1000)


def in_unit(value: float, prefix: str, digits: int = 3) -> str:
    """``value`` in units of ``prefix``, rounded half up to ``digits`` decimals, exactly (no binary fractions)."""
    return fixed(Fraction(value) / 10 ** PREFIXES[prefix], digits) if _is_finite(value) else _in_words(value)


def fixed(value: float | Decimal | Fraction, digits: int) -> str:
    """Rounded half up to ``digits`` decimals, exactly: as the number that the float is."""
    if not _is_finite(value):
        return _in_words(value)
    exact = Fraction(value)
    units = int(abs(exact) * 10**digits + Fraction(1, 2))
    whole, part = divmod(units, 10**digits)
    return f"{'-' if exact < 0 else ''}{whole}{f'.{part:0{digits}}' if digits else ''}"


def bytes_binary(value: float) -> str:
    """``'12.3 MiB'``; above the last prefix all its digits."""
    if not _is_finite(value):
        return f"{_in_words(value)} B"
    power = next((i for i in range(len(BINARY)) if value < 1024 ** (i + 1)), len(BINARY) - 1)
    return f"{fixed(Fraction(value) / 1024**power, 1) if power else value} {BINARY[power]}"


def seconds(value: float) -> str:
    """``0.012345`` -> ``'12.35 ms'``: four significant digits."""
    return _measured(value, "s")


def span(value: float) -> str:
    """Seconds that pass while somebody waits: ``12 s``, ``3 min 05 s`` or ``2 h 07 min``."""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def joules(value: float) -> str:
    """``1.5`` -> ``'1.500 J'``: four significant digits."""
    return _measured(value, "J")


def _measured(value: float, unit: str) -> str:
    """Four significant digits, with a prefix below one."""
    if not _is_finite(value):
        return f"{_in_words(value)} {unit}"
    steps = {"": 0, "m": 3, "µ": 6, "n": 9}
    prefix = next((p for p, exponent in steps.items() if abs(value) * 10**exponent >= 1), "n")
    return f"{significant(value * 10 ** steps[prefix])} {prefix}{unit}"


def significant(value: float, digits: int = 4) -> str:
    """``1234.56`` -> ``'1235'``, ``0.012345`` -> ``'0.01235'``: digits before the point are never cut."""
    if not value:
        return "0"
    return fixed(value, max(0, digits - 1 - Decimal(value).adjusted()))


def _is_finite(value: float | Decimal | Fraction) -> bool:
    return isinstance(value, int | Fraction) or Decimal(value).is_finite()


def _in_words(value: float | Decimal | Fraction) -> str:
    """Of what is not finite."""
    return str(float(value))
