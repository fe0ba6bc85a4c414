"""Shares of images and what a sample says of them: exact tails, exact bounds, intervals."""

from __future__ import annotations

from math import hypot, sqrt

from effbench.errors import SpecError


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion.

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.

    Raises:
        SpecError: no trials, more successes than trials, or a confidence that is not between 0 and 1.
    """
    from scipy.special import ndtri

    _require_counts(successes, trials)
    require_level("confidence", confidence)
    z = float(ndtri((1 + confidence) / 2))
    p, z2 = successes / trials, z * z / trials
    centre, half = p + z2 / 2, z * sqrt(p * (1 - p) / trials + z2 / (4 * trials))
    low, high = (centre - half) / (1 + z2), (centre + half) / (1 + z2)
    return (0.0 if successes == 0 else low, 1.0 if successes == trials else high)  # exact there, but for rounding


def wilson_difference(first: int, second: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of the difference of two proportions of as many trials each (Newcombe's hybrid score interval).

    It takes the samples to be independent; of two networks on the same images it is too wide.

    Source: Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10.
    """
    (l1, u1), (l2, u2) = wilson(first, trials, confidence), wilson(second, trials, confidence)
    p1, p2 = first / trials, second / trials
    return p1 - p2 - hypot(p1 - l1, u2 - p2), p1 - p2 + hypot(u1 - p1, p2 - l2)


def upper_bound(events: int, trials: int, delta: float) -> float:
    """One-sided Clopper-Pearson bound: the true rate is above it in no more than a share ``delta`` of samples.

    Source: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    from scipy.special import betaincinv

    _require_counts(events, trials)
    require_level("delta", delta)
    return 1.0 if events == trials else float(betaincinv(events + 1, trials - events, 1 - delta))


def tail(events: int, trials: int, rate: float) -> float:
    """P(X <= events) for X ~ Binomial(trials, rate): the p-value of "the true rate is ``rate`` or more"."""
    from scipy.special import bdtr

    _require_counts(events, trials)
    require_level("rate", rate)
    return float(bdtr(events, trials, rate))


def most_events(trials: int, rate: float, delta: float) -> int:
    """The largest count at which ``tail(count, trials, rate) <= delta``; -1 where even no event proves nothing."""
    from scipy.special import bdtrik

    require_level("delta", delta)
    if tail(0, trials, rate) > delta:
        return -1
    count = int(bdtrik(delta, trials, rate))  # where the tail reaches delta, to rounding
    return count if tail(count, trials, rate) <= delta else count - 1


def require_level(name: str, value: float) -> None:
    """Raise SpecError unless 0 < value < 1."""
    if not 0 < value < 1:
        raise SpecError(f"{name} must be between 0 and 1, both excluded, got {value:g}")


def _require_counts(events: int, trials: int) -> None:
    if trials < 1 or not 0 <= events <= trials:
        raise SpecError(f"{events} of {trials} is not a proportion")
