"""Networks among the members of a module that a user wrote, by their dotted paths."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from effbench.errors import EffbenchError, UnknownName
from effbench.models.code import entry_of, is_network, is_network_class
from effbench.models.model import Model
from effbench.models.plugins import USER


def parts(wanted: str) -> tuple[str, str, str]:
    """``NAME:arguments``, ``NAME,arguments`` or arguments alone: the name, what joins them, and the arguments."""
    base = re.split("[:,]", wanted, maxsplit=1)[0]
    if "=" in base:
        return "", "", wanted
    return base.strip(), wanted[len(base) : len(base) + 1], wanted[len(base) + 1 :]


def network_of(name: str, module: ModuleType, path: str, arguments: str) -> Model:
    """The network that a dotted path in a module makes; it is called ``name``.

    Raises:
        UnknownName: the module has no such member. SpecError: arguments that it does not take.
    """
    target: object = module
    for part in path.split("."):
        if not hasattr(target, part):
            known = [one for one, value in vars(target).items() if _makes_networks(one, value)]
            raise UnknownName(f"network of {module.__name__.removeprefix(USER)}", path, known)
        target = getattr(target, part)
    entry = entry_of(target, name, arguments, module.__name__)
    return Model(name=name, entry=entry, spec=entry.spec)


def only_network(path: Path, module: ModuleType) -> str:
    """The class of networks, or the network, that the file holds; it must be the only one."""
    found = own_networks(module)
    if len(found) == 1:
        return found[0]
    if found:
        raise EffbenchError(f"{path} holds several networks; write {path}:NAME with one of {', '.join(found[:8])}")
    hint = "call effbench.models.registry.register in it, or name a network of it as FILE.py:Net"
    raise EffbenchError(f"{path} registers no model: {hint}")


def own_networks(module: ModuleType) -> list[str]:
    """Names of the networks and classes of networks that the module defines itself."""
    return [name for name, value in vars(module).items() if _is_own(module, name, value)]


def _is_own(module: ModuleType, name: str, value: object) -> bool:
    own = getattr(value, "__module__", None) == module.__name__ or not isinstance(value, type)
    return not name.startswith("_") and own and (is_network(value) or is_network_class(value))


def _makes_networks(name: str, value: object) -> bool:
    return not name.startswith("_") and (callable(value) or is_network(value))
