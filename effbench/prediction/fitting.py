"""Every published setting fitted and cross-validated: what ``effbench predict --fit`` writes and says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effbench.models.shipped import Network, shipped
from effbench.prediction.columns import COLUMNS, values
from effbench.prediction.fit import places, smoothed, weights
from effbench.prediction.fitted import Correction, Fitted, Validation, corrections_text, digest
from effbench.prediction.published import SOURCE, published, speeds_of
from effbench.prediction.rows import Example, examples
from effbench.prediction.setting import Setting, short_name
from effbench.prediction.validation import covered, cross_validate, crowds, percentiles, width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Made:
    """One setting, fitted. Attributes: corrections: of every shipped network."""

    setting: Setting
    fitted: Fitted
    validation: Validation
    corrections: list[Correction]


def make(setting: Setting) -> Made:
    """Fit one published setting to all its networks, with intervals from those that were held out."""
    known = examples(setting)
    one, said = fit(known, setting.name, short_name(setting, published().settings))
    return Made(setting=setting, fitted=one, validation=said, corrections=_corrections(setting, one))


def fit(known: Sequence[Example], machine: str, short: str) -> tuple[Fitted, Validation]:
    """Weights from timed networks, and how well they predict families that are held out."""
    columns, seconds = arrays(known)
    families = [one.family for one in known]
    errors = cross_validate(columns, seconds, families, macs_of(known))
    found = weights(columns, seconds)
    one = Fitted(
        weights={name: float(f"{w:.4g}") for name, w in zip(COLUMNS, found, strict=True) if w > 0},
        width=width(errors.left, errors.distances),
        examples=len(known),
    )
    median, p90 = percentiles(errors.left)
    return one, Validation(
        machine=machine,
        short=short,
        networks=len(known),
        families=len(set(families)),
        weights=len(one.weights),
        median_error=round(median, 4),
        p90_error=round(p90, 4),
        macs_alone=round(percentiles(errors.macs_left)[0], 4),
        coverage=round(covered(errors), 4),
    )


def arrays(known: Iterable[Example]) -> tuple[Array, Array]:
    """(networks, columns) and (networks,): what was timed, and the logarithm of its time."""
    import numpy as np

    rows = list(known)
    return np.array([one.values for one in rows]), np.array([one.log_seconds for one in rows])


def macs_of(known: Iterable[Example]) -> Array:
    """Multiply-accumulates of every network."""
    import numpy as np

    return np.array([float(one.macs) for one in known])


def corrected(known: Sequence[Example], one: Fitted, asked: Array, own: Array | None = None) -> list[Correction]:
    """Corrections of networks by timed ones that spend their time alike.

    Args:
        asked: (networks, columns). own: number of the timed network that each is, which then does not count; -1: none.
    """
    import numpy as np

    columns, seconds = arrays(known)
    found = np.array([one.weights.get(name, 0.0) for name in COLUMNS])
    rest = np.log(columns @ found) - seconds
    crowd = crowds([example.family for example in known])
    logs, distances = smoothed(places(asked, found), places(columns, found), rest, crowd, own)
    return [Correction(float(log), float(distance)) for log, distance in zip(logs, distances, strict=True)]


def _corrections(setting: Setting, one: Fitted) -> list[Correction]:
    import numpy as np

    known = examples(setting)
    number = {id(example.network): i for i, example in enumerate(known)}
    own = np.array([number.get(id(network), -1) for network in shipped().networks])
    asked = np.array([values(network.terms, batch_of(network, setting)) for network in shipped().networks])
    return corrected(known, one, asked, own)


def batch_of(network: Network, setting: Setting) -> int:
    """The batch that was published for the network, or else the one that most of the setting's were timed with."""
    speed = speeds_of(network).get(setting.name)
    return published().usual_batch(setting) if speed is None else speed.batch


def files(made: list[Made]) -> tuple[bytes, bytes]:
    """The two files that a release ships: weights, and corrections of the shipped networks."""
    held = {
        "source": SOURCE,
        "counts": digest(),
        "settings": {one.setting.name: {**one.fitted.plain(), "validation": vars(one.validation)} for one in made},
    }
    table = [list(row) for row in zip(*(one.corrections for one in made), strict=True)]
    text = json.dumps(held, indent=1) + "\n"
    return text.encode(), corrections_text([one.setting.name for one in made], table)
