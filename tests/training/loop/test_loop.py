"""Steps: gradients over micro-batches, clipping, averages and the seed of every step."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from effbench.errors import EffbenchError  # noqa: E402
from effbench.training.loop.distributed import ALONE, Team  # noqa: E402
from effbench.training.loop.evaluate import NotFinite  # noqa: E402
from effbench.training.loop.loop import Loop  # noqa: E402
from effbench.training.loop.opening import open_task  # noqa: E402
from effbench.training.loop.outcome import Row  # noqa: E402
from effbench.training.loop.progress import Meter  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture
def loop(recipe, noise):
    """``loop("training.ema=0.9", …)``: ready for its first step."""

    def make(*changes, seed=0, team=ALONE, classes=3, double=False):
        made = recipe(*changes)
        source = noise("train", classes, made.data.size)
        task = open_task(made, classes, seed, CPU)
        if double:
            task.network.double()
        return Loop(made, seed, task, source, CPU, team)

    return make


def epoch(made):
    meter = Meter(None, epochs=made.recipe.training.epochs, steps=made.steps, images=made.images)
    passed = made.epoch(meter, lambda: None)
    made.finished(Row(epoch=passed.epoch, lr=passed.lr, values={"loss": passed.loss}))
    return passed


def weights(made):
    return {name: value.clone() for name, value in made.task.network.state_dict().items()}


def gradients(made):
    made._gradients(next(iter(made._batches(0, 0))))
    return [parameter.grad.clone() for parameter in made.task.network.parameters()]


@pytest.mark.parametrize("micro", [1, 2, 3])
def test_micro_batches_give_the_gradient_of_the_whole_batch(loop, micro):
    """Three of four: the parts are of 3 and 1 images, so a mean of the parts' means would be wrong."""
    whole, parts = gradients(loop()), gradients(loop(f"training.micro_batch={micro}"))
    for a, b in zip(whole, parts, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
    assert max(a.abs().max().item() for a in whole) > 1e-2  # there is something to compare


def test_the_loss_of_an_epoch_is_the_mean_of_its_steps(loop):
    """With a learning rate of 0 every step's loss is that of the first weights."""
    made = loop("optimiser.lr=0.0", "schedule.name=constant", "schedule.warmup=0")
    for number in (0, 1):
        losses = [made.task.loss(made._forward, batch).item() for batch in made._batches(number, 0)]
        row = epoch(made)
        assert row.loss == pytest.approx(sum(losses) / 3)  # 13 images in batches of 4
        assert row.epoch == number + 1
    assert made.steps == 6


def test_the_learning_rate_follows_the_schedule(loop):
    """One epoch of warm-up, three steps: the last of them is at the peak."""
    made = loop()
    assert epoch(made).lr == pytest.approx(1e-2)
    assert epoch(made).lr == pytest.approx(1e-2 * 0.25)  # (1 + cos(2/3 · pi)) / 2
    assert [group["lr"] for group in made._optimiser.param_groups] == pytest.approx([0.25e-2] * 2)


def test_gradients_are_clipped(loop):
    """SGD without momentum moves by lr · gradient: with a norm of 1e-3 by 1e-2 · 1e-3 in all."""
    changes = (
        "optimiser.name=sgd",
        "optimiser.momentum=0",
        "optimiser.weight_decay=0",
        "schedule.name=constant",
        "schedule.warmup=0",
    )
    made = loop(*changes, "optimiser.clip=1e-3")
    before = weights(made)
    made._step(next(iter(made._batches(0, 0))))
    moved = torch.cat([(value - before[name]).flatten() for name, value in weights(made).items()])
    assert moved.norm().item() == pytest.approx(1e-5, rel=1e-2)


def test_the_average_is_judged_and_the_weights_are_trained(loop):
    made = loop("training.ema=0.5")
    start = weights(made)
    made._step(next(iter(made._batches(0, 0))))
    now, mean = weights(made), made.network.state_dict()
    name = "branches.1.head.weight"
    torch.testing.assert_close(mean[name], (start[name] + now[name]) / 2)
    assert not torch.equal(now[name], mean[name])


def test_without_an_average_the_weights_are_judged(loop):
    made = loop()
    assert made.network is made.task.network


def test_frozen_parts_stay(loop):
    made = loop()
    head = made.task.network.branches["0"].head.requires_grad_(False)
    made = Loop(made.recipe, 0, made.task, made._source, CPU, ALONE)
    before = head.weight.clone()
    epoch(made)
    assert torch.equal(head.weight, before)
    assert not torch.equal(made.task.network.branches["1"].head.weight, before)


def test_a_frozen_encoder_is_not_trained_and_stays_in_evaluation_mode(loop):
    pytest.importorskip("compressai")
    model = "ci2p_vit:width=16,depth=1,num_heads=2,num_classes=3,encoder=random"
    made = loop(f"model={model}", "data.size=32")
    embed = made.task.network.patch_embed
    before = {name: value.clone() for name, value in embed.encoder.state_dict().items()}
    frozen = {id(parameter) for parameter in embed.encoder.parameters()}
    epoch(made)
    assert not embed.encoder.training
    assert embed.patch_reshape.training
    assert not frozen & {id(parameter) for parameter in made._trained}
    assert all(torch.equal(value, before[name]) for name, value in embed.encoder.state_dict().items())


DROPOUT = {"forward": "return self.head(torch.dropout(x.flatten(1), 0.5, self.training))"}


def test_random_numbers_of_a_step_depend_on_seed_and_step_alone(loop, model_file):
    path = model_file(**DROPOUT)
    changes = (f"model={path}", "data.size=8")
    first = loop(*changes, classes=5)
    epoch(first)
    torch.rand(7)  # somebody else draws
    again = loop(*changes, classes=5)
    torch.rand(3)
    epoch(again)
    assert all(torch.equal(a, b) for a, b in zip(weights(first).values(), weights(again).values(), strict=True))
    other = loop(*changes, classes=5, seed=1)
    other.task.network.load_state_dict(loop(*changes, classes=5).task.network.state_dict())
    other._seed = 0
    epoch(other)
    assert all(torch.equal(a, b) for a, b in zip(weights(first).values(), weights(other).values(), strict=True))


def test_two_steps_drop_other_values(loop, model_file):
    made = loop(f"model={model_file(**DROPOUT)}", "data.size=8", "optimiser.lr=0.0", classes=5)
    made.task.network.train()
    batch = next(iter(made._batches(0, 0)))
    assert made._step(batch).item() != made._step(batch).item()


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_loss_that_is_no_number_ends_the_epoch(loop, value):
    made = loop()
    with torch.no_grad():
        made.task.network.branches["1"].head.bias.fill_(float(value))
    with pytest.raises(NotFinite, match="the loss was not a finite number by step 1 of 6"):
        epoch(made)


def test_more_processes_than_images(loop):
    with pytest.raises(EffbenchError, match="5 processes cannot share batches of 4 images"):
        loop(team=Team(rank=0, world=5))


def test_a_batch_larger_than_the_set_is_the_set(loop):
    made = loop("data.batch=64")
    assert (made.images, made.per_epoch, made.steps) == (13, 1, 2)
    epoch(made)


def test_compiled_networks_are_trained(loop, monkeypatch):
    """What is compiled is the network that is trained; the compiler itself is PyTorch's."""
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda network, **how: compiled.append(network) or network)
    made = loop("training.compile=true")
    assert compiled == [made.task.network]
    epoch(made)
