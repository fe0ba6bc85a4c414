"""Published benchmark results in timm's format, against facts."""

from __future__ import annotations

import pytest

pytest.importorskip("timm")

from effbench.cost.convention import conventions
from effbench.counting.atlas.against import Line, compare, networks, read
from effbench.counting.atlas.worker import Facts
from effbench.errors import EffbenchError

HEAD = (
    "model,infer_img_size,infer_samples_per_sec,infer_step_time,infer_batch_size,param_count,infer_gmacs,infer_macts\n"
)
RESNET = "resnet18,224,9260.29,110.57,1024,11.69,1.82,2.48\n"


@pytest.fixture
def published(tmp_path):
    """``published("resnet18,…")``: a file with timm's head and these lines."""

    def write(*lines, head=HEAD):
        path = tmp_path / "benchmark-infer.csv"
        path.write_text(head + "".join(lines), encoding="utf-8")
        return path

    return write


def facts(**totals):
    """Facts whose cost is 1.81 G, or as given, under every convention."""
    every = dict.fromkeys(conventions(), 1810000000) | totals
    return Facts(kinds={"param": 11_689_512}, totals=every, activations=2_483_688)


def compared(path, found):
    lines = read(path)
    models = networks(lines)
    return compare(lines, models, {one.key: found for one in models.values()})


def test_a_file_of_timm_is_read(published):
    assert read(published(RESNET)) == [
        Line("resnet18", 224, (("params", "11.69"), ("macs", "1.82"), ("activations", "2.48")))
    ]


def test_trailing_zeros_that_the_file_drops_count(published):
    # 1.3 stands for 1.30: 1.34 would be 1.34 there.
    (line,) = read(published("resnet18,224,1,1,1,11.7,1.3,2\n"))
    assert dict(line.figures) == {"params": "11.70", "macs": "1.30", "activations": "2.00"}


def test_results_of_training_have_other_heads(published):
    head = "model,train_samples_per_sec,train_step_time,train_batch_size,train_img_size,param_count\n"
    assert read(published("resnet18,1,2,3,224,11.69\n", head=head)) == [Line("resnet18", 224, (("params", "11.69"),))]


def test_a_figure_that_is_missing_is_none(published):
    (line,) = read(published("mobilenetv3_large_150d,224,5094.2,201.003,1024,14.62,,\n"))
    assert line.figures == (("params", "14.62"),)


def test_what_holds_plainly_agrees(published):
    rows = compared(published(RESNET.replace("1.82", "1.81")), facts())
    assert [(row.quantity, row.verdict) for row in rows] == [
        ("params", "agrees"),
        ("macs", "agrees"),
        ("activations", "agrees"),
    ]


def test_what_holds_under_another_convention_is_explained(published):
    _, macs, _ = compared(published(RESNET), facts(fvcore=1_819_000_000))
    assert (macs.verdict, macs.under, macs.ours) == ("explained", "fvcore", 1_810_000_000)
    assert macs.ratio == pytest.approx(1.81 / 1.82, abs=1e-6)


def test_what_nothing_explains_disagrees(published):
    _, macs, _ = compared(published(RESNET.replace("1.82", "3.5")), facts(flops=3_620_000_000))
    assert (macs.verdict, macs.under) == ("disagrees", None)
    assert macs.reason == "nearest: 3.620 G under flops"


def test_a_model_that_timm_no_longer_has_is_named(published):
    (row,) = compared(published("no_such_model,224,1,1,1,1,1,1\n"), facts())
    assert (row.verdict, row.reason) == ("not counted", "timm has no such model")


def test_a_model_that_fails_has_its_reason(published):
    (row,) = compared(published(RESNET), Facts(failed="ValueError: no"))
    assert (row.verdict, row.reason) == ("not counted", "ValueError: no")


def test_one_model_at_two_sizes_is_two_networks(published):
    lines = read(published(RESNET, RESNET.replace("224", "288", 1)))
    assert len({one.key for one in networks(lines).values()}) == 2


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        ("name,size\n", "a,1\n", "needs the columns model, infer_img_size"),
        ("model,infer_img_size,top1\n", "resnet18,224,70\n", "it has model, infer_img_size, top1"),
        (HEAD, "resnet18,big,1,1,1,1,1,1\n", "line 2: an image size or a figure is not a number"),
        (HEAD, "resnet18,224,1,1,1,many,1,1\n", "line 2: an image size or a figure is not a number"),
        ("", "", "it has none"),
    ],
)
def test_another_file_is_an_error(published, head, line, said):
    with pytest.raises(EffbenchError, match=said):
        read(published(line, head=head))


def test_a_file_that_is_missing_or_binary_is_an_error(tmp_path):
    with pytest.raises(EffbenchError, match="cannot read"):
        read(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(EffbenchError, match="cannot read"):
        read(tmp_path / "binary.csv")
