"""Predictions: images per second of networks in the settings that timm publishes, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp

from effbench.errors import UnknownName
from effbench.models.inputs import Side
from effbench.models.registry import Model, resolve
from effbench.models.shipped import Network, Timeable, shipped
from effbench.prediction.columns import values
from effbench.prediction.fitted import Correction, Fitted, correction, fitted, log_seconds
from effbench.prediction.published import Speed, published, speeds_of
from effbench.prediction.setting import Setting, require_batch
from effbench.prediction.setting import resolve as setting_of


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A network on a machine.

    Attributes:
        size: image side, pixels. batch: images per step. machine: the setting, or ``here``.
        images_per_s: predicted, with its 90 % interval ``low`` to ``high``; of a training setting, images trained on.
        seconds: predicted time of one image. published: images per second that timm measured; None if it did not.
        unlike: whether it is farther from all networks of the fit than 99 % of networks whose families were held out.
    """

    model: str
    size: Side
    batch: int
    machine: str
    images_per_s: float
    low: float
    high: float
    seconds: float
    published: float | None = None
    unlike: bool = False


def model_of(name: str) -> Model:
    """A registered model, or one of timm by timm's own name.

    Raises:
        UnknownName: there is none.
    """
    try:
        return resolve(name)
    except UnknownName:
        if shipped().find(name) is None:
            raise
        return resolve(f"timm/{name}")


def chosen(machines: Sequence[str] | None) -> list[Setting]:
    """The published settings of these names; without names those of inference."""
    known = published().settings
    if machines is None:
        return [one for one in known if not one.trains]
    return list(dict.fromkeys(setting_of(name, known) for name in machines))


def of_network(found: Timeable, settings: Sequence[Setting], batch: int | None = None) -> Iterator[Prediction]:
    """Its row in every setting."""
    speeds = {} if found.network is None else speeds_of(found.network)
    for setting in settings:
        speed = speeds.get(setting.name)
        usual = published().usual_batch(setting) if speed is None else speed.batch
        require_batch(batch, usual, setting.name, found.model)
        yield _row(found, setting, usual, speed)


def _row(found: Timeable, setting: Setting, batch: int, speed: Speed | None) -> Prediction:
    one, vector = fitted()[setting.name], values(found.terms, batch)
    by = correction(found.network, setting.name) if found.network else _corrected(setting, tuple(vector))
    return priced(
        Priced(found.model, found.size, batch, setting.name), one, vector, by, None if speed is None else speed.rate
    )


@dataclass(frozen=True)
class Priced:
    """What is predicted. Attributes: as those of ``Prediction``."""

    model: str
    size: Side
    batch: int
    machine: str


def priced(what: Priced, one: Fitted, vector: list[float], by: Correction, measured: float | None = None) -> Prediction:
    """The prediction for a network whose columns are ``vector``."""
    seconds, factor = exp(log_seconds(one, vector, by)), one.width.factor(by.distance)
    return Prediction(
        **vars(what),
        images_per_s=1 / seconds,
        low=1 / seconds / factor,
        high=factor / seconds,
        seconds=seconds,
        published=measured,
        unlike=by.distance > one.width.unlike,
    )


@cache
def _corrected(setting: Setting, vector: tuple[float, ...]) -> Correction:
    """Of a network that is not shipped."""
    import numpy as np

    from effbench.prediction.fitting import corrected
    from effbench.prediction.rows import examples

    return corrected(examples(setting), fitted()[setting.name], np.array([vector]))[0]


def shipped_speed(network: Network, setting: Setting, model: str) -> Prediction:
    """The row of a shipped network, under the name it is asked for by."""
    return next(of_network(Timeable(model, network.size, network.terms, network), [setting]))
