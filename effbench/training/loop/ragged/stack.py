"""Many RAViTs as one network: each layer holds the weights of all cells that have it, one behind the other.

Only the class token crosses from branch to branch, so cells with different numbers of layers share all of their
operators: within a branch the deepest cells come first, layer i works on the cells that have more than i layers, which
are a prefix, and class tokens are put into the next branch's order. A gradient of the sum of the cells' losses holds
each cell's own gradient, since no number of one cell reaches another.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence

import torch
from timm.models.vision_transformer import Attention, Block
from torch import Tensor, nn
from torch.nn import functional as F

from effbench.models.networks.ravit import Branch, RAViT
from effbench.training.loop.optimiser import decays
from effbench.training.loop.ragged.lanes import Lane, lanes


class Stack(nn.Module):
    """The cells of a heatmap.

    Parameters are called as in ``models.networks.ravit.RAViT`` and have the cells as a first dimension, in
    the lane's order. Weights of linear layers are (cells, in, out): their gradients then come out of the product as
    they are stored.

    Args:
        networks: the cells; their branches see the same sides and have the same widths.
        layers: cell -> layers of each branch.
    """

    def __init__(self, networks: Sequence[RAViT], layers: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.lanes = lanes(layers)
        self.count = len(networks)
        self.branches = nn.ModuleDict()
        for lane in self.lanes:
            self.branches[str(lane.branch)] = _stacked(lane, networks)
            self.register_buffer(_order_name(lane), torch.tensor(lane.cells), persistent=False)
        self._undecayed = {name for name, p in self.named_parameters() if not decays(name, p.ndim - 1)}

    def no_weight_decay(self) -> set[str]:
        """Parameters that do not decay in a cell of their own: the further dimension does not change that."""
        return self._undecayed

    def order(self, lane: Lane) -> Tensor:
        """The lane's cells as an index, on the device."""
        return self.get_buffer(_order_name(lane))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(b, 3, H, W) -> for each lane the logits of its cells, (cells, b, classes)."""
        exits: list[Tensor] = []
        tokens: Tensor | None = None
        for lane in self.lanes:
            branch = self.branches[str(lane.branch)]
            handed = tokens.index_select(0, self.order(lane)) if tokens is not None and lane.handed else None
            logits, token = _run_branch(branch, lane, image, handed)
            exits.append(logits)
            if lane is not self.lanes[-1]:
                blank = token.new_zeros(self.count, *token.shape[1:]) if tokens is None else tokens
                tokens = blank.index_copy(0, self.order(lane), token)  # (all cells, b, d)
        return exits

    def cell(self, number: int) -> dict[str, Tensor]:
        """The state dict of one cell: what its own network loads."""
        found = {}
        for lane in self.lanes:
            if number in lane.cells:
                row, branch = lane.cells.index(number), self.branches[str(lane.branch)]
                for name, parameter in branch.named_parameters():
                    if row < len(parameter):
                        own = _turned(branch, name, parameter.detach()[row])
                        found[f"branches.{lane.branch}.{name}"] = own.clone(memory_format=torch.contiguous_format)
        return found

    def of_cell(self, number: int, exits: Sequence[Tensor]) -> list[Tensor]:
        """The exits of one cell, (b, classes) each, from what ``forward`` returned."""
        return [
            logits[lane.cells.index(number)]
            for lane, logits in zip(self.lanes, exits, strict=True)
            if number in lane.cells
        ]


def _order_name(lane: Lane) -> str:
    return f"order_{lane.branch}"


def _stacked(lane: Lane, networks: Sequence[RAViT]) -> Branch:
    """The deepest cell's branch with the weights of all cells in place of its own."""
    own = [_branch(networks[k], lane) for k in lane.cells]
    weights: list[Mapping[str, nn.Parameter]] = [dict(branch.named_parameters()) for branch in own]
    stacked = copy.deepcopy(own[0])
    for name in weights[0]:
        path, _, last = name.rpartition(".")
        rows = [_turned(stacked, name, found[name].detach()) for found in weights if name in found]
        setattr(stacked.get_submodule(path), last, nn.Parameter(torch.stack(rows)))
    return stacked


def _turned(branch: nn.Module, name: str, value: Tensor) -> Tensor:
    """The weight of a linear layer (out, in) as (in, out) and the other way round; anything else as it is."""
    path, _, last = name.rpartition(".")
    linear = last == "weight" and isinstance(branch.get_submodule(path), nn.Linear)
    return value.transpose(0, 1) if linear else value


def _branch(network: RAViT, lane: Lane) -> Branch:
    branch = network.branches[str(lane.branch)]
    assert isinstance(branch, Branch)  # noqa: S101 - for the type checker
    return branch


def _run_branch(branch: nn.Module, lane: Lane, image: Tensor, handed: Tensor | None) -> tuple[Tensor, Tensor]:
    """-> logits (cells, b, classes), class tokens (cells, b, d)."""
    x = _embedded(branch, image, handed)  # (cells, b, n + 1, d)
    done: list[Tensor] = []
    for layer, running in enumerate(lane.running):
        x = _block(branch.blocks[layer], x[:running])
        ends = lane.finished(layer)
        if ends:
            done.append(x[running - ends :, :, 0])
    token = torch.cat(done[::-1]) if len(done) > 1 else done[0]  # the deepest, which end last, come first
    token = _norm(branch.norm, token)
    return _linear(branch.head, token), token


def _embedded(branch: nn.Module, image: Tensor, handed: Tensor | None) -> Tensor:
    proj = branch.patch_embed.proj
    cells, width = proj.weight.shape[:2]
    patches = F.unfold(branch.resize(image), proj.kernel_size, stride=proj.stride).transpose(1, 2)  # (b, n, 3pp)
    b, n, taps = patches.shape
    shared = patches.reshape(1, b * n, taps).expand(cells, -1, -1)
    weight = proj.weight.view(cells, width, taps).transpose(1, 2)
    tokens = torch.baddbmm(proj.bias.unsqueeze(1), shared, weight).view(cells, b, n, width)
    own = branch.cls_token.expand(-1, b, -1, -1)  # (cells, b, 1, d)
    token = own if handed is None else own + handed.unsqueeze(2)
    return torch.cat((token.to(tokens.dtype), tokens), dim=2) + branch.pos_embed


def _block(block: Block, x: Tensor) -> Tensor:
    """A pre-norm block of every cell, (cells, b, n, d)."""
    x = x + _attention(block.attn, _norm(block.norm1, x))
    hidden = F.gelu(_linear(block.mlp.fc1, _norm(block.norm2, x)))
    return x + _linear(block.mlp.fc2, hidden)


def _attention(attention: Attention, x: Tensor) -> Tensor:
    cells, b, n, width = x.shape
    qkv = _linear(attention.qkv, x).view(cells * b, n, 3, attention.num_heads, -1)
    q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (cells · b, heads, n, d / heads)
    if attention.fused_attn:
        y = F.scaled_dot_product_attention(q, k, v)
    else:
        y = ((attention.scale * q) @ k.transpose(-2, -1)).softmax(dim=-1) @ v
    return _linear(attention.proj, y.transpose(1, 2).reshape(cells, b, n, width))


def _linear(linear: nn.Linear, x: Tensor) -> Tensor:
    """Every cell's own product, (cells, ..., in) -> (cells, ..., out)."""
    rows = x.flatten(1, -2)
    out = torch.baddbmm(linear.bias.unsqueeze(1), rows, linear.weight)
    return out.view(*x.shape[:-1], -1)


def _norm(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """Every cell's own scale and shift."""
    shape = (len(x), *(1,) * (x.ndim - 2), -1)
    plain = F.layer_norm(x, x.shape[-1:], eps=norm.eps)
    return torch.addcmul(norm.bias.view(shape), plain, norm.weight.view(shape))


def exit_losses(stack: Stack, exits: Iterable[Tensor], labels: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Σ αᵢ · cross-entropy of exit i of every cell (arXiv:2602.24159, eq. 1), (cells,), in fp32.

    Args:
        exits: as ``Stack`` returns them. labels: (b,). weights: αᵢ, (cells, lanes); anything where a cell has no exit.
    """
    total = torch.zeros(stack.count, device=labels.device)
    for number, (lane, logits) in enumerate(zip(stack.lanes, exits, strict=True)):
        cells, b, _ = logits.shape
        each = F.cross_entropy(
            logits.float().flatten(0, 1), labels.repeat(cells), reduction="none", label_smoothing=smoothing
        )
        order = stack.order(lane)
        total = total.index_add(0, order, weights[order, number] * each.view(cells, b).mean(1))
    return total
