"""Command lines that must pass: no fault is found by refusing everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from lines import Case

MODELS = (
    "vit_base_patch16",
    "vit_cifar10:4",
    "ravit_cifar10:1-3",
    "ravit_imagenet:1-1-8",
    "ci2p_vit",
    "ci2p_vit_ds",
    "cvt_13",
)
FORMATS = ("table", "json", "csv", "markdown", "latex")


def valid_lines() -> Iterator[Case]:
    """At least 300, each of a command that measures nothing."""
    for model, convention, style in product(MODELS, ("macs", "flops", "fvcore", "all"), FORMATS):
        yield _line(f"flops {model} --convention {convention} --format {style}")
    for model, style in product(MODELS[:6], ("plain", "latex", "python")):
        yield _line(f"formula {model} --style {style}")
    for model, value, style in product(MODELS[:6], ("1.5G", "5.7M", "17.6"), FORMATS[:3]):
        yield _line(f"explain {model} --value {value} --format {style}")
    for paper, style in product(("ci2p_vit", "ravit", "token_fusion"), FORMATS):
        yield _line(f"claims --paper {paper} --format {style}")
        yield _line(f"list --paper {paper} --format {style}")
    for table, style in product(("ci2p.1", "ci2p.2", "ravit.1", "ravit.2", "token_fusion.1"), FORMATS[:4]):
        yield _line(f"tables {table} --format {style}")
    for recipe, seed in product(("ravit_digits", "ravit_cifar10"), range(16)):
        yield _line(f"train {recipe} --dry-run --seed {seed}")
    for score in ("entropy", "normalised_entropy", "max_probability", "margin"):
        scored = f"exits --cost-per-exit 1 2 --predictions test.npz --score {score}"
        yield _line(scored)
        yield _line(f"{scored} --max-loss 10% --calibrate-share 0.5")
    yield _line("exits --cost-per-exit 1 2 --predictions test.npz --policy policy.json")
    yield _line("gate read base.json head.json", 3)


def _line(text: str, code: int = 0) -> Case:
    return Case(tuple(text.split()), (code,), "valid")
