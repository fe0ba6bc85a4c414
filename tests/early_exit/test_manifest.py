"""The manifest of an exported network: read as written, and what is refused."""

from __future__ import annotations

import json

import pytest

from effbench.early_exit.manifest import NAME, Manifest, Stage, read
from effbench.early_exit.policy import Policy
from effbench.errors import EffbenchError

STAGES = (Stage(file="stage_1.onnx", takes=0, gives=2), Stage(file="stage_2.onnx", takes=2, gives=0))


@pytest.mark.parametrize("policy", [None, Policy(score="entropy", thresholds=(0.5,), temperatures=(1.5, 1.0))])
def test_read_as_written(tmp_path, policy):
    manifest = Manifest(image=(3, 8, 8), classes=5, stages=STAGES, policy=policy)
    (tmp_path / NAME).write_text(manifest.as_json())
    assert read(tmp_path) == manifest


def written(tmp_path, **changes):
    document = json.loads(Manifest(image=(3, 8, 8), classes=5, stages=STAGES).as_json()) | changes
    (tmp_path / NAME).write_text(json.dumps({key: value for key, value in document.items() if value != "gone"}))
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 2}, "is not a manifest of schema 1"),
        ({"classes": "gone"}, "is not a manifest of schema 1: its keys must be classes, image, policy, schema, stages"),
        ({"more": 1}, "is not a manifest of schema 1"),
        ({"classes": 0}, "0 is not a whole number from 1 on"),
        ({"classes": True}, "True is not a whole number from 1 on"),
        ({"image": [3, 8]}, "is not a manifest"),
        ({"image": 8}, "is not a manifest"),
        ({"stages": []}, "every stage must take the state that the stage before gives"),
        ({"stages": [{"file": "a.onnx", "takes": 1, "gives": 0}]}, "every stage must take the state"),
        ({"stages": [{"file": "a", "takes": 0}]}, "is not a manifest: 'gives'"),
        (
            {"stages": [{"file": "../a.onnx", "takes": 0, "gives": 0}]},
            "stage '../a.onnx' cannot be used as a file name: it has a separator of folders",
        ),
        (
            {"stages": [{"file": "/a.onnx", "takes": 0, "gives": 0}]},
            "stage '/a.onnx' cannot be used as a file name: it has a separator of folders",
        ),
        ({"stages": [{"file": "..", "takes": 0, "gives": 0}]}, "must be an .onnx file in the folder itself, got '..'"),
        ({"stages": [{"file": 7, "takes": 0, "gives": 0}]}, "must be an .onnx file in the folder itself, got 7"),
        ({"policy": 7}, "a policy must be a JSON object, got int"),
        (
            {"policy": {"schema": 1, "score": "entropy", "thresholds": [0.1, 0.2]}},
            "a network of 2 exits needs 1 thresholds",
        ),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, changes, message):
    with pytest.raises(EffbenchError) as caught:
        read(written(tmp_path, **changes))
    assert message in str(caught.value)


def test_folders_without_one(tmp_path):
    with pytest.raises(EffbenchError, match=r"holds no exported network: exits.json: No such file"):
        read(tmp_path)
    (tmp_path / NAME).write_text("[" * 100_000)
    with pytest.raises(EffbenchError, match=r"exits.json is not JSON"):
        read(tmp_path)
    (tmp_path / NAME).write_text("{")
    with pytest.raises(EffbenchError, match=r"exits.json is not JSON"):
        read(tmp_path)
