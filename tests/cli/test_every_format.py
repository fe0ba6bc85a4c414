"""Views of counts: every format of every view, printed or written to a file, and the same rows in JSON and CSV."""

from __future__ import annotations

from functools import cache

import pytest

from effbench.counting import by_tool, check, crosscheck
from effbench.render.table import FORMATS

# fvcore 0.1.5 scripts a function when it is imported
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")

MARKS = {
    "table": ["-----"],
    "markdown": ["|:-", "-:|"],
    "latex": ["\\toprule"],
    "json": ["[\n"],
    "jsonl": ["{"],
    "csv": [","],
    "html": ["<table"],
}

BY_FORMULA = ["list", "flops", "flops vit_base_patch16", "flops ci2p_vit --by kind", "flops ci2p_vit --by module"]
COUNTED = [
    "count vit_cifar10:3",
    "count vit_cifar10:3 --by kind",
    "count vit_cifar10:3 --by module",
    "count vit_cifar10:3 --counter torch",
    "crosscheck vit_cifar10:3",
    "check vit_cifar10:3",
]


@pytest.fixture(scope="module")
def once():
    """Networks are counted once, by our counter and by each tool, however often they are asked for."""
    for package in ("torch", "timm", "fvcore", "ptflops"):
        pytest.importorskip(package)
    with pytest.MonkeyPatch.context() as patch:
        ours, found = by_tool.counted_network, {}

        def counted(model, **options):
            key = model.name, *options.items()
            return found[key] if key in found else found.setdefault(key, ours(model, **options))

        for module in (by_tool, check, crosscheck):
            patch.setattr(module, "counted_network", counted)
        patch.setattr(by_tool, "tool_count", cache(by_tool.tool_count))
        yield


def assert_every_format(effbench, line, folder):
    printed = {format: effbench(f"{line} --format {format}") for format in FORMATS}
    for format, ran in printed.items():
        assert (ran.code, ran.err) == (0, "")
        assert any(mark in ran.out for mark in MARKS[format])
        assert effbench(f"{line} --format {format} --output", folder / format) == (0, "", "")
        assert (folder / format).read_text(encoding="utf-8") == ran.out
    for row, text in zip(printed["json"].json, printed["csv"].csv, strict=True):
        cells = {key: text[key].removeprefix("'") for key in row}  # what a spreadsheet would take for a formula
        assert cells == {key: "" if v is None else str(v) for key, v in row.items()}


@pytest.mark.parametrize("line", BY_FORMULA)
def test_every_view_of_formulas_has_every_format(effbench, tmp_path, line):
    assert_every_format(effbench, line, tmp_path)


@pytest.mark.parametrize("line", COUNTED)
def test_every_view_of_counts_has_every_format(once, effbench, tmp_path, line):
    assert_every_format(effbench, line, tmp_path)


def test_a_model_that_fails_its_checks_is_written_too(effbench, model_file, tmp_path):
    pytest.importorskip("torch")
    wrong = model_file(cost="lambda spec: ops.linear(1, 192, 6).at('head')")
    printed = effbench("check", wrong)
    assert effbench("check --output", tmp_path / "a", wrong) == (1, "", "")
    assert (tmp_path / "a").read_text(encoding="utf-8") == printed.out
