"""Names of codecs, and recipes that one can be trained by."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError
from effbench.training.loop.feasible import quality_of
from effbench.training.loop.recipe_file import recipe_of


def table(model: str = "bmshj2018_factorized:5", **more: object) -> dict[str, object]:
    data = {"name": "digits", "size": 32, "normalise": "none"}
    return {"source": "a test", "task": "compress", "model": model, "data": data, **more}


@pytest.mark.parametrize("quality", [1, 5, 8])
def test_the_quality_is_in_the_name(quality: int):
    assert quality_of(recipe_of(table(f"bmshj2018_factorized:{quality}"), "codec")) == quality


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "bmshj2018_factorised:5"}, "did you mean bmshj2018_factorized"),
        ({"model": "bmshj2018_factorized"}, "needs a quality of 1 to 8 after a colon, e.g. bmshj2018_factorized:5"),
        ({"model": "bmshj2018_factorized:9"}, "needs a quality of 1 to 8"),
        ({"model": "bmshj2018_factorized:²"}, "needs a quality of 1 to 8"),
        ({"data": {"name": "digits", "size": 32}}, r"images in \[0, 1\]: data.normalise is 'half', not 'none'"),
        ({"data": {"name": "digits", "size": 24, "normalise": "none"}}, "multiple of 16, got 24"),
        ({"training": {"precision": "bf16"}}, "trained in fp32"),
        ({"options": {"encoder_weights": "x"}}, "has no options, got encoder_weights"),
    ],
)
def test_what_cannot_be_is_one_line(changes: dict[str, object], words: str):
    with pytest.raises(EffbenchError, match=words):
        quality_of(recipe_of({**table(), **changes}, "codec"))
