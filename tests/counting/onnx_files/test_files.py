"""Files that are wrong, dimensions that are open, and weights in other places: one line each."""

from __future__ import annotations

import pytest

onnx = pytest.importorskip("onnx")
import numpy  # noqa: E402

from effbench.cli import main  # noqa: E402

WEIGHT = {"w": numpy.zeros((8, 3), "float32")}
LAYER = [("MatMul", "x w", "y")]


def refused(capsys, *words):
    """The line that says why."""
    assert main(["count", *map(str, words)]) == 2
    ran = capsys.readouterr()
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert len(ran.err) <= 301
    return ran.err


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 200, b"import os\n" * 30, b"\x08\x07\x3a\xff"])
def test_what_is_no_onnx(tmp_path, capsys, content):
    (tmp_path / "bad.onnx").write_bytes(content)
    assert "bad.onnx is not an ONNX file" in refused(capsys, tmp_path / "bad.onnx")


def test_a_file_that_ends_too_early(onnx_file, capsys):
    path = onnx_file(LAYER, {"x": [1, 8]}, {"w": numpy.zeros((8, 300), "float32")})
    path.write_bytes(path.read_bytes()[:-500])
    assert "net.onnx is not an ONNX file, or not a whole one" in refused(capsys, path)


def test_names_that_are_no_text(onnx_file, capsys):
    path = onnx_file([("MatMul", "x w", "middle"), ("Relu", "middle", "y")], {"x": [1, 8]}, WEIGHT)
    path.write_bytes(path.read_bytes().replace(b"middle", b"midd\xffe"))
    assert "a name in it is no text" in refused(capsys, path)


def test_no_file_and_a_folder(tmp_path, capsys):
    (tmp_path / "folder.onnx").mkdir()
    for name in ("none.onnx", "folder.onnx"):
        assert f"{name}: no such ONNX file" in refused(capsys, tmp_path / name)


def outside(path, location):
    """Its weight is said to be elsewhere."""
    model = onnx.load(path)
    (tensor,) = model.graph.initializer
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    onnx.save(model, path)


@pytest.mark.parametrize("location", ["/etc/passwd", "../w.bin", "a/../../w.bin", "", "C:\\w.bin", "link/w.bin", "."])
def test_weights_outside_the_folder(onnx_file, tmp_path, tmp_path_factory, capsys, location):
    (tmp_path / "link").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    path = onnx_file(LAYER, {"x": [1, 8]}, WEIGHT)
    outside(path, location)
    assert "keeps weights outside its folder" in refused(capsys, path)


@pytest.mark.parametrize("there", [True, False])
def test_weights_beside_it_are_not_needed(onnx_file, capsys, there):
    path = onnx_file(LAYER, {"x": [1, 8]}, WEIGHT)
    outside(path, "w.bin")
    if there:
        (path.parent / "w.bin").write_bytes(bytes(96))
    assert main(["count", str(path), "--format", "json"]) == 0
    assert '"value": 24' in capsys.readouterr().out


def test_a_weight_whose_file_ends_too_early(onnx_file, capsys):
    path = onnx_file(LAYER, {"x": [1, 8]}, WEIGHT)
    outside(path, "w.bin")
    (path.parent / "w.bin").write_bytes(b"short")
    assert "w.bin ends before the weight w" in refused(capsys, path)


@pytest.mark.parametrize(
    ("shape", "options", "said"),
    [
        (["n", "tokens", 8], [], "the shape of its input x is open: 1xtokensx8; give --input x=SHAPE"),
        (["n", "tokens", 8], ["--input", "2x3"], "its input x has 3 dimensions, nxtokensx8, not 2"),
        (["n", "tokens", 8], ["--input", "2x3x9"], "nxtokensx8: 8 cannot be 9"),
        (["n", "tokens", 8], ["--input", "z=2x3x8"], "unknown input of "),
        (["n", "tokens", 8], ["--input", "2x3x8:int64"], "its input x is of float32, not int64"),
        (["n", "tokens", 8], ["--input", "2x3x8", "--input", "1"], "takes 1 inputs, x, and 2 are given"),
        (["n", "tokens", 8], ["--size", "32"], "none of its inputs is an image"),
        (["n", "n", 8], ["--input", "2x3x8"], "2 cannot be 3"),
        ([1, 3, "h", "w"], [], "or, of images, --size SIDE"),
        ([1, 3, 8, 8], ["--size", "16"], "8 cannot be 16"),
        ([1, 3, 8, 8], ["--batch", "2"], "1 cannot be 2"),
        (None, [], "is open"),
        ([1, 2, 8], ["--backward"], "no backward pass"),
        ([1, 2, 8], ["--device", "cpu"], "runs on no device"),
        ([1, 2, 8], ["--arg", "depth=4"], "takes no arguments"),
        ([1, 2, 8], ["--convention", "ravit"], "names no modules"),
        ([1, 2, 8], ["--counter", "torch"], "is an ONNX file"),
        ([1, 2, 7], [], "MatMul n0 cannot take [1, 2, 7], [8, 3]"),
    ],
)
def test_what_does_not_fit(onnx_file, capsys, shape, options, said):
    assert said in refused(capsys, onnx_file(LAYER, {"x": shape}, WEIGHT), *options)


def test_a_node_that_reads_what_nothing_makes(onnx_file, capsys):
    path = onnx_file([("MatMul", "later w", "y"), ("Relu", "x", "later")], {"x": [1, 8]}, WEIGHT)
    assert "MatMul reads 'later', which nothing makes" in refused(capsys, path)


def test_other_commands_say_who_takes_it(onnx_file, capsys):
    path = onnx_file(LAYER, {"x": [1, 8]}, WEIGHT)
    assert main(["flops", str(path)]) == 2
    assert "is an ONNX file: effbench count and formula take it" in capsys.readouterr().err


@pytest.mark.parametrize("style", ["table", "json", "csv", "markdown", "latex", "html"])
def test_what_is_not_counted_is_named_in_every_format(onnx_file, capsys, style):
    path = onnx_file([("Nobody", "x", "y")], {"x": [1, 8]})
    assert main(["count", str(path), "--format", style]) == 0
    assert "Nobody" in capsys.readouterr().out


def test_a_missing_package_is_named(onnx_file, capsys, monkeypatch):
    import sys

    path = onnx_file(LAYER, {"x": [1, 8]}, WEIGHT)
    for name in [name for name in sys.modules if name.startswith("effbench.counting.onnx_files")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "needs onnx: python -m pip install onnx" in refused(capsys, path)
