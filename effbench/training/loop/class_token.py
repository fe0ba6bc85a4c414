"""The last block of a branch for its class token alone: of the other tokens nobody reads what it makes of them.

A third of the operations of a RAViT 1-3 on CIFAR-10 and most of a branch of one layer. Exact but for rounding, in the
forward pass and in every gradient; parameters keep their names and values. What a network costs is counted on the
network as it is built, so no count changes.

With one query q per head, keys and values of all tokens x_j need not be made either:
q · (W_k x_j + b_k) = (W_kᵀ q) · x_j + q · b_k, where the last term is the same for all j and falls out of the softmax;
and Σ a_j (W_v x_j + b_v) = W_v (Σ a_j x_j) + b_v, since the a_j add up to 1. The gradient of b_k is 0, as it is in
theory for every block; written the usual way it is rounding noise.
"""

from __future__ import annotations

from timm.models.vision_transformer import Attention, Block
from torch import Tensor, nn

from effbench.models.networks.ravit import Branch


class LastBlock(Block):
    """A pre-norm block that returns the class token alone."""

    def forward(self, x: Tensor) -> Tensor:
        """(b, n, d) -> (b, 1, d)."""
        token = x[:, :1] + self._attention(self.norm1(x))
        made: Tensor = token + self.mlp(self.norm2(token))
        return made

    def _attention(self, tokens: Tensor) -> Tensor:
        """What the class token gets from all: (b, n, d) -> (b, 1, d)."""
        attention = self.attn
        b, _, width = tokens.shape
        heads = attention.num_heads
        to_q, to_k, to_v = attention.qkv.weight.view(3, heads, -1, width).unbind(0)  # each (heads, d / heads, d)
        bias_q, _, bias_v = attention.qkv.bias.view(3, width).unbind(0)
        q = (tokens[:, 0] @ to_q.flatten(0, 1).t() + bias_q).view(b, heads, -1).transpose(0, 1)
        wanted = ((attention.scale * q) @ to_k).transpose(0, 1)  # (b, heads, d)
        share = (wanted @ tokens.transpose(1, 2)).softmax(dim=-1)  # (b, heads, n)
        seen = (share.to(tokens.dtype) @ tokens).transpose(0, 1)  # (heads, b, d)
        y = (seen @ to_v.transpose(1, 2)).transpose(0, 1).reshape(b, 1, width) + bias_v
        made: Tensor = attention.proj(y)
        return made


def read_class_token_only(network: nn.Module) -> int:
    """Let the last block of every RAViT branch make its class token alone; returns how many blocks do."""
    changed = 0
    for branch in network.modules():
        last = branch.blocks[-1] if isinstance(branch, Branch) else None
        if type(last) is Block and _is_plain(last):
            last.__class__ = LastBlock
            changed += 1
    return changed


def _is_plain(block: Block) -> bool:
    """Whether the block's attention has nothing that ``LastBlock`` leaves out."""
    attention = block.attn
    idle = (
        *(block.ls1, block.ls2, block.drop_path1, block.drop_path2),
        *(attention.q_norm, attention.k_norm, getattr(attention, "norm", None) or nn.Identity()),
    )
    return (
        type(attention) is Attention
        and attention.qkv.bias is not None
        and getattr(attention, "gate", None) is None
        and not (attention.attn_drop.p or attention.proj_drop.p)
        and all(isinstance(part, nn.Identity) for part in idle)
    )
