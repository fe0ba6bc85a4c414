from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from effbench.report.page import SCRIPTS, STYLES, page

DATA: dict[str, Any] = {"text": "</script><script>alert(1)</script> <!-- \u2028 ² $policy"}


@pytest.fixture(scope="module")
def text() -> str:
    return page(DATA).decode()


def test_the_same_data_is_the_same_page(text: str) -> None:
    assert page(DATA).decode() == text
    assert page({"text": "other"}).decode() != text


def test_data_cannot_end_its_element_and_comes_back_as_it_was(text: str) -> None:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    assert "<" not in found[1]
    assert json.loads(found[1]) == DATA


@pytest.mark.parametrize(("tag", "rule"), [("script", "script-src"), ("style", "style-src")])
def test_the_policy_names_the_digest_of_what_it_allows(text: str, tag: str, rule: str) -> None:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    assert f"{rule} 'sha256-{digest}'" in text
    assert "default-src 'none'" in text


def test_nothing_is_loaded_from_anywhere(text: str) -> None:
    """Addresses stand in attributes that load nothing: links that a reader may follow."""
    loading = re.findall(r"<(?:script|img|iframe|source|link)[^>]*(?:src|href)=\"([^\"]*)\"", text)
    assert loading == ["data:,"]
    style = text[text.index("<style>") : text.index("</style>")]
    assert not re.findall(r"url\(|@import", style)
    assert "innerHTML" not in text
    assert " style=" not in text  # the policy forbids styles in attributes


@pytest.mark.parametrize("name", [*SCRIPTS, *STYLES, "page.html"])
def test_every_part_is_short_enough_to_read(name: str) -> None:
    from importlib.resources import files

    lines = files("effbench.report.page").joinpath(name).read_text(encoding="utf-8").splitlines()
    assert 0 < len(lines) < 250


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        page({"number": float("nan")})
