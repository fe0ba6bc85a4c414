"""Which extra of effbench brings a package that is not installed."""

from __future__ import annotations

from effbench.errors import MissingExtra

EXTRAS = {
    "measure": ("torch", "torchvision", "timm", "compressai", "fvcore", "ptflops", "numpy", "scipy"),
    "report": ("matplotlib", "pandas", "seaborn"),
    "train": ("pillow", "scikit-image", "scikit-learn", "tensorboard"),
    "deploy": ("onnx", "onnxruntime", "onnxscript"),
    "cluster": ("ray", "submitit"),
}
"""Extra -> packages that it brings, as pip calls them."""

IMPORTED_AS = {"PIL": "pillow", "skimage": "scikit-image", "sklearn": "scikit-learn"}
"""Module -> package, where the names differ."""


def missing(command: str, error: ModuleNotFoundError) -> Exception:
    """What to raise when a command lacks a module: the pip line that adds it, or the error itself if it is ours."""
    module = (error.name or "").partition(".")[0]
    package = IMPORTED_AS.get(module, module)
    extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
    return error if extra is None else MissingExtra(command, package, extra)
