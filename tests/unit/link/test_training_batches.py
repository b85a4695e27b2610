"""Batches of arrays: every sample once a turn, in an order that the epoch's number alone decides."""

from __future__ import annotations

import types

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.link.training.batches import batches_of, split
from modelspec.link.training.feed import Samples

NO_MODEL = types.SimpleNamespace()


def epoch_of(batches, epoch):
    batches.epoch = epoch
    return [batches[at] for at in range(len(batches))]


def seen(batches, epoch):
    return [int(number) for (x,) in epoch_of(batches, epoch) for number in x]


@given(
    count=st.integers(1, 60),
    size=st.integers(1, 20),
    seed=st.integers(0, 2**32 - 1),
    shuffle=st.sampled_from([True, False, "batch"]),
)
@settings(max_examples=60, deadline=None)
def test_an_epoch_has_every_sample_once_whatever_was_read_before(count, size, seed, shuffle):
    def made():
        return batches_of(
            Samples(np.arange(count)), NO_MODEL, {"batch_size": size, "shuffle": shuffle}, seed=seed
        )

    batches = made()
    orders = [seen(batches, epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(count)) for order in orders)
    assert seen(made(), 2) == orders[2]
    if not shuffle:
        assert orders[0] == list(range(count))


def test_shuffling_batches_keeps_what_is_in_them_and_the_short_one_last():
    batches = batches_of(Samples(np.arange(10)), NO_MODEL, {"batch_size": 4, "shuffle": "batch"}, seed=1)
    read = [x.tolist() for (x,) in epoch_of(batches, 0)]
    assert sorted(read[:2]) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert read[2] == [8, 9]


def test_with_fewer_steps_the_next_epoch_goes_on_where_this_one_ended():
    arguments = {"batch_size": 2, "steps_per_epoch": 3}
    batches = batches_of(Samples(np.arange(10)), NO_MODEL, arguments, seed=1)
    first, second = seen(batches, 0), seen(batches, 1)
    assert (len(first), len(second)) == (6, 6)
    assert sorted(first + second[:4]) == list(range(10))


def test_two_epochs_differ_and_two_seeds_differ():
    def order(seed, epoch):
        return seen(batches_of(Samples(np.arange(50)), NO_MODEL, {}, seed=seed), epoch)

    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_inputs_get_the_dtype_that_the_model_reads_and_labels_stay_whole():
    inputs = keras.Input((2,), name="a"), keras.Input((), name="b", dtype="int32")
    model = keras.Model(list(inputs), keras.layers.Dense(1)(inputs[0]))
    samples = Samples(
        {"a": np.ones((3, 2), np.uint8), "b": np.arange(3, dtype=np.int64)},
        np.arange(3, dtype=np.uint8),
        np.ones(3, np.float64),
    )
    x, y, weight = batches_of(samples, model, {}, seed=0)[0]
    assert (x["a"].dtype, x["b"].dtype, y.dtype, weight.dtype) == (
        np.float32,
        np.int32,
        np.uint8,
        np.float32,
    )


@pytest.mark.parametrize("count", [10, 1797, 7])
@pytest.mark.parametrize("fraction", [0.2, 0.25, 1 / 3])
def test_a_share_for_validation_is_what_keras_takes(count, fraction):
    samples = Samples(np.arange(count), np.arange(count) * 2)
    training, validation = split(samples, fraction)
    kept = int(np.floor(count * (1.0 - fraction)))
    assert (len(training.x), len(validation.x)) == (kept, count - kept)
    assert np.array_equal(np.concatenate([training.y, validation.y]), samples.y)


def test_a_share_that_leaves_nothing_is_told():
    with pytest.raises(ValueError, match="2 samples are too few"):
        split(Samples(np.arange(2)), 0.9)
