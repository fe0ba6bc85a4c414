"""Every data set that a recipe can name, by ``catalogue.toml``. No torch."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from effbench.errors import EffbenchError, UnknownName
from effbench.files.typed import typed
from effbench.training.data.dataset import DataSet, Normalisation

DATASETS: dict[str, DataSet] = {}
"""Name -> data set."""


def register(added: DataSet) -> None:
    """Add a data set; a name that is taken raises EffbenchError."""
    if added.name in DATASETS:
        raise EffbenchError(f"data set {added.name!r} is registered twice")
    DATASETS[added.name] = added


def dataset(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        UnknownName: there is none.
    """
    if name not in DATASETS:
        raise UnknownName("data set", name, DATASETS)
    return DATASETS[name]


def normalisations() -> dict[str, Normalisation]:
    """Name -> mean and standard deviation per channel of images in [0, 1]; besides two plain ones, those of data sets.

    ``none`` leaves [0, 1] as CompressAI's encoders take it, ``half`` gives [-1, 1].
    """
    plain: dict[str, Normalisation] = {
        "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        "half": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    }
    return plain | {name: known.normalise for name, known in DATASETS.items() if known.normalise}


for _name, _facts in tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")).items():
    register(typed(DataSet, {"name": _name, **_facts}, f"data set {_name}"))
