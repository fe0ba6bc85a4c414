"""CPVT: a ViT with convolutions between its first blocks in place of the position table."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.models.spec import PatchedSpec, TransformerSpec, require_range


@dataclass(frozen=True, kw_only=True)
class CPVTSpec(PatchedSpec, TransformerSpec):
    """A CPVT.

    Attributes:
        pegs: positional encoding generators, one after each of the first ``pegs`` blocks.
        class_token: classify by a class token (yes) or by the mean of the patch tokens (no, GAP).
    """

    pegs: int = 5
    class_token: bool = True

    def validate(self) -> None:
        super().validate()
        require_range("pegs", self.pegs, 0, self.depth)
