"""What only a GPU can show. Without one the tests say so."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from gpu_stages.checks import CHECKS, require  # noqa: E402 - after the check for torch
from gpu_stages.records import Skipped  # noqa: E402


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no CUDA device")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_on_the_device(check):
    try:
        check.run("cuda")
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.fixture
def one_thread():
    """As the script has it: small operators on many threads wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("check", [check for check in CHECKS if not check.cuda], ids=lambda check: check.name)
def test_on_a_processor(check):
    assert check.run("cpu").says


def test_what_does_not_hold_is_an_error_with_the_numbers():
    with pytest.raises(AssertionError, match="3 instead of 2"):
        require(False, "3 instead of 2")
