"""Schedules: their values at points where they are known, and their course in between."""

import math
from functools import partial

import numpy as np
import pytest

from lenet_core.schedules import SCHEDULES, constant, cosine, one_cycle, step

T = np.linspace(0, 1, 1001)[:-1].tolist()


def values(schedule):
    return np.array([schedule(t) for t in T])


def test_each_schedule_is_known_by_its_name():
    assert SCHEDULES == {
        "constant": constant,
        "step": step,
        "cosine": cosine,
        "one_cycle": one_cycle,
    }


def test_the_constant_one_is_exactly_one():
    assert set(values(constant)) == {1.0}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_the_rate_is_never_exceeded_is_reached_and_is_above_zero_in_every_step(schedule):
    assert values(schedule).max() == pytest.approx(1, abs=1e-12)
    assert values(schedule).max() <= 1
    assert values(schedule).min() > 0
    assert {type(schedule(t)) for t in T} == {float}


STEPS = {0: 1.0, 0.4999: 1.0, 0.5: 0.1, 0.7499: 0.1, 0.75: 0.1**2, 0.9999: 0.1**2}


@pytest.mark.parametrize(("t", "want"), STEPS.items())
def test_a_step_comes_exactly_at_its_point(t, want):
    assert step(t) == want


def test_points_and_factor_of_the_steps_may_be_given():
    three = partial(step, at=(0.25, 0.5, 0.75), factor=0.5)
    assert [three(t) for t in (0, 0.25, 0.5, 0.75)] == [1, 0.5, 0.25, 0.125]
    assert step(0.9, at=()) == 1


COSINES = {0: 1, 1 / 3: 3 / 4, 1 / 2: 1 / 2, 2 / 3: 1 / 4, 1: 0}


@pytest.mark.parametrize(("t", "want"), COSINES.items())
def test_the_cosine_at_known_angles(t, want):
    assert cosine(t) == pytest.approx(want, abs=1e-15)


def test_the_cosine_only_falls_and_does_so_alike_on_both_sides_of_its_middle():
    assert (np.diff(values(cosine)) < 0).all()
    np.testing.assert_allclose([cosine(t) + cosine(1 - t) for t in T], 1, rtol=0, atol=1e-15)


def test_one_cycle_rises_in_a_straight_line_from_its_start():
    assert one_cycle(0) == 0.04
    assert one_cycle(0.15) == pytest.approx((0.04 + 1) / 2, rel=1e-15)
    rise = np.diff([one_cycle(t) for t in T[:300]])
    np.testing.assert_allclose(rise, 0.96 / 300, rtol=1e-11)


def test_one_cycle_falls_as_half_a_period_of_the_cosine():
    assert one_cycle(0.3) == 1
    assert one_cycle(0.65) == pytest.approx(0.5, abs=1e-15)
    for part in (0.1, 0.25, 0.9, 1):
        want = (1 + math.cos(math.pi * part)) / 2
        assert one_cycle(0.3 + 0.7 * part) == pytest.approx(want, abs=1e-15)


def test_one_cycle_makes_no_jump():
    assert np.abs(np.diff(values(one_cycle))).max() < 0.004  # 1,000 steps


@pytest.mark.parametrize("warmup", [0.1, 0.25, 0.5])
def test_warmup_and_start_of_one_cycle_may_be_given(warmup):
    cycle = partial(one_cycle, warmup=warmup, start=0.5)
    assert cycle(0) == 0.5
    assert cycle(warmup / 2) == 0.75
    assert cycle(warmup) == 1
    assert T[values(cycle).argmax()] == warmup
    assert cycle((1 + warmup) / 2) == pytest.approx(0.5, abs=1e-15)


def test_without_warmup_one_cycle_is_the_cosine():
    assert [one_cycle(t, warmup=0) for t in T] == [cosine(t) for t in T]


@pytest.mark.parametrize("warmup", [-0.1, 1, 1.5])
def test_one_cycle_refuses_a_way_up_that_leaves_no_way_down(warmup):
    with pytest.raises(ValueError, match=r"warmup must be a number in \[0, 1\), got"):
        one_cycle(0.5, warmup=warmup)
