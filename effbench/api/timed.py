"""``effbench.profile``: time of a network in this process."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from effbench.errors import MissingExtra
from effbench.models.spec import require_range
from effbench.render.canvas import COLOURS, Picture, canvas
from effbench.render.numbers import seconds
from effbench.render.table import Column, of, render

WARM_UP = 3
"""Steps that are not measured."""

SAID = (
    "measured in this process alone: other processes of the same program differ by more than these samples do, and no "
    "interval is given. `effbench profile` measures in fresh processes."
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Timed:
    """Times of a network in one process.

    Attributes:
        name: of the network. device: where it ran. threads: of PyTorch on the CPU.
        samples: seconds of every step, in order.
    """

    name: str
    device: str
    threads: int
    samples: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """The median step."""
        return median(self.samples)

    def table(self, style: str = "table") -> str:
        """The times as text, in any format of the command line; the formats of programs hold the samples."""
        return render([self], _COLUMNS, style, notes=[f"{SAID[0].upper()}{SAID[1:]}"])

    def plot(self) -> Picture:
        """The time of every step, in order.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        with canvas("times", size=(7, 2.6), title=f"{self.name}: {seconds(self.seconds)} in this process") as paper:
            (place,) = paper.axes
            place.plot(range(1, len(self.samples) + 1), [1e3 * one for one in self.samples], ".", color=COLOURS[0])
            place.axhline(1e3 * self.seconds, color=COLOURS[1], linewidth=1)
            place.set(xlabel="step", ylabel="ms")
            place.set_ylim(bottom=0)
        return Picture(paper.images)

    def _repr_html_(self) -> str:
        return self.table(style="html")

    def __repr__(self) -> str:
        shown = f"{seconds(self.seconds)}, from {seconds(min(self.samples))} to {seconds(max(self.samples))}"
        where = f"{self.device}, {self.threads} threads"
        return f"<{self.name}: {shown} over {len(self.samples)} steps on {where}; {SAID}>"


_COLUMNS: list[Column[Timed]] = [
    of("network", lambda row: row.name),
    of("median", lambda row: row.seconds, seconds, right=True),
    of("least", lambda row: min(row.samples), seconds, right=True),
    of("most", lambda row: max(row.samples), seconds, right=True),
    of("steps", lambda row: len(row.samples), right=True),
    of("device", lambda row: row.device),
    of("threads", lambda row: row.threads, right=True),
]


def profile(model: object, *inputs: object, samples: int = 30, **named: object) -> Timed:
    """Time inference of a network in this process: median and samples, without an interval.

    Args:
        model: any network, where it is and in the mode that it is in. inputs: what it is called with, on its device.
        samples: steps that are measured. named: keywords of the model.

        >>> import effbench as eb
        >>> from torch import nn, zeros
        >>> timed = eb.profile(nn.Linear(8, 4), zeros(1, 8), samples=5)
        >>> len(timed.samples), timed.seconds > 0, "in this process alone" in repr(timed)
        (5, True, True)
    """
    require_range("samples", samples, 1, 1_000_000)
    try:
        from effbench.counting.counters.placed import as_network
        from effbench.profiling.in_process import step_seconds
    except ImportError as error:
        raise MissingExtra("profiling", error.name or "torch", "measure") from None
    name = getattr(model, "__name__", type(model).__name__)
    device, threads, taken = step_seconds(as_network(model), inputs, named, samples, WARM_UP)
    return Timed(name=name, device=device, threads=threads, samples=tuple(taken))
