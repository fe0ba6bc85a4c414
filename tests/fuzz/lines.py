"""Command lines with one fault each, drawn from the parsers of all commands; every one must end with exit code 2."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from commands import Command, commands

from effbench.errors import EffbenchError

BAD = 2
HUGE, ENDLESS = "9" * 30, "9" * 5000
COLOUR = "\x1b[31mred"


@dataclass(frozen=True)
class Case:
    """A command line and the exit codes that it may end with. about: which fault it has, or what is mutated."""

    words: tuple[str, ...]
    codes: tuple[int, ...]
    about: str


NO_NUMBERS = ("x", "", "1.5", "nan", "1e3", "0x10", "--", "1 2", "½", ENDLESS)
BY_TYPE = {
    "whole_number": (*NO_NUMBERS, "-1", HUGE, f"-{HUGE}"),
    "parse_side": ("x", "", "0", "-1", "224x", "x224", "224x0", "1x2x3", "1.5", HUGE, ENDLESS),
    "fraction": ("x", "", "nan", "inf", "-inf", "-0.1", "1.1", "101%", "1e999", "%", "--"),
    "tolerance": ("x", "", "nan", "inf", "-1", "101", "200%", "1e999", "%"),
    "number": ("x", "", "nan", "inf", "-1", "1e999", "-1e-9"),
    "float": ("x", "", "nan", "inf", "-inf", "-1", "1e999", "1_000x"),
    "parsed": ("x", "", "nan", "inf", "-1", "0", "5Q5", "G", "1e999", "5 parsecs"),
    "_range": ("x", "", "3-1", "-", "1-", "-1", "1-2-3", "a-b", "1.5-2", f"0-{HUGE}"),
    "output_file": ("no_folder/a.txt", "folder", "plain.txt/a.txt", "/dev/full", "a" * 300, ".", "/", ""),
    "output_folder": ("plain.txt/inside", "a" * 300, "plain.txt/a/b/c", "plain.txt", "/dev/null/a", ""),
    "input_file": ("no_file", "folder", "plain.txt/inside", "/dev/zero", "a" * 300, "", COLOUR),
    "input_folder": ("no_folder", "plain.txt", "plain.txt/inside", "a" * 300, "", COLOUR),
    "existing": ("no_file", "plain.txt/inside", "a" * 300, "", COLOUR),
    "Path": ("plain.txt/inside", "a" * 300, "plain.txt/a/b/c"),
    "input_text": ("x", "", "0x3", "-1x3", "1x3x8x8:complex1024", "a=", "=1x3", "1x" * 50, f"1x{HUGE}"),
    "_branch_layers": ("x", "", "1", "1=", "=1", "0=1", "9=1", "1=-1", f"1={HUGE}", "a=b", "1=1=1"),
    "_exit": ("x", "", "0", "-1", HUGE, "1.5"),
    "_key_value": ("x", "", "=", "=1"),
    "_cost": ("x", "", "nan", "inf", "-1", "0", "5Q5", "1e999"),
}
"""Name of an argument's type -> values that no such argument may have."""

MODELS = (
    *("", "no_such_model", "vit_base_patch16:depth=0", "vit_base_patch16:depth=x", "vit_base_patch16:nothing=1"),
    *("timm/", "timm/no_such_network", "timm/resnet18:depth=3", "missing.py", "missing.py:Net", "plain.txt"),
    *("folder", "broken.py", "broken.py:Net", "my_model.py:Nothing", "no_such_package:factory", "os:no_such", ":"),
    *("../vit_base_patch16", "x" * 5000, COLOUR, "vit\nbase", "ravit_cifar10", "ravit_cifar10:0-0", "json:dumps"),
    *("exits.py", "endless.py:Net", "raises.py", "nothing.py"),
)
TEXTS = ("", "no_such_name", "x" * 5000, COLOUR, "../../etc", "a\nb", "*?[")

FREE = {
    *("arg", "where", "unit", "install", "models/atlas", "head", "experiment", "column", "row", "store/report"),
    *("records", "log", "data", "set", "caption", "label"),
}
"""Arguments that take any text, or whose values are looked at with what they are about."""

TEXT_OF = {
    "set": ("x", "", "=", "nothing=1", "training.nothing=1", "training.epochs=x", "training.epochs=-1", "name=../x"),
    "arg": ("x", "", "=1", "1x=2"),
    "value": ("x", "", "nan", "-1", "0", "1e", "5Q5", "G"),
    "thresholds": ("x", "nan", "", "perhaps"),
    "budget": ("x", "nan", "-1", "", "inf"),
    "convention": ("no_such_convention", "", "MACS", "x" * 5000, COLOUR),
}
"""Argument without a type -> values that it must refuse."""


def bad_values(action: argparse.Action) -> Sequence[str]:
    """Values that the argument must refuse."""
    if action.choices is not None:
        return "no_such_choice", "", COLOUR, "x" * 5000
    kind = getattr(action.type, "__name__", "")
    if kind == "model":
        return MODELS
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if action.dest in TEXT_OF:
        return TEXT_OF[action.dest]
    return () if action.dest in FREE or action.type is not None else TEXTS


def bad_lines() -> Iterator[Case]:
    """Every command with every fault that its arguments can have, one fault a line."""
    for command in commands():
        for example in command.examples or ((),):
            yield Case((*command.words, *example, "--no-such-option"), (BAD,), "an unknown option")
        for action in command.options:
            yield from _of_option(command, action)
        for action in command.positionals:
            yield from _of_positional(command, action)


def _of_option(command: Command, action: argparse.Action) -> Iterator[Case]:
    option = action.option_strings[-1]
    for number, example in enumerate(command.examples[:2]):
        line = (*command.words, *example)
        if action.nargs == 0:
            yield Case((*line, f"{option}=1"), (BAD,), f"{option} with a value")
            continue
        yield Case((*line, option), (BAD,), f"{option} without a value")
        if action.nargs == 2:
            yield Case((*line, option, "one"), (BAD,), f"{option} with one value of two")
            continue
        for value in bad_values(action)[number::2]:
            yield Case((*line, f"{option}={value}"), (BAD,), f"{option} {value[:40]!r}")


def _of_positional(command: Command, action: argparse.Action) -> Iterator[Case]:
    """The argument's place in an example is taken by a bad value."""
    for example in command.examples:
        try:
            found = getattr(command.parser.read(list(example), argparse.Namespace(argv=[])), action.dest)
        except EffbenchError:  # it names a file that is only there after another example
            continue
        typed = str(found[0] if isinstance(found, list) and found else found)
        if typed in example:
            place = example.index(typed)
            for value in bad_values(action):
                words = (*example[:place], value, *example[place + 1 :])
                yield Case((*command.words, *words), (BAD,), f"{action.dest} {value[:40]!r}")
            return


def drawn(count: int, seed: int) -> list[Case]:
    """That many of the bad lines, by seed; all if there are no more."""
    every = list(bad_lines())
    return every if count >= len(every) else Random(seed).sample(every, count)
