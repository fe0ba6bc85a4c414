"""T2T-ViT: tokens from overlapping splits and small attentions, then a deep and narrow ViT."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.models.spec import MAX_WIDTH, TransformerSpec, require_range


@dataclass(frozen=True, kw_only=True)
class T2TSpec(TransformerSpec):
    """A T2T-ViT; the transformer is the one behind the token module.

    Attributes:
        token_width: of the tokens between the splits.
        performer: attention between the splits is a Performer (yes) or softmax attention (no).
    """

    width: int = 448
    depth: int = 19
    num_heads: int = 7
    mlp_ratio: int = 3
    token_width: int = 64
    performer: bool = True

    @property
    def side_multiple(self) -> int:
        return 16  # splits of stride 4, 2 and 2

    def validate(self) -> None:
        super().validate()
        require_range("token_width", self.token_width, 2, MAX_WIDTH)
