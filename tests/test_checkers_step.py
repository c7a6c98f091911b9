"""Every checker of "Take a step" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import checker_tests

from lenet_core.exercises import step as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- two steps by hand: (plain, momentum)
PLAIN, MOMENTUM = [[2, -2], [1, 1]], [[2, -2], [0, -2]]
HAND_RIGHT = {
    "lists": (PLAIN, MOMENTUM),
    "float32 arrays": (np.array(PLAIN, np.float32), np.array(MOMENTUM, np.float32)),
}
HAND_WRONG = {  # answer, words of the hint
    "uphill": (([[6, 10], [9, 25]], MOMENTUM), "against the gradient"),
    "curvature forgotten": (([[2, 2], [1, 1]], MOMENTUM), "3 w2"),
    "slope of the whole square": (([[0, -8], [0, 16]], MOMENTUM), "the 2 cancels"),
    "the steps": (([[-2, -6], [-1, 3]], MOMENTUM), "these are the steps"),
    "gradient of the start": (([[2, -2], [0, -8]], MOMENTUM), "not the one of the start"),
    "one point": (([2, -2], MOMENTUM), "shape"),
    "a slip": (([[2, -2], [1, 2]], MOMENTUM), "values differ"),
    "momentum left out": ((PLAIN, PLAIN), "without momentum"),
    "last step turned": ((PLAIN, [[2, -2], [2, 4]]), "keeps its sign"),
    "an average": ((PLAIN, [[3, 1], [1.75, -1.25]]), "in full"),
    "share of the point": ((PLAIN, [[2, -2], [0, 2]]), "not the last point"),
}


@pytest.mark.parametrize("answer", HAND_RIGHT.values(), ids=HAND_RIGHT.keys())
def test_right_points_pass(answer, capsys):
    check.valley(*answer)
    assert "all four points" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_points_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.valley(*answer)
    assert "expected:" not in str(caught.value)


def test_points_that_are_not_filled_in_are_not_wrong():
    with pytest.raises(NotStarted, match="replace each None"):
        check.valley(PLAIN, [[2, -2], [None, None]])


# --- functions
def fan_in(shape):
    return np.prod(shape[1:]) if len(shape) == 4 else shape[0]


def limit_by_variance(shape, gain):
    return float((3 * gain**2 / fan_in(shape)) ** 0.5)


def my_step(params, grads, velocity, lr, momentum):
    for name, p in params.items():
        v = velocity.setdefault(name, np.zeros_like(p))
        v *= momentum
        v -= lr * grads[name]
        p += v


def step_by_assignment(params, grads, velocity, lr, momentum):
    for name in params:
        velocity[name] = momentum * velocity.get(name, 0) - lr * grads[name]
        params[name][...] = params[name] + velocity[name]


def step_that_rebinds(params, grads, velocity, lr, momentum):
    for name in params:
        velocity[name] = momentum * velocity.get(name, 0) - lr * grads[name]
        params[name] = params[name] + velocity[name]


def step_on_a_name(params, grads, velocity, lr, momentum):
    for name, p in params.items():
        velocity[name] = momentum * velocity.get(name, 0) - lr * grads[name]
        p = p + velocity[name]


def step_that_spoils(params, grads, velocity, lr, momentum):
    for name, g in grads.items():
        g *= lr
        velocity[name] = momentum * velocity.get(name, 0) - g
        params[name] += velocity[name]


def descend_with(make, momentum_of=lambda m: m, sign=1, fresh=False):
    """Return a function that descends with velocities from `make`, and its mistakes."""

    def descend(weights, curvatures, lr, momentum, steps):
        velocities = make(weights)
        for _ in range(steps):
            velocities = make(weights) if fresh else velocities
            for w, kappa, v in zip(weights, curvatures, velocities, strict=True):
                v *= momentum_of(momentum)
                v -= sign * lr * kappa * w
                w += v
        return weights

    return descend


def own(weights):
    return [np.zeros_like(w) for w in weights]


def shared(weights):
    return [np.zeros_like(weights[0])] * len(weights)


def descend_all_at_once(weights, curvatures, lr, momentum, steps):
    w, v = np.array(weights), np.zeros_like(weights)
    for _ in range(steps):
        v = momentum * v - lr * np.array(curvatures)[:, None] * w
        w = w + v
    return w


def descend_late(weights, curvatures, lr, momentum, steps):
    velocities = own(weights)
    for _ in range(steps):
        for w, kappa, v in zip(weights, curvatures, velocities, strict=True):
            g = kappa * w
            w += v
            v *= momentum
            v -= lr * g
    return weights


def grows(lr, curvature, momentum, steps=400):
    w, v = 1.0, 0.0
    for _ in range(steps):
        v = momentum * v - lr * curvature * w
        w += v
        if abs(w) > 1e6:
            return True
    return abs(w) > 1


def grows_unless_nan(lr, curvature, momentum):
    w, v = 1.0, 0.0
    for _ in range(2000):
        v = momentum * v - lr * curvature * w
        w += v
    return abs(w) > 1


def bisect(curvature, momentum, grows=grows):
    low, high = 0.0, 10 / curvature
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if grows(middle, curvature, momentum) else (middle, high)
    return low


def curvatures(gradient, w, h=1e-4):
    moves = h * np.eye(len(w))
    rows = [(gradient(w + move) - gradient(w - move)) / (2 * h) for move in moves]
    return np.diag(rows)


def diagonal(gradient, w, lr, mu):
    return w - lr / (mu + curvatures(gradient, w)) * gradient(w)


def diagonal_in_a_loop(gradient, w, lr, mu):
    new, h = w.copy(), 1e-5
    for k in range(len(w)):
        move = np.zeros_like(w)
        move[k] = h
        own = (gradient(w + move)[k] - gradient(w - move)[k]) / (2 * h)
        new[k] -= lr * gradient(w)[k] / (mu + own)
    return new


def all_moved(gradient, w, lr, mu, h=1e-4):
    own = (gradient(w + h) - gradient(w - h)) / (2 * h)
    return w - lr / (mu + own) * gradient(w)


def by_length(gradient, w, lr, mu, h=1e-4):
    moves = h * np.eye(len(w))
    rows = [(gradient(w + move) - gradient(w - move)) / (2 * h) for move in moves]
    return w - lr / (mu + np.linalg.norm(rows, axis=1)) * gradient(w)


RIGHT = {
    check.starting_limit: [
        limit_by_variance,
        lambda shape, gain: gain * np.sqrt(3) / np.sqrt(fan_in(shape)),
    ],
    check.momentum_step: [my_step, step_by_assignment],
    check.descend: [descend_with(own), descend_all_at_once],
    check.largest_rate: [bisect, lambda curvature, momentum: 2 * (1 + momentum) / curvature],
    check.diagonal_step: [diagonal, diagonal_in_a_loop],
}
WRONG = {  # function, words of the message
    check.starting_limit: [
        (lambda shape, gain: gain / np.sqrt(fan_in(shape)), "standard deviation"),
        (lambda shape, gain: gain**2 / fan_in(shape), "wanted variance"),
        (lambda shape, gain: np.sqrt(3 / fan_in(shape)), "the gain is missing"),
        (lambda shape, gain: gain * np.sqrt(1 / 3 / fan_in(shape)), "multiply by 3"),
        (lambda shape, gain: np.sqrt(3 * gain / fan_in(shape)), "square of the gain"),
        (lambda shape, gain: gain**2 * np.sqrt(3 / fan_in(shape)), "gain itself"),
        (lambda shape, gain: gain * 2.4 / fan_in(shape), "rule of the paper"),
        (lambda shape, gain: gain * np.sqrt(3 / np.prod(shape[1:])), "number of units"),
        (lambda shape, gain: gain * np.sqrt(3 / shape[0]), "number of kernels"),
        (lambda shape, gain: gain * np.sqrt(3 / np.prod(shape[-2:])), "all the channels"),
        (lambda shape, gain: gain * np.sqrt(3 / shape[1]), "pixels of each channel"),
        (lambda shape, gain: gain * np.sqrt(3 / np.prod(shape)), "not all the weights"),
        (lambda shape, gain: None, "does it end in return"),
    ],
    check.momentum_step: [
        (step_that_rebinds, "holds a new array"),
        (step_on_a_name, "gives a new array the name p"),
        (step_that_spoils, "grads was changed"),
        (check.uphill_step, "up the slope"),
        (check.without_momentum, "without momentum"),
        (check.late_step, "first renew v"),
        (check.shared_step, "share one velocity"),
        (check.averaged_step, "an average"),
        (check.backward_step, "keeps its sign"),
        (check.nesterov_step, "step of Nesterov"),
        (check.eager_step, "starts at 0"),
        (check.summed_step, "rate of its call"),
        (lambda params: None, "raised TypeError"),
    ],
    check.descend: [
        (descend_with(shared), "one array"),
        (descend_with(own, fresh=True), "have to last"),
        (descend_with(own, sign=-1), "up the slope"),
        (descend_late, "first renew"),
        (lambda weights, *_: weights, "have not moved"),
        (lambda *_: None, "does it end in return"),
    ],
    check.largest_rate: [
        (lambda curvature, momentum: 1 / curvature, "after one step"),
        (lambda curvature, momentum: 2 / curvature, "limit without momentum"),
        (lambda curvature, momentum: 2 * (1 - momentum) / curvature, "1 - m for the momentum"),
        (lambda curvature, momentum: 2 / (1 - momentum) / curvature, "a guess"),
        (lambda curvature, momentum: 2.0, "use the curvature"),
        (lambda *case: bisect(*case, grows=lambda *_: True), "down to 0"),
        (lambda *case: bisect(*case, grows=grows_unless_nan), "nan > 1 is False"),
        (lambda curvature, momentum: "2", "values differ|shape"),
    ],
    check.diagonal_step: [
        (lambda gradient, w, lr, mu: w - lr * gradient(w), "a plain step"),
        (lambda gradient, w, lr, mu: 2 * w - diagonal(gradient, w, lr, mu), "up the slope"),
        (lambda gradient, w, lr, mu: diagonal(gradient, w, lr, 0.0), "mu is missing"),
        (all_moved, "one weight at a time"),
        (
            lambda gradient, w, lr, mu: w - lr / (mu + 2 * curvatures(gradient, w)) * gradient(w),
            "divide by 2 h",
        ),
        (
            lambda gradient, w, lr, mu: w - lr / (mu + gradient(w) ** 2) * gradient(w),
            "squared gradient",
        ),
        (lambda gradient, w, lr, mu: w - diagonal(gradient, w, lr, mu), "take it from w"),
        (by_length, "entry k, not the length"),
    ],
}


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)
