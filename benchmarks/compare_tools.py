"""One question to six tools: how many FLOPs has DeiT-S at 224 x 224 pixels? Their own words, recorded.

    python benchmarks/compare_tools.py --out docs/comparison.md

writes the page's section between its two marks; everything else of the page stays.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import re
import textwrap
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import timm
import torch

import effbench as effbench_package

MODEL = "deit_small_patch16_224"
MARKS = ("<!-- made by benchmarks/compare_tools.py -->", "<!-- end -->")
WIDTH = 100
"""Characters of a line of output; longer ones are folded."""


def fvcore() -> None:
    from fvcore.nn import FlopCountAnalysis

    flops = FlopCountAnalysis(model, image)
    print(flops.total())
    print(dict(flops.unsupported_ops()))


def ptflops() -> None:
    from ptflops import get_model_complexity_info

    print(get_model_complexity_info(model, (3, 224, 224), print_per_layer_stat=False, backend="pytorch"))


def torchinfo() -> None:
    from torchinfo import summary

    found = summary(model, input_data=image, verbose=0)
    print("mult-adds", found.total_mult_adds, "parameters", found.total_params)


def calflops() -> None:
    from calflops import calculate_flops

    print(calculate_flops(model, (1, 3, 224, 224), print_results=False, print_detailed=False))


def timm_itself() -> None:
    print("parameters", sum(p.numel() for p in model.parameters()))


def effbench() -> None:
    import effbench

    cost = effbench.count("timm/deit_small_patch16_224")
    print("MACs", cost.macs, "parameters", cost.params, "uncounted", cost.uncounted)
    for convention in ("flops", "fvcore", "fvcore_fused_attention", "thop"):
        print(convention, cost.under(convention))


TOOLS: dict[str, Callable[[], None]] = {
    "fvcore": fvcore,
    "ptflops": ptflops,
    "torchinfo": torchinfo,
    "calflops": calflops,
    "timm": timm_itself,
    "effbench": effbench,
}
model = timm.create_model(MODEL).eval()
image = torch.zeros(1, 3, 224, 224)


def said(ask: Callable[[], None]) -> str:
    """What the code prints, or the error it ends with."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ask()
        except Exception as error:  # the tool's own
            print(f"{type(error).__name__}: {error}")
    return "\n".join(textwrap.fill(line, WIDTH, break_long_words=False) for line in out.getvalue().splitlines())


def _version(name: str) -> str:
    return effbench_package.__version__ if name == "effbench" else version(name)


def section(name: str, ask: Callable[[], None]) -> str:
    """A heading, the code and its output."""
    body = textwrap.dedent("".join(inspect.getsourcelines(ask)[0][1:])).strip()
    return f"### {name} {_version(name)}\n\n```py\n{body}\n```\n\n```text\n{said(ask)}\n```\n"


def main() -> None:
    """Ask every tool and write the section."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    made = "\n".join(section(name, ask) for name, ask in TOOLS.items())
    page = args.out.read_text(encoding="utf-8")
    between = re.compile(f"{MARKS[0]}.*{MARKS[1]}", re.DOTALL)
    args.out.write_text(between.sub(lambda _: f"{MARKS[0]}\n\n{made}\n{MARKS[1]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
