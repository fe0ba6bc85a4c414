"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Counts are kept in a temporary folder, by this process and those it starts: never in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EFFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
