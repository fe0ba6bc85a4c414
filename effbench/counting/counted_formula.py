"""The closed form of a network's cost in the sides of its input, from counts at several sizes, checked at others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effbench.cost.closed_form import STYLES, rendered, symbols
from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts
from effbench.counting.by_tool import onnx_files
from effbench.counting.formula import Formula, formula
from effbench.counting.interpolation import interpolated
from effbench.counting.operations import counted_network
from effbench.counting.polynomial import Polynomial
from effbench.errors import EffbenchError, SpecError
from effbench.models.inputs import DTYPES, Input, height_width, parse_inputs
from effbench.models.plugins import is_onnx
from effbench.models.registry import resolve

_FREE = re.compile(r"(?:(?P<name>[A-Za-z_]\w*)=)?(?P<shape>(?:[0-9]+|[A-Z])(?:[x×](?:[0-9]+|[A-Z]))*)(?P<dtype>:\w+)?")

BASES = (224, 256, 32, 64, 128, 384, 512, 16, 8)
"""Sizes at which a network is tried, in this order, where it does not say its own."""

TOP, TOP_BATCH = 2048, 128
"""How far a formula is looked for."""

Seen = tuple[OpCounts, tuple[str, ...]]
"""Operations, and operators without a price."""

Counter = Callable[[tuple[Input, ...]], Seen]
"""Inputs -> what the network does with them, without values; an EffbenchError where it cannot."""


@dataclass(frozen=True)
class Template:
    """Inputs with letters in the place of some sides: ``1x3xHxW``.

    Attributes:
        texts: an input each. letters: in the order of their appearance. batch: those that stand first in a shape.
    """

    texts: tuple[str, ...]
    letters: tuple[str, ...]
    batch: frozenset[str]

    def at(self, values: Sequence[int]) -> tuple[Input, ...]:
        """The inputs with numbers for the letters."""
        numbers = dict(zip(self.letters, values, strict=True))
        return parse_inputs(_filled(text, numbers) for text in self.texts)


def _filled(text: str, numbers: Mapping[str, int]) -> str:
    name, equals, rest = text.rpartition("=")
    shape, colon, dtype = rest.partition(":")
    sides = (str(numbers.get(side, side)) for side in re.split("[x×]", shape))
    return f"{name}{equals}{'x'.join(sides)}{colon}{dtype}"


def template(texts: Sequence[str]) -> Template:
    """Inputs as typed.

    Raises:
        SpecError: a text that is no input, or no letter in any of them.
    """
    letters: list[str] = []
    first: set[str] = set()
    for text in texts:
        found = _FREE.fullmatch(text.strip())
        if found is None or (found["dtype"] and found["dtype"][1:] not in DTYPES):
            raise SpecError(f"{text[:60]!r} is not an input with free sides: write capitals for them, as in 1x3xHxW")
        sides = re.split("[x×]", found["shape"])
        letters += [side for side in sides if side.isalpha()]
        first |= {sides[0]} - set(sides[1:])
    if not letters:
        raise SpecError(f"{' '.join(texts)[:60]!r} has no free side: write capitals for them, as in 1x3xHxW")
    free = tuple(dict.fromkeys(letters))
    return Template(tuple(text.strip() for text in texts), free, frozenset(first & set(free)))


@dataclass(frozen=True, kw_only=True)
class CountedFormula:
    """An exact cost as a polynomial of sides.

    Attributes:
        model, convention: what it gives. inputs: the template. polynomial: with where it holds.
        uncounted: operators without a price, which are not in it.
    """

    model: str
    convention: Convention
    inputs: Template
    polynomial: Polynomial
    uncounted: tuple[str, ...]

    def __call__(self, values: Mapping[str, int]) -> int:
        """The exact cost.

        Raises:
            SpecError: a letter too many or too few. EffbenchError: the formula does not hold there.
        """
        wanted = self.inputs.letters
        if set(values) != set(wanted):
            raise SpecError(f"the formula is of {', '.join(wanted)}; given: {', '.join(values) or 'nothing'}")
        return self.polynomial([values[letter] for letter in wanted])

    @property
    def valid(self) -> str:
        """Where it holds, and how that is known."""
        where = "; ".join(map(str, self.polynomial.axes))
        return f"Valid where {where}. Checked against {self.polynomial.checked} counts that it was not made from."

    def form(self) -> Formula:
        """The texts of the formula."""
        letters = self.inputs.letters
        made = symbols(letters)
        expression = made[0] * 0
        for powers, coefficient in self.polynomial.terms.items():
            term = made[0] ** 0 * coefficient.numerator / coefficient.denominator
            for symbol, power in zip(made, powers, strict=True):
                term = term * symbol**power
            expression = expression + term
        name = f"{self.convention.unit.lower()}s"
        return Formula(
            model=self.model,
            convention=self.convention.name,
            unit=self.convention.unit,
            symbols={letter: f"{letter} of the input {' '.join(self.inputs.texts)}" for letter in letters},
            texts={style: rendered(expression, style, name, letters) for style in STYLES},
            valid=" ".join([self.valid, *(f"No price, and not in it: {one}." for one in self.uncounted)]),
        )


def counted_formula(
    model: str, count: Counter, inputs: Template, convention: Convention, own: int | None = None
) -> CountedFormula:
    """The closed form of a network's cost.

    Args:
        model: the network's name. count: what counts it. own: a size at which it runs, if it says one.

    Raises:
        EffbenchError: there is no closed form, with the reason.
    """
    lacking: dict[str, None] = {}

    def cost(values: tuple[int, ...]) -> int:
        counts, uncounted = count(inputs.at(values))
        lacking.update(dict.fromkeys(re.sub(r"^\d+ x | on \[.*", "", one) for one in uncounted))
        return int(convention.total(counts))

    tops = [TOP_BATCH if letter in inputs.batch else TOP for letter in inputs.letters]
    try:
        polynomial = interpolated(cost, inputs.letters, _bases(cost, inputs, own), tops)
    except EffbenchError as error:
        said = str(error) if str(error).startswith("no closed form") else f"no closed form: {error}"
        raise EffbenchError(f"{model}: {said[:240]}") from None
    return CountedFormula(
        model=model, convention=convention, inputs=inputs, polynomial=polynomial, uncounted=tuple(lacking)
    )


def _bases(cost: Callable[[tuple[int, ...]], int], inputs: Template, own: int | None) -> tuple[int, ...]:
    """Sizes at which the network runs: its own, or the first of BASES that does; batches of one."""
    failed: EffbenchError | None = None
    for size in BASES if own is None else (own,):
        values = tuple(1 if letter in inputs.batch else size for letter in inputs.letters)
        try:
            cost(values)
        except EffbenchError as error:
            failed = failed or error
            continue
        return values
    raise failed or EffbenchError("no size to begin with")


def of_name(name: str, texts: Sequence[str], convention: Convention) -> CountedFormula:
    """The closed form of a model by its name; its network is made anew for every size where it is made for one."""
    wanted = template(texts)
    if is_onnx(name):
        return counted_formula(name, _of_file(name), wanted, convention)

    def count(inputs: tuple[Input, ...]) -> Seen:
        image = inputs[0] if len(inputs) == 1 and not inputs[0].name and inputs[0].shape[:2] == (1, 3) else None
        if image is not None and len(image.shape) == 4 and image.dtype == "float32":
            model = resolve(name, f"{image.shape[2]}x{image.shape[3]}")
        else:
            model = resolve(name, None, inputs)
        if model.has_formula:
            return model.cost(), ()
        found = counted_network(model)
        require_no_values(name, found.device, lambda: counted_network(model, device="meta"))
        return found.forward, tuple(map(str, found.uncounted))

    own = height_width(resolve(name).spec.side)[0]
    return counted_formula(name, count, wanted, convention, own)


def _of_file(name: str) -> Counter:
    counts = onnx_files(name).counts_of(Path(name))

    def count(inputs: tuple[Input, ...]) -> Seen:
        _, found = counts(None, inputs, 1)
        return found.counts, tuple(map(str, found.uncounted))

    return count


def require_no_values(name: str, device: str, again: Callable[[], object]) -> None:
    """Raise EffbenchError if a count was made on values: then it is one of this input, and no formula follows.

    Args:
        again: what fails without values, and says why.
    """
    if device == "meta":
        return
    try:
        again()
    except EffbenchError as error:
        raise EffbenchError(f"its work may depend on values: {str(error)[:160]}") from None


def formula_of(name: str, inputs: Sequence[str], convention: Convention) -> Formula:
    """Of a model whose own formula holds for any side that form; else one from counts, of a square image or the inputs.

    Args:
        inputs: templates such as ``1x3xHxW``; none for an image.
    """
    model = None if is_onnx(name) else resolve(name)
    if not inputs and model is not None and model.has_formula and "image_size" in model.entry.family.symbols.values():
        return formula(name, convention)
    return of_name(name, inputs or ["1x3xSxS"], convention).form()
