"""Bad input: exit code 2, one line on standard error that says what was wrong and what is allowed, and nothing else."""

from __future__ import annotations

import os
import sys

import pytest

NAMES = [
    ("floops", "unknown command 'floops'; did you mean flops?"),
    ("", "unknown command ''; known: "),
    ("flops vit_bas_patch16", "unknown model 'vit_bas_patch16'; did you mean vit_base_patch16"),
    ("flops zzz", "unknown model 'zzz'; known: "),
    ("flops ravit_cifar:1-3", "did you mean ravit_cifar10"),
    ("flops --convention fvcor", "unknown convention 'fvcor'; did you mean fvcore"),
    ("flops vit_base_patch16:deep=6", "unknown option of vit_base_patch16 'deep'; did you mean depth"),
    ("explain ci2p --value 8.477G", "unknown model 'ci2p'; did you mean ci2p_vit"),
    ("formula ci2p_vit --convention mac", "unknown convention 'mac'; did you mean macs"),
    ("formula ci2p", "unknown model 'ci2p'; did you mean ci2p_vit"),
    ("claims --paper ci2p", "unknown paper 'ci2p'; did you mean ci2p_vit"),
    ("list --paper ravt", "unknown paper 'ravt'; did you mean ravit"),
    ("list --family token_fusoin", "unknown family 'token_fusoin'; did you mean token_fusion"),
    ("list --family ravit --paper ci2p_vit", "no model of family 'ravit' stands in paper 'ci2p_vit'"),
    ("heatmap --dataset cifar100", "unknown data set 'cifar100'; did you mean cifar10"),
    ("heatmap --dataset cifar10 --convention rawit", "did you mean ravit"),
]

OPTIONS = [
    ("flops --bogus", "unrecognized arguments: --bogus (see effbench flops --help)"),
    ("flops --siz 256", "unrecognized arguments: --siz"),  # no guessing at abbreviations
    ("flops --format yaml", "'yaml' (choose from"),
    ("flops --by layer", "'layer' (choose from"),
    ("flops --by kind --convention all", "--by takes one convention, not all"),
    ("flops --by module --depth 0", "--depth must be 1 or more, got 0"),
    ("explain ci2p_vit", "arguments are required: --value"),
    ("formula", "arguments are required: MODEL"),
    ("formula ci2p_vit --style python --format json", "--style prints the bare formula; leave --format out"),
    ("heatmap", "arguments are required: --dataset"),
    ("list ravit", "unrecognized arguments: ravit"),
    ("claims ravitt", "unknown paper 'ravitt'; did you mean ravit"),
    ("claims none.toml", "cannot read paper none.toml: No such file or directory"),
    ("claims --papers none", "cannot read none: No such file or directory"),
]

SIZES = [
    ("flops --sizes 0", "image size must be between 16 and 16384, got 0"),
    ("flops --sizes -16", "'-16' is not an image size: write 224, or height x width as 224x320"),
    ("flops --sizes 250", "image size must be a multiple of 16, got 250; nearest: 240 or 256"),
    ("flops --sizes abc", "'abc' is not an image size"),
    ("flops --sizes 256.5", "'256.5' is not an image size"),
    ("flops --sizes 1000000000", "image size must be between 16 and 16384, got 1000000000"),
    ("flops --sizes", "expected one argument"),
    ("flops ci2p_vit --sizes 256 336", "ci2p_vit: image size must be a multiple of 32, got 336; nearest: 320 or 352"),
    ("flops vit_base_patch16 ci2p_vit --sizes 240", "ci2p_vit: image size must be a multiple of 32, got 240"),
    ("explain ci2p_vit --size 250 --value 8G", "image size must be a multiple of 32"),
    ("flops vit_base_patch16:image_size=256", "the image size is given by --size, not in the name"),
    ("flops --batch 0", "batch must be between 1 and 1048576, got 0"),
    ("flops --batch -1", "batch must be between 1 and 1048576, got -1"),
    ("flops --batch 10000000", "batch must be between 1 and 1048576, got 10000000"),
    ("flops --batch many", "'many' is not a whole number"),
]

LAYERS = [
    ("flops ravit_cifar10", "ravit_cifar10 needs layers after a colon, e.g. ravit_cifar10:1-3"),
    ("flops ravit_cifar10:", "ravit_cifar10 needs layers after a colon"),
    ("flops vit_base_patch16:", "vit_base_patch16:: nothing after the colon"),
    ("flops ravit_cifar10:0-0", "at least one branch must have a layer"),
    ("flops ravit_cifar10:1-2-3-4-5", "number of branches must be between 1 and 4, got 5"),
    ("flops ravit_cifar10:a-b", "layers must be whole numbers joined by '-', got 'a'"),
    ("flops ravit_cifar10:1--3", "layers must be whole numbers joined by '-', got ''"),
    ("flops ravit_cifar10:-1", "layers must be whole numbers joined by '-', got ''"),
    ("flops ravit_cifar10:1.5-2", "layers must be whole numbers joined by '-', got '1.5'"),
    ("flops ravit_cifar10:1-100000", "layers of a branch must be between 0 and 1000, got 100000"),
    ("flops ravit_cifar10:1-3,resize=1", "resize must be more than 1 and at most 16, got 1"),
    ("flops ravit_cifar10:1-3,2-3", "'2-3' is not option=value"),
    ("flops ravit_cifar10:1-3,layers=2-3", "layers is given twice"),
    ("flops vit_cifar10:0", "depth must be between 1 and 1000, got 0"),
    ("flops vit_base_patch16:depth=x", "depth must be a whole number, got 'x'"),
    ("flops vit_base_patch16:width=100", "width 100 is not a multiple of num_heads 12"),
    ("flops vit_base_patch16:class_token=maybe", "class_token must be yes or no, got 'maybe'"),
    ("flops token_fusion_late:middle", "must be one of"),
]

MAPS = [
    ("heatmap --dataset imagenet --fix 3", "'3' is not BRANCH=LAYERS, e.g. 3=3"),
    ("heatmap --dataset imagenet --fix 3=x", "'3=x' is not BRANCH=LAYERS"),
    ("heatmap --dataset imagenet --fix 3=-1", "'3=-1' is not BRANCH=LAYERS"),
    ("heatmap --dataset imagenet --fix 4=1", "branch to fix must be between 1 and 3, got 4"),
    ("heatmap --dataset imagenet --fix 3=1001", "layers of branch 3 must be between 0 and 1000, got 1001"),
    ("heatmap --dataset imagenet --fix 1=1 --fix 2=1", "imagenet has 3 branches, so 1 must be fixed with --fix, not 2"),
    ("heatmap --dataset cifar10 --fix 2=1", "cifar10 has 2 branches, so 0 must be fixed with --fix, not 1"),
    ("heatmap --dataset imagenet --fix 3=1 --fix 3=2", "--fix names a branch twice"),
    ("heatmap --dataset cifar10 --max-layers -1", "max-layers must be between 1 and 64, got -1"),
    ("heatmap --dataset cifar10 --max-layers 1000000", "max-layers must be between 1 and 64, got 1000000"),
    ("heatmap --dataset cifar10 --baseline-layers 0", "depth must be between 1 and 1000, got 0"),
]

VALUES = [
    (
        "explain ci2p_vit --value abc",
        "value must be a number with an optional k, M, G, T, P, E, Z, Y, R or Q, e.g. 14.492G; got 'abc'",
    ),
    ("explain ci2p_vit --value -1", "e.g. 14.492G; got '-1'"),
    ("explain ci2p_vit --value 0", "value must be more than 0, got '0'"),
    ("explain ci2p_vit --value 8.477X", "e.g. 14.492G; got '8.477X'"),
    ("explain ci2p_vit --value 8,477", "e.g. 14.492G; got '8,477'"),
    ("explain ci2p_vit --value", "expected one argument"),
]


COUNTS = [
    ("count", "arguments are required: MODEL"),
    ("count vit_cifar10", "vit_cifar10 needs depth after a colon"),
    ("count missing.py", "missing.py: no such model file"),
    ("count missing.py:net", "missing.py: no such model file"),
    ("count timm/", "a timm model is written timm/NAME, without arguments"),
    ("count timm/resnet18:depth=3", "a timm model is written timm/NAME, without arguments"),
    ("count vit_base_patch16 --size 250", "image size must be a multiple of 16, got 250; nearest: 240 or 256"),
    ("count vit_base_patch16 --size big", "'big' is not an image size"),
    ("count vit_base_patch16 --counter thop", "invalid choice: 'thop' (choose from"),
    ("count vit_base_patch16 --by layer", "invalid choice: 'layer' (choose from"),
    ("count vit_base_patch16 --by module --depth 0", "--depth must be 1 or more, got 0"),
    (
        "count vit_base_patch16 --counter fvcore --backward --by kind",
        "--backward, --by works with --counter dispatch, not fvcore",
    ),
    ("count vit_base_patch16 --counter torch --strict", "--strict works with --counter dispatch, not torch"),
    ("count vit_base_patch16 --counter torch --convention macs", "--convention works with --counter dispatch, not"),
    ("crosscheck missing.py", "missing.py: no such model file"),
    ("crosscheck vit_base_patch16 --size 250", "image size must be a multiple of 16, got 250"),
    ("crosscheck vit_base_patch16 --convention all", "unknown convention 'all'"),
    ("crosscheck vit_base_patch16 --counter fvcore", "unrecognized arguments: --counter"),
    ("crosscheck --output missing/a.txt", "missing: no such folder"),
    ("check zzz", "unknown model 'zzz'"),
    ("check missing.py", "missing.py: no such model file"),
    ("check vit_base_patch16 ci2p_vit", "unrecognized arguments: ci2p_vit"),
    ("check vit_base_patch16 --size 250", "image size must be a multiple of 16, got 250"),
    ("atlas --jobs 0", "--jobs must be between 1 and 64, got 0"),
    ("atlas --format json -o atlas.csv", "--format json and --output atlas.csv disagree: .csv is the ending of csv"),
    ("atlas --resume", "--resume needs --out"),
    ("atlas --against none.csv", "cannot read none.csv"),
    ("atlas --against none.csv --verify", "leave GLOB and --verify out"),
    ("atlas -o none/atlas.csv", "cannot write to none: no such folder"),
]


@pytest.mark.parametrize(
    ("line", "fragment"),
    [*NAMES, *OPTIONS, *SIZES, *LAYERS, *MAPS, *VALUES, *COUNTS],
    ids=lambda text: text or "(empty)",
)
def test_bad_input_is_one_line(effbench, line, fragment):
    ran = effbench(line) if line else effbench("", "")
    assert_one_line(ran, fragment)


@pytest.fixture
def without_torch(monkeypatch):
    """Importing torch fails, as where it is not installed."""
    for module in list(sys.modules):
        if module.startswith("effbench.counting.counters"):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.parametrize(
    "line", ["count vit_cifar10:3", "count vit_cifar10:3 --counter fvcore", "crosscheck vit_cifar10:3", "check cvt_13"]
)
def test_without_torch_the_extra_is_named(without_torch, effbench, line):
    ran = effbench(line)
    assert_one_line(ran, "effbench: error: counting ")
    assert " needs torch: python -m pip install torch" in ran.err


def assert_one_line(ran, fragment):
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("effbench: error: ")
    assert fragment in ran.err
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err


def test_an_empty_value_is_one_line(effbench):
    assert_one_line(effbench("explain ci2p_vit --value", ""), "argument --value: expected a value, got ''")


@pytest.mark.parametrize(
    ("line", "argument"),
    [
        ("flops", "vit_base_patch16:depth=0\n"),
        ("flops", "--bogus\noption"),
        ("list --output", "no such\nfolder/models.txt"),
        ("flops", "v\nit"),
    ],
)
def test_a_line_break_in_an_argument_makes_no_second_line(effbench, line, argument):
    assert_one_line(effbench(line, argument), "")


@pytest.mark.parametrize("value", ["0." + "0" * 400 + "1", "1e-99", "9" * 400 + "P"])
def test_a_figure_of_any_size_is_compared(effbench, value):
    ran = effbench("explain ci2p_vit --value", value)
    assert (ran.code, ran.err) == (0, "")
    assert "holds under no way of counting" in ran.out


EVERY_COMMAND = [
    "list",
    "flops",
    "flops ci2p_vit --by kind",
    "formula ci2p_vit --style plain",
    "explain ci2p_vit --value 8.477G",
    "heatmap --dataset cifar10 --max-layers 1",
    "claims --paper ravit",
]
every_command = pytest.mark.parametrize("line", EVERY_COMMAND)


@every_command
def test_a_missing_folder_for_the_output_is_one_line(effbench, tmp_path, line):
    ran = effbench(f"{line} --output", tmp_path / "missing" / "a.txt")
    assert_one_line(ran, "missing: no such folder")
    assert list(tmp_path.iterdir()) == []


@every_command
def test_a_folder_in_place_of_the_output_is_one_line(effbench, tmp_path, line):
    assert_one_line(effbench(f"{line} --output", tmp_path), "is a folder")


@every_command
def test_a_full_disk_is_one_line_and_leaves_what_was_there(effbench, tmp_path, monkeypatch, line):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "a.txt").write_text("old")
    assert_one_line(effbench(f"{line} --output", tmp_path / "a.txt"), "a.txt: No space left on device")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_without_permission_is_one_line(effbench, tmp_path):
    tmp_path.chmod(0o500)
    assert_one_line(effbench("flops --output", tmp_path / "a.txt"), "permission denied")
    assert_one_line(effbench("heatmap --dataset cifar10 --out", tmp_path), "permission denied")


def test_bad_input_is_known_before_the_output_is_touched(effbench, tmp_path):
    (tmp_path / "a.txt").write_text("old")
    assert_one_line(effbench("flops zzz --output", tmp_path / "a.txt"), "unknown model")
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_file_in_place_of_the_figure_folder_is_one_line(effbench, tmp_path):
    (tmp_path / "figures").write_text("")
    ran = effbench("heatmap --dataset cifar10 --max-layers 1 --out", tmp_path / "figures")
    assert_one_line(ran, "figures is not a folder")


def test_without_a_command_the_overview_is_shown(effbench):
    ran = effbench("")
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.startswith("usage: effbench COMMAND")
