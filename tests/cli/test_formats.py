"""A format that is registered is one of every command: no command knows the formats by name."""

from __future__ import annotations

import pytest

from effbench.render.formats import FORMATS, Format, register
from effbench.render.plain import plain
from effbench.render.sheet import Sheet


@pytest.fixture
def lists():
    """Two formats nobody has: ``words``, what people read, and ``keys``, exact."""

    def words(sheet: Sheet) -> str:
        return "/".join(cell.text for line in sheet.lines() for cell in line.cells) + "\n"

    def keys(sheet: Sheet) -> str:
        return " ".join(str(plain(row)) for row in sheet.rows) + "\n"

    register(Format(name="words", suffix="words", write=words))
    register(Format(name="keys", suffix="keys", write=keys, exact=True))
    yield
    del FORMATS["words"], FORMATS["keys"]


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("flops vit_tiny_patch16 --convention macs", "vit_tiny_patch16/224²/macs/1.254 G MACs/"),
        ("tables ci2p.2", "256^2/published/23.127 G/8.477 (63.35% ↓) G/"),
        ("explain ci2p_vit --value 8.477G --size 256", "ci2p/8.477 G MACs/"),
        ("claims --paper ci2p_vit", "Table 2/"),
        ("heatmap --dataset cifar10 --max-layers 1", "0/-/27.72 M 25.0%*/"),
        ("list", "vit_tiny_patch16/"),
    ],
)
def test_a_format_is_one_of_every_command_once_it_is_registered(effbench, line, shown):
    ran = effbench(f"{line} --format words")
    assert ran.code == 0
    assert shown in ran.out


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("flops vit_tiny_patch16 --convention macs", "'value': 1253683200"),
        ("tables ci2p.2", "'published': '23.127'"),
        ("why ci2p.2 512 ci2p_vit_ds", "'published': '25.762'"),
        ("claims --paper ci2p_vit", "'printed': '23.127'"),
        ("heatmap --dataset cifar10 --max-layers 1", "'value': 34554880"),
    ],
)
def test_an_exact_format_gets_every_value(effbench, line, held):
    ran = effbench(f"{line} --format keys")
    assert ran.code == 0
    assert held in ran.out


@pytest.mark.usefixtures("lists")
def test_files_end_as_their_format_says(effbench, tmp_path):
    effbench("tables ravit.1 --format words --out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ravit.1.words"]
