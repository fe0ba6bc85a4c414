"""Terms of time of any registered model (``cost.launches``): shipped, kept on disk, or watched on the meta device."""

from __future__ import annotations

from effbench.cost.launches import TERMS
from effbench.counting.operations import file_of
from effbench.errors import EffbenchError, MissingExtra, first_line
from effbench.files import cache
from effbench.models.families.timm_zoo import shipped_network
from effbench.models.registry import Model
from effbench.models.shipped import Timeable


def timeable(model: Model) -> Timeable:
    """The terms of a model.

    Raises:
        MissingExtra: it is not shipped, was not watched before, and torch is not installed.
        EffbenchError: the network cannot be built or run on the meta device.
    """
    size = model.size
    if model.inputs:
        raise EffbenchError(f"{model.name}: the time of a network is predicted for images, not for other inputs")
    network = shipped_network(model)
    if network is not None:
        return Timeable(model.name, size, network.terms, network)
    kept = f"terms/{file_of(model).rpartition('/')[2]}"
    held = cache.read(kept) if model.is_ours else None
    if isinstance(held, dict) and held and all(name in TERMS and type(n) is int and n >= 0 for name, n in held.items()):
        return Timeable(model.name, size, held)
    terms = _watched(model)
    if model.is_ours:
        cache.write(kept, terms, f"what {model.name} runs")
    return Timeable(model.name, size, terms)


def _watched(model: Model) -> dict[str, int]:
    try:
        from effbench.counting.counters.launches import network_terms
        from effbench.counting.counters.networks import network_and_inputs
    except ImportError as error:
        raise MissingExtra(f"counting {model.name}", error.name or "torch", "measure") from None
    network, _ = network_and_inputs(model, "meta")
    try:
        return network_terms(network, model.spec.image_sides)
    except EffbenchError:
        raise
    except Exception as error:  # the network's own code: any kind
        raise EffbenchError(f"{model.name} does not run on the meta device: {first_line(error)}") from None
