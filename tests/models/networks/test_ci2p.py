"""CI2P: the compression encoder as a patch embedding (arXiv:2502.10120, Sections 3.1-3.3)."""

from __future__ import annotations

import pickle
from functools import partial

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("compressai")

from timm.models.vision_transformer import VisionTransformer  # noqa: E402 - after the check for torch

from effbench.errors import EffbenchError  # noqa: E402
from effbench.models.networks.ci2p import CI2PEmbed, compression_encoder, load_encoder  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402

SMALL = "width=48,depth=2,num_heads=4,num_classes=7,encoder=random"


@pytest.fixture(scope="module")
def embed():
    return CI2PEmbed(64, embed_dim=48, encoder="random")


def test_the_encoder_is_compressai_s_own():
    # bmshj2018_factorized(quality 5), analysis transform: 4 convolutions 5x5 and 3 GDNs on 128 channels
    encoder = compression_encoder("random")
    convolutions = 3 * 128 * 25 + 128 + 2 * (128 * 128 * 25 + 128) + 128 * 192 * 25 + 192
    assert sum(p.numel() for p in encoder.parameters()) == convolutions + 3 * (128 * 128 + 128) == 1_493_312
    assert type(encoder[1]).__name__ == "GDN"
    assert encoder(torch.rand(1, 3, 64, 64)).shape == (1, 192, 4, 4)


def test_patches_are_a_quarter_of_those_of_patch_16(embed):
    assert embed(torch.rand(2, 3, 64, 64)).shape == (2, 4, 48)  # (64 / 32)² tokens
    assert embed.num_patches == 4


def test_a_frozen_encoder_stays_in_evaluation_mode(embed):
    embed.train()
    assert embed.patch_reshape.training
    assert not any(module.training for module in embed.encoder.modules())
    assert not any(p.requires_grad for p in embed.encoder.parameters())
    assert all(p.requires_grad for p in embed.patch_reshape.parameters())


def test_the_control_trains_its_encoder():
    network = resolve(f"cnn_vit:{SMALL}").at_size(64).build().train()
    network(torch.rand(2, 3, 64, 64)).sum().backward()
    assert all(p.grad is not None for p in network.patch_embed.encoder.parameters())
    assert network.patch_embed.encoder.training


def test_training_leaves_a_frozen_encoder_without_gradients():
    network = resolve(f"ci2p_vit:{SMALL}").at_size(64).build().train()
    network(torch.rand(2, 3, 64, 64)).sum().backward()
    assert all(p.grad is None for p in network.patch_embed.encoder.parameters())
    assert all(p.grad is not None for p in network.blocks.parameters())


def test_normalised_images_are_brought_back_to_0_1():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    torch.manual_seed(0)
    plain = CI2PEmbed(64, embed_dim=48, encoder="random").eval()
    undoing = CI2PEmbed(64, embed_dim=48, encoder="random", input_mean=mean, input_std=std).eval()
    undoing.load_state_dict(plain.state_dict())
    image = torch.rand(1, 3, 64, 64)
    normalised = (image - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)
    torch.testing.assert_close(undoing(normalised), plain(image), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("class_token", [True, False])
def test_it_drops_into_a_timm_vit(class_token):
    # class token and learned positions, as a plain ViT has them: 4 patches of a 64-pixel image
    network = VisionTransformer(
        img_size=64,
        embed_layer=partial(CI2PEmbed, encoder="random"),
        embed_dim=48,
        depth=1,
        num_heads=4,
        num_classes=5,
        class_token=class_token,
        global_pool="token" if class_token else "avg",
    )
    assert network.pos_embed.shape == (1, 4 + class_token, 48)
    assert network(torch.rand(2, 3, 64, 64)).shape == (2, 5)


@pytest.mark.parametrize("name", ["ci2p_vit", "ci2p_vit_ds", "cnn_vit"])
def test_logits_are_finite(name):
    network = resolve(f"{name}:{SMALL}").at_size(64).build().eval()
    logits = network(torch.rand(2, 3, 64, 64))
    assert logits.shape == (2, 7)
    assert torch.isfinite(logits).all()


def test_two_scales_attend_at_16_and_at_32_pixels():
    network = resolve(f"ci2p_vit_ds:{SMALL}").at_size(64).build().eval()
    seen = {}
    network.fine_blocks[0].register_forward_pre_hook(lambda _, args: seen.update(fine=tuple(args[0].shape)))
    network.blocks[0].register_forward_pre_hook(lambda _, args: seen.update(coarse=tuple(args[0].shape)))
    network(torch.rand(1, 3, 64, 64))
    assert seen == {"fine": (1, 16, 12), "coarse": (1, 4, 48)}


def test_weights_of_a_file_are_loaded(tmp_path):
    torch.manual_seed(1)
    source = compression_encoder("random")
    torch.save({f"g_a.{key}": value for key, value in source.state_dict().items()}, tmp_path / "encoder.pth")
    network = resolve(f"ci2p_vit:{SMALL}").at_size(64).build(encoder_weights=str(tmp_path / "encoder.pth"))
    torch.testing.assert_close(network.patch_embed.encoder[0].weight, source[0].weight)


def test_a_checkpoint_of_another_shape_is_one_line(tmp_path):
    torch.save({"0.weight": torch.zeros(2, 2)}, tmp_path / "other.pth")
    with pytest.raises(EffbenchError, match=r"other\.pth holds no CompressAI encoder") as caught:
        resolve(f"ci2p_vit:{SMALL}").at_size(64).build(encoder_weights=str(tmp_path / "other.pth"))
    assert "\n" not in str(caught.value)


class Trap:
    """Would run code when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_a_pickle_is_refused_and_not_executed(tmp_path):
    (tmp_path / "trap.pth").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match=r"trap\.pth holds no CompressAI encoder"):
        load_encoder(compression_encoder("random"), tmp_path / "trap.pth")


def test_a_missing_file_says_what_else_can_be_done():
    with pytest.raises(EffbenchError, match=r"could not be read.*--encoder-weights.*encoder=random"):
        resolve(f"ci2p_vit:{SMALL}").at_size(64).build(encoder_weights="nowhere.pth")


def test_weights_that_cannot_be_downloaded_are_never_replaced_silently(monkeypatch):
    def offline(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr("effbench.models.networks.ci2p.bmshj2018_factorized", offline)
    with pytest.raises(EffbenchError, match=r"CompressAI's pretrained weights could not be read: no network"):
        resolve("ci2p_vit:width=48,depth=2,num_heads=4").at_size(64).build()
