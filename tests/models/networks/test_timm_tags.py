"""Names of timm that are said to share a network do."""

from __future__ import annotations

from random import Random

import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

from effbench.models.networks.timm_tags import build_of, names  # noqa: E402 - after the check for torch


def shapes(name):
    """Name -> shape of every parameter."""
    with torch.device("meta"):
        return {key: tuple(value.shape) for key, value in timm.create_model(name).named_parameters()}


def alike():
    """Groups of names with equal builds: all of a family whose networks depend on the tag, and others drawn."""
    groups = {}
    for name in names():
        groups.setdefault(build_of(name), []).append(name)
    several = [group for group in groups.values() if len(group) > 1]
    tagged = [group for group in several if group[0].startswith("qwen3_vit_88m")]
    return tagged + Random(0).sample(several, 12)


def test_networks_of_equal_builds_have_equal_parameters():
    groups = alike()
    assert len(groups) > 12
    for group in groups:
        first = shapes(group[0])
        assert [name for name in group[1:3] if shapes(name) != first] == []


def test_a_tag_that_timm_reads_makes_another_build():
    narrow, wide = "qwen3_vit_306m_enc.qwen3_5_2b", "qwen3_vit_306m_enc.qwen3_5_4b"
    if not {narrow, wide} <= set(names()):
        pytest.skip("this timm has no such models")
    assert shapes(narrow) != shapes(wide)
    assert build_of(narrow) != build_of(wide)
    assert build_of("qwen3_vit_306m_enc") == build_of(narrow)  # the tag that timm takes without one
