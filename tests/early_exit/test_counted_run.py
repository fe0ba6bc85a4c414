"""The cost of any network at any exit distribution is what counting the actual run says, to the integer."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from hypothesis import assume, given, settings  # noqa: E402 - after the check for torch
from hypothesis import strategies as st  # noqa: E402

from effbench.cost.convention import convention, conventions  # noqa: E402
from effbench.cost.counts import combine  # noqa: E402
from effbench.cost.kinds import PARAM  # noqa: E402
from effbench.counting.counters.dispatch import count  # noqa: E402
from effbench.counting.exits import exit_costs, exit_counts  # noqa: E402
from effbench.early_exit.engine import AdaptiveClassifier  # noqa: E402
from effbench.early_exit.policy import Policy, never  # noqa: E402
from effbench.errors import SpecError  # noqa: E402
from effbench.models.registry import Model, entries  # noqa: E402
from effbench.models.spec.ravit import RAViTSpec  # noqa: E402
from effbench.models.spec.vit import ExitViTSpec  # noqa: E402
from effbench.stats.scores import SCORES  # noqa: E402

small = st.integers(1, 2)

ROUTING = {"reduce_elem", "other_elem"}
"""Kinds the engine itself adds: finite or not, who stays. No convention prices them."""


@st.composite
def shapes(draw):
    num_heads = draw(small)
    return {"width": 4 * num_heads * draw(small), "num_heads": num_heads, "num_classes": draw(st.integers(2, 12))}


@st.composite
def ravits(draw):
    patch = draw(st.sampled_from([2, 4]))
    return RAViTSpec(
        image_size=patch * draw(st.integers(4, 12)),
        patch_size=patch,
        mlp_ratio=draw(small),
        layers=tuple(draw(st.lists(st.integers(0, 2), min_size=1, max_size=4).filter(any))),
        resize=draw(st.sampled_from([Fraction(2), Fraction(3, 2), Fraction(3)])),
        **draw(shapes()),
    )


@st.composite
def exit_vits(draw):
    depth = draw(st.integers(2, 4))
    exits = draw(st.sets(st.integers(1, depth - 1), min_size=1))
    patch = draw(st.sampled_from([2, 4]))
    side = patch * draw(st.integers(1, 4))
    return ExitViTSpec(image_size=side, patch_size=patch, depth=depth, exits=tuple(sorted(exits)), **draw(shapes()))


def model_of(spec) -> Model:
    name = {RAViTSpec: "ravit_imagenet", ExitViTSpec: "exit_vit_base"}[type(spec)]
    try:
        spec.validate()
    except SpecError:
        assume(False)
    return Model(name=name, entry=entries()[name], spec=spec)


def drawn_policy(data, network, images) -> Policy:
    """Thresholds from the scores themselves, so that any number of images may leave at an exit."""
    exits, name = len(network.stages), data.draw(st.sampled_from(sorted(SCORES)))
    with torch.inference_mode():
        scores = never(name, exits).scores(torch.stack(network(images), dim=1).numpy())
    thresholds = [data.draw(st.sampled_from(sorted({*scores[:, k].tolist(), 0.0}))) for k in range(exits - 1)]
    return Policy(score=name, thresholds=tuple(thresholds))


@settings(max_examples=20, deadline=None)
@given(data=st.data(), spec=ravits() | exit_vits())
def test_any_network_with_exits(data, spec):
    model, batch = model_of(spec), data.draw(st.integers(1, 6))
    torch.manual_seed(data.draw(st.integers(0, 99)))
    network = model.build().eval()
    images = torch.rand(batch, 3, spec.image_size, spec.image_size)
    policy = drawn_policy(data, network, images)
    engine = AdaptiveClassifier(network, policy, micro_batch=data.draw(st.none() | st.integers(1, 4)))
    results = []
    engine.register_forward_hook(lambda module, inputs, found: results.append(found))  # of the very run that is counted
    run = count(engine, [images], strict=True).forward
    left = results[0].exits.tolist()
    counted = {kind: n for kind, n in run.by_kind().items() if kind != PARAM}

    per_image = exit_counts(model.branches(), spec.num_classes, policy.score)
    expected = combine(per_image[exit_] for exit_ in left).by_kind()
    differing = {kind for kind in {*counted, *expected} - {PARAM} if counted.get(kind, 0) != expected.get(kind, 0)}
    assert differing <= ROUTING
    for name in conventions():
        costs = exit_costs(model.branches(), convention(name), spec.num_classes, policy.score)
        assert convention(name).total(run) == sum(costs[exit_] for exit_ in left)


def test_what_the_engine_adds_is_named():
    # by hand, 3 images of 2 exits and 5 classes, 1 stays: finite? 15 + 5 logits looked at and reduced, and in the end
    # one flag per exit; who stays: 3 negations, 3 values searched
    spec = dataclasses.replace(entries()["ravit_cifar10"].spec, layers=(1, 1), width=8, num_heads=1, num_classes=5)
    torch.manual_seed(0)
    network, images = model_of(spec).build().eval(), torch.rand(3, 3, 32, 32)
    with torch.inference_mode():
        scores = sorted(never("max_probability", 2).scores(torch.stack(network(images), dim=1).numpy())[:, 0])
    engine = AdaptiveClassifier(
        network, Policy(score="max_probability", thresholds=(float(scores[0] + scores[1]) / 2,))
    )
    run = count(engine, [images], strict=True).forward
    assert engine(images).reached == (3, 1)
    added = {kind: n for (path, kind), n in run.items.items() if path == ""}
    assert added == {"reduce_elem": 15 + 5 + 2 + 3, "other_elem": 15 + 5 + 3}
