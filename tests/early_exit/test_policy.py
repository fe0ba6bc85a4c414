import json
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.early_exit.policy import Policy, from_json, never, read, threshold
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.stats.scores import SCORES


def test_an_image_leaves_at_the_first_exit_that_is_sure():
    policy = Policy(score="entropy", thresholds=(0.5, 1.0))
    scores = np.array(
        [
            [0.4, 0.0, 0.0],  # sure at once
            [0.5, 0.9, 0.0],  # on the first threshold: goes on; below the second
            [0.6, 1.0, 9.0],  # never sure: the last exit takes it, whatever its score
            [nan, 0.0, 0.0],
        ]
    )
    assert policy.decide(scores[:3]).tolist() == [0, 1, 2]
    with pytest.raises(SpecError, match="NaN"):
        policy.decide(scores)


def test_a_certainty_leaves_on_its_threshold():
    policy = Policy(score="max_probability", thresholds=(0.9,))
    assert policy.decide(np.array([[0.9, 0], [0.89, 0]])).tolist() == [0, 1]


def test_one_image_and_no_image():
    policy = Policy(score="margin", thresholds=(0.5,))
    assert policy.decide(np.array([[0.7, 0.1]])).tolist() == [0]
    assert policy.decide(np.empty((0, 2))).tolist() == []


@pytest.mark.parametrize("name", SCORES)
def test_a_policy_that_never_exits(name):
    logits = np.random.default_rng(0).normal(size=(20, 3, 4)) * 100
    policy = never(name, 3)
    assert policy.decide(policy.scores(logits)).tolist() == [2] * 20


def test_a_network_with_one_exit_has_no_threshold():
    policy = never("entropy", 1)
    assert policy.thresholds == ()
    assert policy.decide(policy.scores(np.zeros((2, 1, 3)))).tolist() == [0, 0]


def test_temperatures_divide_the_logits_of_their_exit():
    # p = softmax(4/2, 0) at exit 1; exit 2 is as hot as it was
    policy = Policy(score="max_probability", thresholds=(0.5,), temperatures=(2.0, 1.0))
    hot, plain = policy.scores(np.array([[[4.0, 0.0], [4.0, 0.0]]]))[0]
    assert hot == pytest.approx(1 / (1 + np.exp(-2)))
    assert plain == pytest.approx(1 / (1 + np.exp(-4)))


@pytest.mark.parametrize("exits", [1, 2, 4])
def test_thresholds_of_the_wrong_number(exits):
    policy = Policy(score="entropy", thresholds=(0.1, 0.2))
    with pytest.raises(SpecError, match=f"{exits} exits needs {exits - 1} thresholds .* got 2"):
        policy.decide(np.zeros((1, exits)))


@pytest.mark.parametrize("wrong", [{"thresholds": (nan,)}, {"thresholds": ("0.1",)}, {"thresholds": (True,)}])
def test_thresholds_that_are_none(wrong):
    with pytest.raises(SpecError, match="thresholds must be numbers"):
        Policy(score="entropy", **wrong)


@pytest.mark.parametrize("wrong", [(0.0, 1.0), (1.0, -1.0), (1.0, inf), (1.0, nan), (1.0,)])
def test_temperatures_that_are_none(wrong):
    with pytest.raises(SpecError, match="temperatures"):
        Policy(score="entropy", thresholds=(0.1,), temperatures=wrong)


def test_an_unknown_score():
    with pytest.raises(UnknownName, match="margin"):
        Policy(score="margins", thresholds=(0.1,))


thresholds = st.lists(st.floats(allow_nan=False), max_size=4).map(tuple)


@given(st.sampled_from(sorted(SCORES)), thresholds, st.booleans())
def test_json_and_back(name, values, cooled):
    temperatures = (1.5,) * (len(values) + 1) if cooled else ()
    policy = Policy(score=name, thresholds=values, temperatures=temperatures)
    assert from_json(policy.as_json()) == policy
    json.loads(policy.as_json(), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_infinite_thresholds_are_words():
    assert json.loads(Policy(score="entropy", thresholds=(-inf, inf)).as_json())["thresholds"] == ["never", "always"]
    assert json.loads(Policy(score="margin", thresholds=(-inf, inf)).as_json())["thresholds"] == ["always", "never"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        ("[]", "JSON object, got list"),
        ("{}", "has no schema, score, thresholds"),
        ('{"schema": 1, "score": "entropy", "thresholds": [1], "more": 1}', "unknown keys more"),
        ('{"schema": 2, "score": "entropy", "thresholds": [1]}', "schema 2 cannot be read"),
        ('{"schema": 1, "score": "entropy", "thresholds": 1}', "thresholds must be a list"),
        ('{"schema": 1, "score": "entropy", "thresholds": ["soon"]}', "not a threshold .* 'soon'"),
        ('{"schema": 1, "score": "entropy", "thresholds": [true]}', "not a threshold"),
        ('{"schema": 1, "score": "entropy", "thresholds": [NaN]}', "must be numbers"),
        ('{"schema": 1, "score": 3, "thresholds": [1]}', "score must be a name"),
        ('{"schema": 1, "score": "entropy", "thresholds": [1], "temperatures": [null, 1]}', "not a temperature: None"),
    ],
)
def test_texts_that_are_no_policy(text, said):
    with pytest.raises(SpecError, match=said):
        from_json(text)


def test_a_file_that_cannot_be_read_says_why_and_its_name_once(tmp_path):
    with pytest.raises(EffbenchError) as caught:
        read(tmp_path / "none.json")
    assert str(caught.value) == f"policy {tmp_path / 'none.json'} cannot be read: No such file or directory"
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    with pytest.raises(EffbenchError, match="cannot be read: 'utf-8' codec"):
        read(tmp_path / "bytes.json")


def test_words_mean_what_they_say_for_either_kind_of_score():
    assert threshold("never", "entropy") == -inf
    assert threshold("never", "margin") == inf
    assert threshold(3, "entropy") == 3.0
