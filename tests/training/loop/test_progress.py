"""What a training says of itself, under a clock that is set by hand."""

from __future__ import annotations

from effbench.training.loop.progress import EVERY, Meter


def test_rate_and_time_left():
    """Steps of 10 images every 0.5 s are 20 images/s; after 2 of 8 steps 6 are left: 3 s."""
    time, told = [0.0], []
    meter = Meter(told.append, epochs=2, steps=8, images=10, clock=lambda: time[0])
    for step in (1, 2):
        time[0] += 0.5
        meter.step(0, step, lambda: 0.25)
    assert told[-1] == (1, 2, 2, 8, 0.25, 20.0, 3.0)


def test_the_loss_is_read_only_now_and_then():
    time, read = [0.0], []
    meter = Meter(lambda now: None, epochs=1, steps=100, images=1, clock=lambda: time[0])
    for step in range(1, 101):
        time[0] += EVERY / 10
        meter.step(0, step, lambda: read.append(1) or 0.0)
    assert 8 <= len(read) <= 10


def test_a_resumed_session_counts_its_own_steps():
    """Step 7 of 8 is this session's first; it took 2 s, so 2 s are left."""
    time, told = [0.0], []
    meter = Meter(told.append, epochs=2, steps=8, images=10, clock=lambda: time[0])
    time[0] = 2.0
    meter.step(1, 7, lambda: 1.0)
    assert (told[0].images_per_s, told[0].remaining) == (5.0, 2.0)


def test_nobody_listens():
    Meter(None, epochs=1, steps=1, images=1).step(0, 1, lambda: 1 / 0)
