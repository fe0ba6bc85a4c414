"""What the tests of the counter share."""

import pytest


@pytest.fixture(params=["cpu", "meta"])
def device(request):
    """Where a network is counted: with values and without."""
    return request.param


@pytest.fixture
def kinds():
    """Operations by kind of the network that a function makes, on inputs of some shapes; parameters left out."""
    torch = pytest.importorskip("torch")
    from effbench.counting.counters.dispatch import count

    def counted(make, shapes, device):
        with torch.device(device):
            found = count(make().eval(), [torch.rand(shape) for shape in shapes])
        assert found.uncounted == ()
        return {kind: n for kind, n in found.forward.by_kind().items() if kind != "param"}

    return counted


@pytest.fixture
def calls():
    """A maker of networks that are one function of their inputs, and of parameters of some shapes by keyword."""
    torch = pytest.importorskip("torch")

    class Calls(torch.nn.Module):
        def __init__(self, function, parameters):
            super().__init__()
            self.function = function
            for name, shape in parameters.items():
                setattr(self, name, torch.nn.Parameter(torch.rand(shape)))

        def forward(self, *inputs):
            return self.function(*inputs, **dict(self.named_parameters()))

    return lambda function, **parameters: Calls(function, parameters)
