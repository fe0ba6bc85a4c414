"""Binary files, shipped ones, results of runs and the cache, damaged in any byte."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from files import WRONG, Mutant, put
from lines import BAD, Case
from playground import ROOT

TOML = (
    *("nan", "inf", "-1", "1e999", "[]", "{}", '"x"', "true", "1979-05-27", "9" * 400, "[" * 2000 + "]" * 2000),
    *("{a = 1}", '"\\u001b[31m"', "[[1]]", '""', "-0.5", "0"),
)
"""What takes the place of a value."""


@dataclass(frozen=True)
class Held:
    """A file and the command that reads it. codes: that it may end with, whatever is wrong."""

    file: str
    line: str
    codes: tuple[int, ...] = (0, BAD)

    @property
    def words(self) -> tuple[str, ...]:
        """Of the command line."""
        return tuple(self.line.split())


def damaged(seed: int, each: int = 25) -> Iterator[Mutant]:
    """Every file below, damaged by seed that many times; then as it was, which must pass."""
    draw = Random(f"damaged {seed}")
    for held in chain(_data(), _networks(), _runs(), _texts()):
        yield from _of(held, draw, each)
    with _shipped() as names:
        for name in names:
            yield from _of(Held(name, "predict resnet50 --machine rtx3090"), draw, each)
    yield from _cache(draw, each)


def _of(held: Held, draw: Random, each: int) -> Iterator[Mutant]:
    right = Path(held.file).read_bytes()
    contents = [broken(right, draw) for _ in range(each)]
    if held.file.endswith(".toml"):
        contents += [_wrong_toml(right, draw) for _ in range(each)]
    if held.file.endswith(".json"):
        contents += [_wrong_json(right, draw) for _ in range(each)]
    for content in contents:
        about = f"{held.file}: {hashlib.sha256(content).hexdigest()[:8]}"
        yield Mutant(Case(held.words, held.codes, about), partial(_place, held, content))
    whole = tuple(code for code in held.codes if code != BAD)
    yield Mutant(Case(held.words, whole, f"{held.file} as it was"), partial(_place, held, right))


def _place(held: Held, content: bytes) -> None:
    put(held.file, content)
    _forget()


def broken(right: bytes, draw: Random) -> bytes:
    """Bits turned, an end cut off, bytes of one kind in the place of others, or more bytes than there should be."""
    place = draw.randrange(len(right))
    some = draw.choice((bytes(40), b"\xff" * 8, draw.randbytes(30), b"9" * 400, b"[" * 3000, b"nan"))
    kind = draw.randrange(4)
    if kind == 0:
        bits = bytearray(right)
        for _ in range(draw.choice((1, 1, 3, 30))):
            bits[draw.randrange(len(bits))] ^= 1 << draw.randrange(8)
        return bytes(bits)
    rest = {1: b"", 2: right[place:], 3: right[place + len(some) :]}[kind]
    return right[:place] + (some if kind > 1 else b"") + rest


def _wrong_toml(right: bytes, draw: Random) -> bytes:
    lines = right.decode().split("\n")
    number = draw.choice([number for number, line in enumerate(lines) if " = " in line and line[:1] not in " #"])
    lines[number] = f"{lines[number].partition(' = ')[0]} = {draw.choice(TOML)}"
    return "\n".join(lines).encode()


def _wrong_json(right: bytes, draw: Random) -> bytes:
    """The document with a wrong value somewhere."""
    data: Any = [json.loads(right)]
    inside, key = data, 0
    while isinstance(inside[key], dict | list) and inside[key] and draw.random() < 0.9:
        inside = inside[key]
        key = draw.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
    inside[key] = draw.choice(WRONG)
    return json.dumps(data[0]).encode()


def _data() -> Iterator[Held]:
    """Batches of CIFAR-10 of both kinds, files of IDX, and images in folders."""
    import numpy as np
    from PIL import Image

    pixels, labels = np.arange(2 * 3072).reshape(2, -1).astype("uint8"), [0, 1]
    for kind in ("py", "bin"):
        folder = Path(f"cifar_{kind}", f"cifar-10-batches-{kind}")
        folder.mkdir(parents=True)
        for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
            path = folder / (name if kind == "py" else f"{name}.bin")
            if kind == "py":
                path.write_bytes(_batch(pixels, labels))
            else:
                path.write_bytes(b"".join(bytes([label]) + pixels[label].tobytes() for label in labels))
        yield Held(str(path), f"data check cifar10 --data {folder.parent}", (1, BAD))
    grey = bytes(784 * 2)
    folder = Path("idx", "fashion-mnist")
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(bytes.fromhex("00000803000000020000001c0000001c") + grey)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(bytes.fromhex("0000080100000002") + b"\x01\x02")
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        yield Held(str(folder / name), "data check fashion-mnist --data idx", (1, BAD))
    for part in ("train", "test"):
        for kind in ("a", "b"):
            Path("images", part, kind).mkdir(parents=True)
            Image.fromarray(pixels[:1].reshape(32, 32, 3)).save(Path("images", part, kind, "x.png"))
    yield Held("images/train/a/x.png", "data check folder --data images", (0, 1))


def _batch(pixels: Any, labels: list[int]) -> bytes:
    import pickle

    return pickle.dumps({"labels": labels, "data": pixels, "filenames": ["a.png"] * 2}, protocol=2)


def _networks() -> Iterator[Held]:
    import numpy as np
    import onnx

    weights = [onnx.numpy_helper.from_array(np.ones((8, 4), "float32"), "w")]
    make = onnx.helper.make_tensor_value_info
    nodes = [onnx.helper.make_node("MatMul", ["x", "w"], ["y"]), onnx.helper.make_node("Softmax", ["y"], ["z"])]
    kind = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(nodes, "net", [make("x", kind, [1, 8])], [make("z", kind, [1, 4])], weights)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)]), "net.onnx")
    yield Held("net.onnx", "count net.onnx")


def _runs() -> Iterator[Held]:
    """What a sweep and a training leave."""
    store = ROOT / "reports" / "sweeps" / "digits"
    Path("swept").mkdir()
    text = b"".join((store / "results.jsonl").read_bytes().splitlines(keepends=True)[:4])
    put("swept/results.jsonl", text)
    put("swept/program.json", b'{"sweep": "ravit_digits_sweep", "name": "separate", "why": "asked for"}\n')
    put("swept/precision.json", b'{"precision": "fp32", "fp32": null, "bf16": null, "why": "asked for"}\n')
    sweep = "sweep experiments/ravit_digits_sweep.toml --out swept --status"
    yield Held("swept/program.json", sweep)
    yield Held("swept/precision.json", sweep)
    yield Held("swept/results.jsonl", sweep, (0, 1, BAD))
    yield Held("swept/results.jsonl", "heatmap --dataset digits --metric accuracy --store swept")
    shutil.copytree(ROOT / "experiments" / "digits", "digits")


@contextmanager
def _shipped() -> Iterator[list[str]]:
    """Copies of the files that predictions are made from, which are taken for the shipped ones."""
    from effbench.prediction import fitted

    held = {name: getattr(fitted, name) for name in ("WEIGHTS", "CORRECTIONS")}
    copies = {name: Path(shutil.copy(path, path.name)) for name, path in held.items()}
    for name, copy in copies.items():
        setattr(fitted, name, copy.resolve())
    try:
        yield [str(copy) for copy in copies.values()]
    finally:
        for name, path in held.items():
            setattr(fitted, name, path)
        _forget()


def _forget() -> None:
    """What was read of the shipped files."""
    from effbench.prediction import fitted

    for read in (fitted.fitted, fitted._held, fitted._corrections):
        read.cache_clear()


def _cache(draw: Random, each: int) -> Iterator[Mutant]:
    """Entries whose bytes are damaged, and some that nobody would write, with a digest that fits: made again."""
    from effbench.files import cache

    for line in ("predict ravit_cifar10:1-3,width=72 --machine rtx3090",):
        words = tuple(line.split())
        before = set(cache.folder().rglob("*.json"))
        yield Mutant(Case(words, (0,), "an empty cache"), lambda: None)
        for path in set(cache.folder().rglob("*.json")) - before:
            right = path.read_bytes()
            name, data = path.relative_to(cache.folder()).as_posix(), json.loads(right)["data"]
            for _ in range(each):
                yield Mutant(Case(words, (0,), f"{name} damaged"), partial(put, path, broken(right, draw)))
                wrong = json.loads(_wrong_json(json.dumps(data).encode(), draw))
                yield Mutant(Case(words, (0,), f"{name}: {wrong}"[:200]), partial(_keep, name, wrong))


def _keep(name: str, wrong: Any) -> None:
    from effbench.counting.operations import operations
    from effbench.files import cache

    operations.cache_clear()
    try:
        cache.write(name, wrong, "it")
    except (ValueError, TypeError):  # not even JSON
        (cache.folder() / name).unlink(missing_ok=True)


def _texts() -> Iterator[Held]:
    """TOML, and the snapshot, whose lines are many."""
    put("recipe3.toml", (ROOT / "experiments" / "ravit_digits.toml").read_bytes())
    put("grid.toml", (ROOT / "experiments" / "ravit_digits_sweep.toml").read_bytes())
    paper = (ROOT / "effbench" / "claims" / "ravit.toml").read_bytes()
    put("paper3.toml", re.sub(rb'"ravit(\.\d+)?"', rb'"another\1"', paper))
    put("snap3.jsonl", b"".join((ROOT / "baselines" / "exact.jsonl").read_bytes().splitlines(keepends=True)[:3]))
    put("pyproject.toml", b'[tool.effbench]\nconvention = "macs"\n[tool.effbench.flops]\nsort = "macs"\n')
    yield Held("pyproject.toml", "flops vit_base_patch16")
    Path("pyproject.toml").unlink()
    yield Held("recipe3.toml", "train recipe3.toml --dry-run")
    yield Held("grid.toml", "sweep grid.toml --dry-run")
    yield Held("paper3.toml", "claims paper3.toml")
    yield Held("snap3.jsonl", "gate check vit_cifar10:3 --snapshot snap3.jsonl", (0, 1, BAD, 4))
