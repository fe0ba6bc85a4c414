"""``effbench gate check`` and ``effbench gate accept``."""

from __future__ import annotations

import json

import pytest

from effbench.files.locks import is_held, lock_of
from effbench.gate import census, snapshot
from effbench.gate import check as exact_gate
from effbench.processes import environment

VIT = """
from dataclasses import dataclass
from effbench.models.families.vit import build, cost
from effbench.models.spec.vit import ViTSpec
from effbench.models.registry import Family, register


def network(spec):
    made = build(spec)
    {change}
    return made


register(Family(name="mine", source="a test", cost={cost}, build=network), {{"mine": ViTSpec(
    image_size=32, num_classes=10, {shape}
)}})
"""
SHAPE = {"patch_size": 4, "width": 128, "depth": 3, "num_heads": 8}
NORM = "from torch import nn; made.blocks[1].mlp.norm = nn.LayerNorm(512)"


@pytest.fixture
def mine(tmp_path, model_file):
    """Writes the user's ViT as it is now; what was registered before is forgotten."""
    from effbench.models import registry

    def write(change: str = "pass", cost: str = "cost", **shape: int) -> str:
        registry._entries.pop("mine", None)
        registry._run_once.cache_clear()
        written = ", ".join(f"{name}={value}" for name, value in {**SHAPE, **shape}.items())
        return str(model_file(VIT.format(change=change, cost=cost, shape=written)))

    return write


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "exact.jsonl"


@pytest.fixture
def torch():
    pytest.importorskip("timm")
    return pytest.importorskip("torch")


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setattr(census, "find_spec", lambda name: None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"num_heads": 4}, {"softmax_elem": "blocks.*.attn (-50.0 %)"}),
        (
            {"patch_size": 8},
            {"MACs": "blocks.* (mac_linear -73.8 %, mac_qk -93.2 %, mac_av -93.2 %)"},
        ),
        (
            {"change": NORM},
            {
                "layer_norm_elem": "blocks.*.mlp.norm (new)",
                "parameters": "blocks.*.mlp.norm (new)",
                "aten.native_layer_norm": "",
            },
        ),
        ({"change": "made.blocks[1].mlp.act = __import__('torch').nn.ReLU()"}, {"aten.relu": "", "aten.gelu": ""}),
    ],
    ids=["heads", "patch", "norm", "activation"],
)
@pytest.mark.parametrize("formula", ["cost", "None"])
def test_a_change_of_a_users_model_is_caught_and_said(torch, effbench, mine, kept, change, told, formula):
    assert effbench("gate accept --model", mine(cost=formula), "--snapshot", kept).code == 0
    assert effbench("gate check --allow-code --snapshot", kept).code == 0
    mine(cost=formula, **change)
    ran = effbench("gate check --allow-code --format json --snapshot", kept)
    rows = {row["quantity"]: row["where"] for row in ran.json}
    assert ran.code == 1
    assert {name: rows.get(name) for name in told} == told
    if "num_heads" in change:
        assert list(rows) == ["softmax_elem"]


# The formula does not know the norm: it is the network that changed, and no longer counts as its formula says.
def test_a_network_that_leaves_its_formula_says_so(torch, effbench, mine, kept):
    effbench("gate accept --model", mine(), "--snapshot", kept)
    mine(change=NORM)
    rows = effbench("gate check --allow-code --format json --snapshot", kept).json
    parts = {row["quantity"]: row["part"] for row in rows}
    assert parts == {"parameters": "network", "layer_norm_elem": "network", "aten.native_layer_norm": ""}


# 3 blocks · 65 tokens · 128, twice, and once in the end; an eighth norm of 65 · 512.
def test_people_read_how_much_and_where(torch, effbench, mine, kept):
    effbench("gate accept --model", mine(cost="None"), "--snapshot", kept)
    mine(cost="None", change=NORM)
    ran = effbench("gate check --allow-code --snapshot", kept)
    assert ran.code == 1
    assert "1 differ" in ran.out.splitlines()[0]
    (line,) = (line.split() for line in ran.out.splitlines() if "layer_norm_elem" in line)
    assert line[1:] == [
        "differs",
        "layer_norm_elem",
        "-",
        "58,240",
        "91,520",
        "+57.1",
        "%",
        "blocks.*.mlp.norm",
        "(new)",
    ]
    (line,) = (line.split() for line in ran.out.splitlines() if "aten.native_layer_norm" in line)
    assert line[3:6] == ["-", "7", "8"]
    assert "effbench gate accept" in ran.out


def test_accepting_says_what_changed_and_the_next_check_is_quiet(torch, effbench, mine, kept):
    effbench("gate accept --model", mine(), "--snapshot", kept)
    mine(num_heads=4)
    ran = effbench("gate accept --allow-code --snapshot", kept)
    assert ran.code == 0
    assert "blocks.*.attn (-50.0 %)" in ran.out
    assert "1 differ" in ran.out
    ran = effbench("gate check --allow-code --snapshot", kept)
    assert (ran.code, ran.out) == (0, f"exact gate, {kept}: 1 equal\n")


@pytest.mark.parametrize(
    ("option", "quantity", "change", "where"),
    [
        ("num_heads=4", "softmax_elem", "+100.0 %", "blocks.*.attn (+100.0 %)"),
        ("patch_size=8", "embed_add", "+282.4 %", "the model's own (+282.4 %)"),  # 65 tokens where 17 were
    ],
)
def test_a_registered_variant_is_caught_by_its_formula_alone(no_torch, effbench, kept, option, quantity, change, where):
    other = f"vit_cifar10:3,{option}"
    entries = {"vit_cifar10:3": census.take([other])[other].entry}
    snapshot.write(kept, snapshot.Snapshot(entries=entries, whole_registry=False, libraries={}))
    ran = effbench("gate check --format json --snapshot", kept)
    *differs, unchecked = ran.json
    assert ran.code == 1
    assert {row["quantity"]: (row["change"], row["where"]) for row in differs}[quantity] == (change, where)
    assert (unchecked["verdict"], unchecked["part"]) == ("not checked", "network")
    assert unchecked["reason"] == "torch is not installed"


# A norm of 512 values on 65 tokens in one of three blocks of the code behind every ViT.
def test_an_extra_norm_in_the_networks_of_the_registry_is_caught(torch, effbench, kept, monkeypatch):
    from effbench.models.networks import vit

    names = ("vit_cifar10:3", "vit_tiny_patch16")
    effbench(" ".join(("gate accept", *names, "--snapshot")), kept)
    plain_vit = vit.plain_vit

    def changed(spec):
        made = plain_vit(spec)
        made.blocks[1].mlp.norm = torch.nn.LayerNorm(spec.hidden)
        return made

    monkeypatch.setattr(vit, "plain_vit", changed)
    ran = effbench("gate check --format json --snapshot", kept)
    rows = {(row["model"], row["quantity"]): row for row in ran.json}
    assert ran.code == 1
    assert {model for model, _ in rows} == set(names)
    norm = rows["vit_cifar10:3", "layer_norm_elem"]
    assert (norm["after"] - norm["before"], norm["part"], norm["where"]) == (
        65 * 512,
        "network",
        "blocks.*.mlp.norm (new)",
    )


def recorded(kept, names, whole_registry=False, **libraries):
    """A snapshot of formulas."""
    entries = {name: found.entry for name, found in census.take(names).items()}
    snapshot.write(kept, snapshot.Snapshot(entries=entries, whole_registry=whole_registry, libraries=libraries))


@pytest.fixture
def formulas(monkeypatch):
    """A formula is enough for a model to be accepted; ``meanwhile`` happens while they are counted."""
    import dataclasses

    class Taking:
        meanwhile = staticmethod(lambda: None)

        def __call__(self, names):
            self.meanwhile()
            return {name: dataclasses.replace(one, unchecked="") for name, one in census.take(names).items()}

    monkeypatch.setattr(census, "find_spec", lambda name: None)
    monkeypatch.setattr(exact_gate, "take", Taking())
    return exact_gate.take


@pytest.mark.parametrize("ours", ["vit_cifar10:1", ""], ids=["one", "all"])
def test_what_others_accept_meanwhile_is_kept(formulas, effbench, kept, ours):
    """Another process accepts another model while we count ours, which we had not read."""
    if not ours:
        assert effbench("gate accept vit_cifar10:1 --snapshot", kept).code == 0

    def another():
        formulas.meanwhile = lambda: None
        assert effbench("gate accept vit_cifar10:2 --snapshot", kept).code == 0

    formulas.meanwhile = another
    assert effbench(f"gate accept {ours} --snapshot", kept).code == 0
    assert list(snapshot.read(kept).entries) == ["vit_cifar10:1", "vit_cifar10:2"]


def test_what_others_accept_meanwhile_with_other_libraries_is_not_mixed(formulas, effbench, kept, monkeypatch):
    effbench("gate accept vit_cifar10:1 --snapshot", kept)
    formulas.meanwhile = lambda: recorded(kept, ["vit_cifar10:1", "vit_cifar10:2"], torch="0.1")
    ran = effbench("gate accept vit_cifar10:3 --snapshot", kept)
    assert ran.code == 2
    assert "was recorded with torch 0.1" in ran.err
    assert list(snapshot.read(kept).entries) == ["vit_cifar10:1", "vit_cifar10:2"]


def test_nobody_else_accepts_between_reading_and_writing(formulas, effbench, kept, monkeypatch):
    locked = []
    monkeypatch.setattr(snapshot, "write", lambda path, new: locked.append(is_held(lock_of(path))))
    assert effbench("gate accept vit_cifar10:1 --snapshot", kept).code == 0
    assert locked == [True]


@pytest.mark.parametrize("what", ["accept vit_cifar10:1", "check"])
def test_a_device_is_not_read_without_end(effbench, what):
    """/dev/null has an end, unlike /dev/full."""
    ran = effbench(f"gate {what} --snapshot /dev/null")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("/dev/null: is not a regular file\n")


def test_without_torch_a_formula_is_checked_and_a_network_named(no_torch, effbench, kept):
    recorded(kept, ["vit_cifar10:3", "resnet50"])
    ran = effbench("gate check --snapshot", kept)
    assert ran.code == 0
    assert "1 equal, 2 not checked" in ran.out
    assert ran.out.count("torch is not installed") == 2


def test_where_nothing_can_be_checked_that_is_a_code_of_its_own(no_torch, effbench, kept):
    recorded(kept, ["resnet50"])
    ran = effbench("gate check --snapshot", kept)
    assert ran.code == 4
    assert "not checked" in ran.out


def test_models_that_are_new_or_gone_are_named(no_torch, effbench, kept, monkeypatch):
    recorded(kept, ["vit_cifar10:3"], whole_registry=True)
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace('"model":"vit_cifar10:3"', '"model":"vit_cifar11"'), encoding="utf-8")
    monkeypatch.setattr(exact_gate, "named_models", lambda: ["vit_cifar10:3"])
    ran = effbench("gate check --format json --snapshot", kept)
    assert ran.code == 1
    assert [(row["model"], row["verdict"]) for row in ran.json] == [
        ("vit_cifar10:3", "new"),
        ("vit_cifar11", "vanished"),
    ]
    assert "did you mean vit_cifar10 or" in ran.json[1]["reason"]
    assert effbench("gate check vit_cifar11 --snapshot", kept).code == 1


def test_a_model_that_no_longer_runs_fails_the_gate(torch, effbench, mine, kept):
    effbench("gate accept --model", mine(), "--snapshot", kept)
    mine(change="raise ValueError('broken')")
    ran = effbench("gate check --allow-code --snapshot", kept)
    assert ran.code == 1
    assert "broken" in ran.out
    assert "effbench gate accept" not in ran.out
    before = kept.read_bytes()
    ran = effbench("gate accept --allow-code --snapshot", kept)
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be recorded, and nothing was" in ran.err
    assert kept.read_bytes() == before


def test_other_models_of_the_snapshot_stay_when_one_is_accepted(torch, effbench, mine, kept):
    effbench("gate accept vit_cifar10:3 ravit_cifar10:1-3 --snapshot", kept)
    before = snapshot.read(kept)
    effbench("gate accept vit_cifar10:4 --snapshot", kept)
    after = snapshot.read(kept)
    assert set(after.entries) == {*before.entries, "vit_cifar10:4"}
    assert all(after.entries[name] == before.entries[name] for name in before.entries)
    assert not after.whole_registry


@pytest.fixture
def another_torch(monkeypatch):
    """A call after which torch has another version."""

    def change() -> None:
        monkeypatch.setattr(exact_gate, "libraries", lambda: {**found, "torch": "1.0"})

    found = environment.libraries()
    return change


# Another PyTorch may run the same network by other operators; what they compute must be the same all the same.
def test_of_another_version_operators_are_not_compared_but_counts_are(torch, effbench, mine, kept, another_torch):
    effbench("gate accept --model", mine(cost="None"), "--snapshot", kept)
    another_torch()
    mine(cost="None", change="made.blocks[1].mlp.act = __import__('torch').nn.ReLU()")
    ran = effbench("gate check --allow-code --snapshot", kept)
    assert (ran.code, ran.out.count("Operators are not compared: recorded with torch 2")) == (0, 1)
    (row,) = effbench("gate check --allow-code --format json --snapshot", kept).json
    assert (row["verdict"], "here is 1.0" in row["reason"]) == ("equal", True)
    mine(cost="None", change=NORM)
    rows = effbench("gate check --allow-code --format json --snapshot", kept).json
    assert [row["quantity"] for row in rows] == ["parameters", "layer_norm_elem"]


def test_entries_of_several_versions_are_not_mixed(torch, effbench, kept, another_torch):
    effbench("gate accept vit_cifar10:3 --snapshot", kept)
    another_torch()
    before = kept.read_bytes()
    ran = effbench("gate accept vit_cifar10:4 --snapshot", kept)
    assert (ran.code, "accept all at once" in ran.err, kept.read_bytes() == before) == (2, True, True)
    assert effbench("gate accept --snapshot", kept).code == 0
    assert snapshot.read(kept).libraries["torch"] == "1.0"


def test_a_network_cannot_be_recorded_without_torch(no_torch, effbench, kept):
    ran = effbench("gate accept vit_cifar10:3 --snapshot", kept)
    assert (ran.code, ran.out, kept.exists()) == (2, "", False)
    assert "torch is not installed" in ran.err


@pytest.mark.parametrize("style", ["csv", "json"])
def test_programs_get_a_row_of_every_model(no_torch, effbench, kept, style):
    recorded(kept, ["vit_cifar10:3", "vit_cifar10:4"])
    ran = effbench(f"gate check --format {style} --snapshot", kept)
    rows = ran.csv if style == "csv" else ran.json
    assert {row["model"] for row in rows if row["verdict"] == "equal"} == {"vit_cifar10:3", "vit_cifar10:4"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("gate check no_such_model", "unknown model"),
        ("gate check vit_cifar10", "needs depth"),
        ("gate accept no_such_model.py", "no such model file"),
        ("gate check --size 32", "unrecognized arguments"),
    ],
)
def test_bad_input_is_one_line(no_torch, effbench, kept, line, said):
    recorded(kept, ["vit_cifar10:3"])
    before = kept.read_bytes()
    ran = effbench(f"{line} --snapshot", kept)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
    assert kept.read_bytes() == before


def test_no_snapshot_says_what_makes_one(effbench, kept):
    ran = effbench("gate check --snapshot", kept)
    assert (ran.code, f"effbench gate accept --snapshot {kept} records one" in ran.err) == (2, True)
    ran = effbench("gate accept --snapshot", kept / "deeper.jsonl")
    assert (ran.code, "no such folder" in ran.err) == (2, True)


def test_the_committed_snapshot_is_whole_and_can_be_read():
    from pathlib import Path

    from effbench.cli.gate.check import PLACE

    found = snapshot.read(Path(__file__).resolve().parents[2] / PLACE)
    assert found.whole_registry
    head = json.loads((Path(__file__).resolve().parents[2] / PLACE).read_text(encoding="utf-8").splitlines()[0])
    assert set(head["libraries"]) == {"torch", "torchvision", "timm", "compressai"}
