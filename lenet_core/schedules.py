"""Learning-rate schedules: the share of the optimizer's rate at each point of a run.

Each is a function of `t`, the part of the run's steps that is done (0 at the first step, below 1
at the last one), and returns a factor: `fit` steps with `optimizer.lr * schedule(t)`. To change a
setting: `functools.partial(one_cycle, warmup=0.2)`.
"""

import math


def constant(t):
    """Return 1: the same rate for the whole run."""
    return 1.0


def step(t, at=(0.5, 0.75), factor=0.1):
    """Return `factor` to the power of how many of the points `at` lie behind."""
    return factor ** sum(t >= point for point in at)


def cosine(t):
    """Return half a period of the cosine, from 1 to 0: (1 + cos(pi t)) / 2."""
    return 0.5 * (1 + math.cos(math.pi * t))


def one_cycle(t, warmup=0.3, start=0.04):
    """Return a straight line from `start` to 1 while t < `warmup`, then `cosine` down to 0.

    After Smith & Topin (2018), "Super-convergence": low, high, and out to 0. Their way down is a
    straight line; the cosine is a later habit.
    """
    if not 0 <= warmup < 1:
        raise ValueError(f"warmup must be a number in [0, 1), got {warmup!r}")
    if t < warmup:
        return start + (1 - start) * t / warmup
    return cosine((t - warmup) / (1 - warmup))


SCHEDULES = {schedule.__name__: schedule for schedule in (constant, step, cosine, one_cycle)}
