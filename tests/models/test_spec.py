"""Specifications: what is allowed, what is refused and with which words, and the grammar of arguments."""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import pytest

from effbench.errors import SpecError, UnknownName
from effbench.models.arguments import parse_value, with_arguments
from effbench.models.spec import MAX_CLASSES, MAX_SIDE, Spec, require_heads, require_side


@dataclass(frozen=True, kw_only=True)
class ToySpec(Spec):
    """One field of every type a name can set."""

    positional: ClassVar[str | None] = "layers"

    layers: tuple[int, ...] = ()
    width: int = 64
    ratio: Fraction = Fraction(2)
    gap: bool = False
    head: Literal["token", "channel"] = "token"

    @property
    def side_multiple(self) -> int:
        return 16


def changed(arguments):
    return with_arguments(ToySpec(), "toy", arguments)


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        ("1-3", ToySpec(layers=(1, 3))),
        ("7", ToySpec(layers=(7,))),
        ("layers=1-0-3", ToySpec(layers=(1, 0, 3))),
        ("1-3,width=128", ToySpec(layers=(1, 3), width=128)),
        ("ratio=1.5", ToySpec(ratio=Fraction(3, 2))),
        ("gap=yes,head=channel", ToySpec(gap=True, head="channel")),
        ("gap=no", ToySpec()),
        ("num_classes=10", ToySpec(num_classes=10)),
        (" 1-3 , width = 128 ", ToySpec(layers=(1, 3), width=128)),
    ],
)
def test_arguments_change_the_fields_they_name(arguments, spec):
    assert changed(arguments) == spec


def test_the_order_of_options_does_not_matter():
    assert changed("width=8,gap=yes") == changed("gap=yes,width=8")


def test_the_base_stays_as_it_is():
    base = ToySpec()
    with_arguments(base, "toy", "1-3")
    assert base == ToySpec()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("wdith=8", "unknown option of toy 'wdith'; did you mean width"),
        ("Width=8", "unknown option of toy 'Width'; did you mean width"),
        ("=8", "unknown option of toy ''; known: "),
    ],
)
def test_an_unknown_option_offers_the_nearest(arguments, message):
    with pytest.raises(UnknownName) as caught:
        changed(arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("width=8,width=8", "toy: width is given twice"),
        ("1-3,layers=1-3", "toy: layers is given twice"),
        ("image_size=32", "toy: the image size is given by --size, not in the name"),
        ("width=8,1-3", "toy: '1-3' is not option=value; options: num_classes, layers, width, ratio, gap, head"),
        ("1-3,", "toy: '' is not option=value"),
        ("width=", "toy: width must be a whole number, got ''"),
        ("width=8=8", "toy: width must be a whole number, got '8=8'"),
        ("width=1.5", "toy: width must be a whole number, got '1.5'"),
        ("width=-8", "toy: width must be a whole number, got '-8'"),
        ("width=1e3", "toy: width must be a whole number, got '1e3'"),
        ("width=٣", "toy: width must be a whole number, got '٣'"),
        ("width=" + "9" * 21, "toy: width must be a whole number"),
        ("width=" + "9" * 5000, "toy: width must be a whole number"),
        ("1-", "toy: layers must be whole numbers joined by '-', got ''"),
        ("1--3", "toy: layers must be whole numbers joined by '-', got ''"),
        ("1-x", "toy: layers must be whole numbers joined by '-', got 'x'"),
        ("ratio=1/2", "toy: ratio must be a number such as 2 or 1.5, got '1/2'"),
        ("ratio=.", "toy: ratio must be a number such as 2 or 1.5, got '.'"),
        ("gap=True", "toy: gap must be yes or no, got 'True'"),
        ("head=mixing", "toy: head must be one of token, channel, got 'mixing'"),
    ],
)
def test_malformed_arguments_are_refused(arguments, message):
    with pytest.raises(SpecError) as caught:
        changed(arguments)
    assert str(caught.value).startswith(message)


def test_a_family_without_a_positional_field_takes_options_only():
    with pytest.raises(SpecError, match="plain: '3' is not option=value; options: num_classes"):
        with_arguments(Spec(), "plain", "3")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12", int, 12),
        ("007", int, 7),
        ("0.5", Fraction, Fraction(1, 2)),
        ("3", Fraction, Fraction(3)),
        ("yes", bool, True),
        ("b", Literal["a", "b"], "b"),
        ("2-0-3", tuple[int, ...], (2, 0, 3)),
    ],
)
def test_values_are_read_as_their_type(text, kind, value):
    assert parse_value("toy", text, kind) == value
    assert type(parse_value("toy", text, kind)) is type(value)


@pytest.mark.parametrize(
    ("side", "multiple", "message"),
    [
        (250, 16, "image size must be a multiple of 16, got 250; nearest: 240 or 256"),
        (257, 32, "image size must be a multiple of 32, got 257; nearest: 256 or 288"),
        (17, 16, "image size must be a multiple of 16, got 17; nearest: 16 or 32"),
        (0, 16, "image size must be between 16 and 16384, got 0"),
        (-224, 16, "image size must be between 16 and 16384, got -224"),
        (8, 16, "image size must be between 16 and 16384, got 8"),
        (10**9, 16, "image size must be between 16 and 16384, got 1000000000"),
    ],
)
def test_an_impossible_side_names_what_is_allowed(side, multiple, message):
    with pytest.raises(SpecError) as caught:
        require_side(side, multiple)
    assert str(caught.value) == message


def test_no_offered_size_is_refused():
    # 16383 lies just below the largest side; both neighbours are offered
    with pytest.raises(SpecError, match="nearest: 16368 or 16384"):
        require_side(MAX_SIDE - 1, 16)
    require_side(16_368, 16)
    require_side(16_384, 16)


def test_offered_sizes_stay_within_the_limit():
    # multiples of 96 next to 16383: 16320 is legal, 16416 is beyond the limit of 16384
    with pytest.raises(SpecError) as caught:
        require_side(16_383, 96)
    assert "16416" not in str(caught.value)


def test_resizing_keeps_everything_else():
    assert ToySpec(width=8).resized(32) == ToySpec(width=8, image_size=32)


def test_resizing_to_an_impossible_side_is_refused():
    with pytest.raises(SpecError, match="multiple of 16, got 30; nearest: 16 or 32"):
        ToySpec().resized(30)


@pytest.mark.parametrize(("width", "num_heads"), [(768, 12), (8, 8), (1, 1)])
def test_heads_that_share_the_width_evenly_are_fine(width, num_heads):
    assert require_heads(width, num_heads) is None


@pytest.mark.parametrize(
    ("width", "num_heads", "message"),
    [
        (768, 7, "width 768 is not a multiple of num_heads 7"),
        (768, 0, "num_heads must be between 1 and 768, got 0"),
        (8, 16, "num_heads must be between 1 and 8, got 16"),
        (0, 1, "width must be between 1 and 65536, got 0"),
        (-8, 2, "width must be between 1 and 65536, got -8"),
        (10**6, 10, "width must be between 1 and 65536, got 1000000"),
    ],
)
def test_other_heads_are_refused(width, num_heads, message):
    with pytest.raises(SpecError) as caught:
        require_heads(width, num_heads)
    assert str(caught.value) == message


@pytest.mark.parametrize("num_classes", [0, -1, MAX_CLASSES + 1])
def test_absurd_numbers_of_classes_are_refused(num_classes):
    with pytest.raises(SpecError, match="num_classes must be between 1 and 10000000"):
        Spec(num_classes=num_classes).validate()
