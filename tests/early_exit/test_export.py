"""Exported networks: ONNX Runtime gives PyTorch's logits at every exit, and the runner the engine's exits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from torch import nn  # noqa: E402 - after the check for torch

from effbench.early_exit.agreement import largest_differences, random_images  # noqa: E402
from effbench.early_exit.engine import AdaptiveClassifier  # noqa: E402
from effbench.early_exit.export import FixedResize, export  # noqa: E402
from effbench.early_exit.manifest import NAME, read  # noqa: E402
from effbench.early_exit.policy import Policy, never  # noqa: E402
from effbench.early_exit.runner import Runner  # noqa: E402
from effbench.errors import EffbenchError, MissingExtra  # noqa: E402
from effbench.models.networks.ravit import Resize  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402

SMALL = "width=16,num_heads=2"
NETWORKS = {
    "RAViT": f"ravit_cifar10:1-0-1,patch_size=2,resize=1.5,{SMALL}",
    "ViT with exits": f"exit_vit_cifar10:1,depth=2,{SMALL}",
}


@pytest.fixture(scope="module", params=NETWORKS.values(), ids=NETWORKS)
def exported(request, tmp_path_factory):
    """(network, folder), exported once."""
    torch.manual_seed(0)
    network = resolve(request.param).build().eval()
    folder = tmp_path_factory.mktemp("export") / "network"
    before = {name: value.clone() for name, value in network.state_dict().items()}
    export(network, (3, 32, 32), folder, never("entropy", len(network.stages)))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    return network, folder


def test_logits_of_every_exit_agree(exported):
    network, folder = exported
    images = random_images(5, torch.zeros(1, 3, 32, 32))
    found = largest_differences(network, Runner(folder), images)
    assert len(found) == len(network.stages)
    assert max(found) < 1e-5  # the goal is 1e-4


def widest_gap(scores) -> float:
    """The middle of the widest gap between neighbours of the middle half, so that rounding does not decide."""
    ordered = np.sort(scores)[len(scores) // 4 : -len(scores) // 4]
    low = int(np.diff(ordered).argmax())
    return float(ordered[low : low + 2].mean())


@pytest.mark.parametrize("score", ["entropy", "margin", "patience"])
def test_the_runner_leaves_where_the_engine_does(exported, score):
    network, folder = exported
    images, exits = torch.rand(16, 3, 32, 32), len(network.stages)
    with torch.inference_mode():
        scores = never(score, exits).scores(torch.stack(network(images), dim=1).numpy())
    middles = [widest_gap(scores[:, k]) for k in range(exits - 1)]
    for temperatures in ((), (1.0,) * exits):
        policy = Policy(score=score, thresholds=tuple(middles), temperatures=temperatures)
        ours, theirs = AdaptiveClassifier(network, policy)(images), Runner(folder, policy)(images.numpy())
        assert ours.exits.tolist() == theirs.exits.tolist()
        assert ours.reached == theirs.reached
        np.testing.assert_allclose(theirs.logits, ours.logits.numpy(), atol=1e-5)


def test_any_number_of_images(exported):
    runner = Runner(exported[1])
    images = torch.rand(4, 3, 32, 32).numpy()
    whole = runner(images)
    ones = [runner(images[i : i + 1]) for i in range(4)]
    np.testing.assert_allclose(np.concatenate([one.logits for one in ones]), whole.logits, atol=1e-5)
    none = runner(images[:0])
    assert (none.logits.shape, none.exits.shape, none.reached) == ((0, 10), (0,), ())


def test_the_runner_needs_no_torch(exported, tmp_path):
    _, folder = exported
    np.save(tmp_path / "images.npy", np.random.default_rng(0).random((2, 3, 32, 32), dtype=np.float32))
    script = (
        "import sys, numpy; from pathlib import Path; from effbench.early_exit.runner import Runner;"
        "print(Runner(Path(sys.argv[1]), threads=1)(numpy.load(sys.argv[2])).exits.tolist());"
        "assert 'torch' not in sys.modules and 'onnx' not in sys.modules"
    )
    command = [sys.executable, "-c", script, str(folder), str(tmp_path / "images.npy")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"{[len(read(folder).stages) - 1] * 2}\n"), ran.stderr


@pytest.mark.parametrize(("side", "height", "width"), [(16, 32, 32), (20, 32, 32), (3, 7, 5), (8, 8, 16), (64, 64, 64)])
def test_a_fixed_resize_is_the_resize(side, height, width):
    resize, image = Resize(side), torch.rand(2, 3, height, width)
    torch.testing.assert_close(FixedResize(resize, height, width)(image), resize(image), atol=1e-5, rtol=0)


class Paired(nn.Module):
    """A state of two tensors, and a stage that leaves none."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(12, 3)
        self.stages = (self.first, self.second, self.third)

    def first(self, image, state):
        flat = image.flatten(1)
        return self.fc(flat), (flat, image.sum(dim=(1, 2, 3))[:, None])

    def second(self, image, state):
        return self.fc(state[0]) * state[1], None

    def third(self, image, state):
        assert state is None
        return self.fc(image.flatten(1) ** 2), None


def test_states_of_several_tensors_or_none(tmp_path):
    network = Paired().eval()
    manifest = export(network, (3, 2, 2), tmp_path / "paired")
    assert [(stage.takes, stage.gives) for stage in manifest.stages] == [(0, 2), (2, 0), (0, 0)]
    runner = Runner(tmp_path / "paired", never("margin", 3))
    assert max(largest_differences(network, runner, torch.rand(4, 3, 2, 2))) < 1e-5


def network():
    return resolve(f"ravit_cifar10:1-1,{SMALL}").build()


def test_what_cannot_be_exported_leaves_nothing_behind(tmp_path):
    class Stubborn(nn.Module):
        stages = (lambda image, state: (image.flatten(1)[:, :2] * int(image.sum()), None),)

    with pytest.raises(EffbenchError, match="stage 1 cannot be exported: ") as caught:
        export(Stubborn(), (3, 4, 4), tmp_path / "out")
    assert "\n" not in str(caught.value)
    with pytest.raises(EffbenchError, match="images must be 32 x 32 pixels, got 16 x 16"):
        export(network(), (3, 16, 16), tmp_path / "out")
    with pytest.raises(EffbenchError, match="a network of 2 exits needs 1 thresholds"):
        export(network(), (3, 32, 32), tmp_path / "out", never("entropy", 3))
    with pytest.raises(EffbenchError, match="Linear has no early exits"):
        export(nn.Linear(1, 1), (3, 32, 32), tmp_path / "out")
    with pytest.raises(EffbenchError, match=r"cannot write to .*missing: no such folder"):
        export(network(), (3, 32, 32), tmp_path / "missing" / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_touched(tmp_path):
    with pytest.raises(EffbenchError, match="exists: an export needs a folder of its own"):
        export(network(), (3, 32, 32), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_batch_that_is_fixed_in_a_stage_is_an_error(tmp_path):
    class Fixed(nn.Module):
        stages = (lambda image, state: (image.flatten(1)[:, :2] + torch.zeros(len(image), 2), None),)

    with pytest.raises(EffbenchError, match="stage 1 cannot be exported: "):
        export(Fixed(), (3, 4, 4), tmp_path / "out")


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_without_the_extra(tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=rf"exporting a network needs {missing}: .*install .*{missing}"):
        export(network(), (3, 32, 32), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_onnx_runtime_leaves_nothing_in_the_user_s_folders(tmp_path, monkeypatch):
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)  # this process has set it
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    line = "from effbench.early_exit.runner import onnx_runtime; onnx_runtime()"
    subprocess.run([sys.executable, "-c", line], check=True)
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_runtime(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"running an exported network needs onnxruntime: .*install onnxruntime"):
        Runner(exported[1])


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 3, 16, 16), np.float32), "images must be (batch, 3, 32, 32), got shape (2, 3, 16, 16)"),
        (np.zeros((3, 32, 32), np.float32), "images must be (batch, 3, 32, 32), got shape (3, 32, 32)"),
        (
            np.zeros((1, 3, 32, 32), np.uint8),
            "images must be floating point numbers, normalised as in training, got uint8",
        ),
        (np.full((1, 3, 32, 32), np.nan), "exit 1 of the network gave logits that are not finite numbers"),
    ],
)
def test_images_the_runner_refuses(exported, images, message):
    with pytest.raises(EffbenchError) as caught:
        Runner(exported[1])(images)
    assert str(caught.value) == message


def test_folders_the_runner_refuses(exported, tmp_path):
    network, folder = exported
    with pytest.raises(EffbenchError, match="holds no exported network"):
        Runner(tmp_path)
    with pytest.raises(EffbenchError, match=f"a network of {len(network.stages)} exits needs"):
        Runner(folder, never("entropy", 9))
    (tmp_path / "exits.json").write_text((folder / "exits.json").read_text())
    with pytest.raises(EffbenchError, match=r"stage_1.onnx cannot be loaded: "):
        Runner(tmp_path)


def changed(folder, copy, change):
    """A copy of an exported network of which ``change`` has edited the manifest."""
    shutil.copytree(folder, copy)
    document = json.loads((copy / NAME).read_text())
    change(document)
    (copy / NAME).write_text(json.dumps(document))
    return copy


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(classes=7),
        lambda document: document["stages"][0].update(gives=2) or document["stages"][1].update(takes=2),
        lambda document: document["stages"][0].update(file="stage_2.onnx"),
    ],
    ids=["classes", "state", "file"],
)
def test_a_stage_that_is_not_as_the_manifest_says(exported, tmp_path, change):
    with pytest.raises(EffbenchError, match=r"\.onnx is not the stage that exits\.json describes: it must take image"):
        Runner(changed(exported[1], tmp_path / "copy", change))


def test_a_network_without_a_policy_must_be_given_one(exported, tmp_path):
    folder = changed(exported[1], tmp_path / "copy", lambda document: document.update(policy=None))
    with pytest.raises(EffbenchError, match="was exported without a policy: give one"):
        Runner(folder)
