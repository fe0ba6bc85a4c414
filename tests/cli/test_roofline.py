"""``effbench roofline``, measured by a scripted machine, and once for real."""

from __future__ import annotations

import pytest

from effbench.cost.roofline import Ceilings
from effbench.errors import EffbenchError
from effbench.render.table import FORMATS

pytest.importorskip("torch")

MODELS = "vit_cifar10:4 ravit_cifar10:1-3"

NETS = """
import torch

class Net(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.head = torch.nn.Linear(3, width)

    def forward(self, x):
        return self.head(torch.linalg.svd(x).S)

class Nothing(torch.nn.Module):
    def forward(self, x):
        return x.flatten(1)
"""


@pytest.fixture
def machine(monkeypatch):
    """10¹¹ FLOP/s, 10¹⁰ bytes/s, 8 ms a step; ``failing`` holds models whose process dies. Counts what is opened."""
    from effbench.processes import environment
    from effbench.processes.process import WorkerFailed
    from effbench.profiling import ceilings, roofline

    class Machine:
        failing: tuple[str, ...] = ()
        measured = 0

    state = Machine()

    def measured_ceilings(device, dtype, threads, *, again=False):
        how = {"device": device, "dtype": dtype, "threads": threads, "ended": "today"}
        conditions = ceilings.CeilingConditions(**environment.conditions().plain(), **how)
        peak = Ceilings(1e11, 1e10)
        return ceilings.MeasuredCeilings(ceilings=peak, typical=peak, conditions=conditions, samples={}, kept=not again)

    def one_process(job, plan, start):
        state.measured += 1
        if job.model in state.failing:
            raise WorkerFailed("killed", "killed by SIGKILL")
        return {"samples": {"wall": [8_000_000] * plan.samples}}

    monkeypatch.setattr(ceilings, "measured_ceilings", measured_ceilings)
    monkeypatch.setattr(roofline, "one_process", one_process)
    return state


def test_json_has_the_ceilings_then_models(effbench, machine):
    rows = effbench(f"roofline {MODELS} --batch 2 --format json").json
    assert [row["record"] for row in rows] == ["ceilings", "model", "model"]
    assert (rows[0]["flop_per_s"], rows[0]["byte_per_s"]) == (1e11, 1e10)
    assert rows[1]["mfu"] == pytest.approx(0.279194880)  # tests/suite/test_roofline.py


def test_by_block_adds_the_blocks_of_each_model(effbench, machine):
    rows = effbench(f"roofline {MODELS} --by block --format json").json
    assert [row["block"] for row in rows if row.get("model") == "vit_cifar10:4"] == [
        *(None, "patch_embed", "(model)", "blocks.0-3", "norm", "head")
    ]


def test_any_network_is_taken_apart_by_module(effbench, machine, tmp_path):
    net = "import torch\nclass Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    net += (
        "        self.body = torch.nn.Sequential(torch.nn.Linear(48, 96), torch.nn.ReLU(), torch.nn.Linear(96, 10))\n"
    )
    net += "    def forward(self, x):\n        return {'logits': self.body(x)}\n"
    (tmp_path / "net.py").write_text(net)
    line, net = "roofline --input 64x48 --by module --format json --depth", f"{tmp_path / 'net.py'}:Net"
    whole, body = effbench(f"{line} 1", net).json[1:]
    assert (whole["macs"], body["block"]) == (64 * 96 * 58, "body")
    assert whole["bytes"] == body["bytes"] == 4 * (64 * (48 + 4 * 96 + 10) + 49 * 96 + 97 * 10)
    assert whole["least_seconds"] == 2 * 64 * 96 * 58 / 1e11 < whole["attainable_seconds"]  # its products take longest
    assert (whole["attained_share"], whole["images_per_s"]) == (whole["attainable_seconds"] / 0.008, 64 / 0.008)
    parts = effbench(f"{line} 2", net).json[2:]
    bounds = ("compute", "memory", "memory")  # 589,824 FLOPs in 5.9 us against 55,680 bytes in 5.6 us, and so on
    assert [(one["block"], one["bound"]) for one in parts] == [(f"body.{i}", b) for i, b in enumerate(bounds)]


def test_a_module_in_a_file_and_what_has_no_price(effbench, machine, tmp_path):
    (tmp_path / "net.py").write_text(NETS)
    ran = effbench(f"roofline {tmp_path}/net.py:Net --arg width=5 --input 2x7x3")
    assert (ran.code, ran.err) == (0, "")
    assert "batch of 2" in ran.out
    assert f"{tmp_path}/net.py:Net,width=5: no price: 1 x aten._linalg_svd" in ran.out
    ran = effbench(f"roofline {tmp_path}/net.py:Nothing --input 2x7x3")
    assert (ran.code, ran.out, ran.err.count("\n"), machine.measured) == (2, "", 1, 1)
    assert "reads and writes nothing that could be counted" in ran.err


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(effbench, machine, format):
    ran = effbench(f"roofline {MODELS} --by block --format {format}")
    assert (ran.code, ran.err) == (0, "")
    assert "blocks.0-3" in ran.out


def test_people_read_the_ceilings_and_what_the_words_mean(effbench, machine):
    out = effbench("roofline vit_cifar10:4 --batch 2").out
    assert "matrix product 100.0 GFLOP/s at best" in out
    assert "memory limits below 10.0 FLOP/byte" in out
    assert "27.9 %" in out
    assert "kept from today" in out
    assert "measured now" in effbench("roofline vit_cifar10:4 --again").out


def test_a_model_is_measured_once_however_often_it_is_named(effbench, machine):
    effbench("roofline vit_cifar10:4 vit_cifar10:4")
    assert machine.measured == 1


def test_a_failed_model_costs_its_row_and_the_exit_code_says_so(effbench, machine):
    machine.failing = ("ravit_cifar10:1-3",)
    ran = effbench(f"roofline {MODELS}")
    assert ran.code == 1
    assert "ravit_cifar10:1-3: not measured: killed: killed by SIGKILL" in ran.out
    machine.failing = ("ravit_cifar10:1-3", "vit_cifar10:4")
    assert effbench(f"roofline {MODELS}").code == 4


def test_figure_and_rows_are_written(effbench, machine, tmp_path):
    pytest.importorskip("matplotlib", reason="the report extra is not installed")
    ran = effbench(f"roofline {MODELS} --batch 2 --out", tmp_path / "new")
    assert ran.code == 0
    stem = "roofline_cpu_fp32_batch2"
    assert {path.name for path in (tmp_path / "new").iterdir()} == {f"{stem}.png", f"{stem}.svg", f"{stem}.csv"}
    assert f"{stem}.png" in ran.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "the following arguments are required: MODEL"),
        ("vit_cifar100", "unknown model 'vit_cifar100'"),
        ("vit_tiny_patch16 --size 100", "nearest: 96 or 112"),
        ("vit_tiny_patch16 --batch 0", "batch must be"),
        ("vit_tiny_patch16 --threads 0", "threads must be"),
        ("vit_tiny_patch16 --samples 0", "samples must be"),
        ("vit_tiny_patch16 --dtype int8", "invalid choice: 'int8'"),
        ("timm/resnet18 --batch 2 --input 2x3x64x64", "a batch and inputs exclude one another"),
        ("timm/resnet18 --by block --depth 1", "--depth has no effect without --by module"),
        ("timm/resnet18 --by module --depth 0", "--depth must be 1 or more"),
        ("vit_tiny_patch16 --by layer", "invalid choice: 'layer'"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_measured(effbench, machine, line, said):
    ran = effbench(f"roofline {line}")
    assert (ran.code, ran.out, ran.err.count("\n"), machine.measured) == (2, "", 1, 0)
    assert said in ran.err


def test_a_folder_that_cannot_be_made_is_known_before_anything_is_measured(effbench, machine, tmp_path):
    (tmp_path / "file").write_text("")
    ran = effbench("roofline vit_tiny_patch16 --out", tmp_path / "file" / "folder")
    assert (ran.code, machine.measured) == (2, 0)
    assert "cannot make folder" in ran.err


def test_bad_input_leaves_no_folder(effbench, machine, tmp_path):
    assert effbench("roofline vit_cifar100 --out", tmp_path / "new").code == 2
    assert not (tmp_path / "new").exists()


def test_a_figure_that_cannot_be_drawn_is_known_before_anything_is_measured(effbench, machine, monkeypatch, tmp_path):
    from effbench.cli import roofline

    real = roofline.find_spec
    monkeypatch.setattr(roofline, "find_spec", lambda name: None if name == "matplotlib" else real(name))
    ran = effbench("roofline vit_cifar10:4 --out", tmp_path / "new")
    assert (ran.code, ran.out, machine.measured) == (2, "", 0)
    assert "drawing a roofline needs matplotlib" in ran.err
    assert not (tmp_path / "new").exists()


def test_a_device_that_is_not_there_is_one_line(effbench, monkeypatch):
    from effbench.profiling import ceilings

    def none(*args, **kwargs):
        raise EffbenchError("the ceilings of cuda in fp32 cannot be measured: PyTorch sees no CUDA device")

    monkeypatch.setattr(ceilings, "measured_ceilings", none)
    ran = effbench("roofline vit_tiny_patch16 --device cuda")
    assert (ran.code, ran.out) == (2, "")
    assert "PyTorch sees no CUDA device" in ran.err


def test_a_real_machine(effbench, monkeypatch):
    """Small shapes: nobody attains more than a cache lets him, and the ceilings are rates of some machine."""
    from effbench.profiling import ceilings

    monkeypatch.setattr(ceilings, "SHAPES", {"cpu": (("kernel/gemm", 256), ("kernel/copy", 512))})
    monkeypatch.setattr(ceilings, "ROUNDS", 3)
    rows = effbench("roofline vit_cifar10:4 --samples 1 --format json --again").json
    assert rows[0]["flop_per_s"] > 1e8
    assert rows[0]["byte_per_s"] > 1e8
    assert 0 < rows[1]["mfu"] < 1.5
    assert rows[1]["reason"] is None
