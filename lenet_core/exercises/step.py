"""Checkers of the chapter "Take a step"."""

import numpy as np

from .checker import Case, NotStarted, WrongAnswer, attempt, close, run_cases, same

# ---- two steps in a valley by hand
CURVATURE, START, LR, MOMENTUM = np.array([1.0, 3.0]), np.array([4.0, 4.0]), 0.5, 0.5


def valley_path(momentum=0.0, lr=LR, curvature=CURVATURE, keep=1.0):
    """Return the points after two steps from START; `keep` scales the gradient's share."""
    w, v, path = START, np.zeros(2), []
    for _ in range(2):
        v = momentum * v - keep * lr * curvature * w
        w = w + v
        path.append(w)
    return np.array(path)


def valley_hints(momentum):
    """Return the two points that common slips give, each with its hint."""
    right = valley_path(momentum)
    from_start = np.array([right[0], right[0] + right[0] - START])
    return [
        (valley_path(momentum, -LR), "a step goes against the gradient: minus lr times g"),
        (valley_path(momentum, curvature=np.ones(2)), "the slope along w2 is 3 w2, not w2"),
        (valley_path(momentum, 2 * LR), "the slope of w * w / 2 is w: the 2 cancels"),
        (np.diff([START, *right], axis=0), "these are the steps; add each to the point before it"),
        (from_start, "step 2 needs the gradient at the new point, not the one of the start"),
    ]


def valley(plain, momentum):
    """Check the points after two steps, without and with momentum 0.5; None is not started."""
    for answer in (plain, momentum):
        if any(value is None for value in np.array(answer, dtype=object).ravel()):
            raise NotStarted("valley: replace each None by a number")
    same("valley, no momentum", plain, valley_path(), valley_hints(0.0), reveal=False)
    right = valley_path(MOMENTUM)
    hints = [
        (valley_path(), "these are the points without momentum: keep half of the last step"),
        (valley_path(-MOMENTUM), "the last step keeps its sign: plus m v"),
        (valley_path(MOMENTUM, keep=1 - MOMENTUM), "the gradient counts in full: m v - lr g"),
        (
            [right[0], MOMENTUM * right[0] - LR * CURVATURE * right[0]],
            "m multiplies the last step, not the last point",
        ),
        *valley_hints(MOMENTUM),
    ]
    same("valley, momentum 0.5", momentum, right, hints, reveal=False)
    print("valley: right, all four points")


# ---- the limit of the starting weights
def starting_limit(function):
    """Check function(shape, gain) -> a, so that U(-a, a) has the variance gain^2 / fan-in."""
    sizes = {
        "C1, gain 1": ((6, 1, 5, 5), 1.0),
        "C3, gain 1": ((16, 6, 5, 5), 1.0),
        "F6, gain 1": ((120, 84), 1.0),
        "C5, gain 0.1": ((120, 16, 5, 5), 0.1),
        "the output layer, gain 3": ((84, 10), 3.0),
    }
    run_cases("limit", function, [limit_case(label, *size) for label, size in sizes.items()], 1e-4)


def limit_case(label, shape, gain):
    """Return the case of the weights of one layer."""
    conv = len(shape) == 4
    fan_in, other = (np.prod(shape[1:]), shape[0]) if conv else shape
    pixels, everything = np.prod(shape[-2:]), np.prod(shape)
    channels = shape[1] if conv else shape[0]
    right = gain * np.sqrt(3 / fan_in)
    other_name = "the number of kernels" if conv else "the number of units: Dense has W (in, out)"
    hints = (
        (gain / np.sqrt(fan_in), "this is the wanted standard deviation; a is larger: a * a / 3"),
        (gain**2 / fan_in, "this is the wanted variance, not the limit: a * a / 3 equals it"),
        (np.sqrt(3 / fan_in), "the gain is missing"),
        (gain * np.sqrt(3 / fan_in) / 3, "a * a / 3 is the variance: multiply by 3, not divide"),
        (np.sqrt(3 * gain / fan_in), "the variance grows with the square of the gain"),
        (gain**2 * np.sqrt(3 / fan_in), "a grows with the gain itself: its square is in a * a"),
        (gain * 2.4 / fan_in, "this is the rule of the paper, 2.4 / F"),
        (gain * np.sqrt(3 / other), f"you divided by {other_name}"),
        (gain * np.sqrt(3 / pixels), "a kernel reads all the channels: F = C kh kw"),
        (gain * np.sqrt(3 / channels), "a kernel reads kh kw pixels of each channel: F = C kh kw"),
        (gain * np.sqrt(3 / everything), "F counts the inputs of one unit, not all the weights"),
    )
    return Case(label, (shape, gain), float(right), hints)


# ---- a step with momentum
ONE = {"W": [4.0, -2.0]}
TWO = {"W": [4.0, -2.0], "b": [1.0, 1.0]}
TABLE = {"W": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "b": [0.5]}


def momentum_step(function):
    """Check function(params, grads, velocity, lr, momentum): one step, in place, three dicts."""
    for label, start, momentum, rates in [
        ("one array, two steps without momentum", ONE, 0.0, (0.25, 0.25)),
        ("one array, momentum 0.5, three steps", ONE, 0.5, (0.25, 0.25, 0.25)),
        ("two arrays of one shape, momentum 0.5", TWO, 0.5, (0.25, 0.25, 0.25)),
        ("a table and a bias, momentum 0.9", TABLE, 0.9, (0.25, 0.25, 0.25, 0.25)),
        ("a rate that falls, momentum 0.5", TWO, 0.5, (0.5, 0.25, 0.125)),
    ]:
        check_steps(function, label, start, momentum, rates)
    print("step: right in all 5 cases")


def check_steps(function, label, start, momentum, rates):
    """Check one step from the weights `start` for each of the rates."""
    rng = np.random.default_rng(len(start))
    shapes = {name: np.shape(value) for name, value in start.items()}
    grads = [{k: rng.integers(1, 9, s) + 0.0 for k, s in shapes.items()} for _ in rates]
    case = Case(label, (grads,), None)
    got, rebound, spoilt = attempt("step", lambda g: run(function, start, g, momentum, rates), case)
    expected = run(reference_step, start, grads, momentum, rates)[0]
    if spoilt:
        raise WrongAnswer(f"{label}: grads was changed; it belongs to the layers")
    if rebound and not close(got, expected, 1e-6):
        raise WrongAnswer(
            f"{label}: params holds a new array\nHint: a layer still has the old one. "
            "Write into it: p += v, or p[...] = ..."
        )
    inputs = {"start": start, "gradients of the steps": grads, "rates of the steps": rates}
    same(f"{label}: all the weights", got, expected, step_hints(start, grads, momentum, rates),
         inputs=inputs, reveal=False)  # fmt: skip


def run(function, start, gradients, momentum, rates):
    """Return the weights after the steps, whether params was rebound, whether grads changed."""
    layer = {name: np.array(value) for name, value in start.items()}
    params, velocity, spoilt = dict(layer), {}, False
    for grads, lr in zip(gradients, rates, strict=True):
        given = {name: g.copy() for name, g in grads.items()}
        function(params, given, velocity, lr, momentum)
        spoilt = spoilt or any(not np.array_equal(given[k], grads[k]) for k in grads)
    rebound = any(params[name] is not layer[name] for name in layer)
    return np.concatenate([value.ravel() for value in layer.values()]), rebound, spoilt


def reference_step(params, grads, velocity, lr, momentum):
    """Take one step with momentum, in place."""
    for name, p in params.items():
        velocity[name] = momentum * velocity.get(name, 0.0) - lr * grads[name]
        p += velocity[name]


def step_hints(start, grads, momentum, rates):
    """Return the weights that common slips end with, each with its hint."""
    mistakes = (
        (lambda *_: None, "the weights have not changed: p = p + v gives a new array the name p;\n"
                          "p += v writes into the array of the layer"),
        (uphill_step, "the step goes up the slope: minus lr times the gradient"),
        (without_momentum, "these are steps without momentum: put the velocity back into "
                           "velocity[name],\nor the next call cannot find it"),
        (late_step, "the weight moved by the old velocity: first renew v, then move p"),
        (shared_step, "the arrays share one velocity: each name needs its own"),
        (averaged_step, "your velocity is an average, m v - (1 - m) lr g: here g counts in full"),
        (backward_step, "the velocity keeps its sign: plus m v"),
        (nesterov_step, "this is the step of Nesterov: here p moves by v alone"),
        (eager_step, "the first step is too long: the velocity starts at 0"),
        (summed_step, "the velocity holds steps, m v - lr g: each g keeps the rate of its call"),
    )  # fmt: skip
    hints = []
    for mistake, hint in mistakes:
        hints.append((run(mistake, start, grads, momentum, rates)[0], hint))
    return hints


def uphill_step(params, grads, velocity, lr, momentum):
    """Step with the wrong sign."""
    reference_step(params, grads, velocity, -lr, momentum)


def without_momentum(params, grads, velocity, lr, momentum):
    """Step as if the velocity were 0 each time."""
    reference_step(params, grads, {}, lr, momentum)


def late_step(params, grads, velocity, lr, momentum):
    """Move first, then renew the velocity."""
    for name, p in params.items():
        p += velocity.get(name, 0.0)
        velocity[name] = momentum * velocity.get(name, 0.0) - lr * grads[name]


def shared_step(params, grads, velocity, lr, momentum):
    """Keep one velocity for all the arrays."""
    for name, p in params.items():
        v = momentum * velocity.get("v", 0.0) - lr * grads[name]
        if np.shape(v) != p.shape:
            return
        velocity["v"] = v
        p += v


def averaged_step(params, grads, velocity, lr, momentum):
    """Keep an average of the steps."""
    reference_step(params, grads, velocity, lr * (1 - momentum), momentum)


def backward_step(params, grads, velocity, lr, momentum):
    """Turn the last step around."""
    reference_step(params, grads, velocity, lr, -momentum)


def nesterov_step(params, grads, velocity, lr, momentum):
    """Move by what the next velocity would be, were the gradient the same."""
    reference_step(params, grads, velocity, lr, momentum)
    for name, p in params.items():
        p += (momentum - 1) * velocity[name] - lr * grads[name]


def eager_step(params, grads, velocity, lr, momentum):
    """Start the velocity at the first step."""
    for name in params:
        velocity.setdefault(name, -lr * grads[name])
    reference_step(params, grads, velocity, lr, momentum)


def summed_step(params, grads, velocity, lr, momentum):
    """Sum the gradients alone, and multiply the sum by the rate of today."""
    for name, p in params.items():
        velocity[name] = momentum * velocity.get(name, 0.0) + grads[name]
        p -= lr * velocity[name]


# ---- the bug: one velocity for all
def descend(function):
    """Check function(weights, curvatures, lr, momentum, steps) -> weights, lists of arrays."""
    drawn = {
        "one array, momentum 0.5": ([[8.0, 4.0]], [1.0], 0.5, 0.5, 2),
        "two arrays, no momentum": ([[8.0, 4.0], [2.0, 6.0]], [1.0, 2.0], 0.5, 0.0, 2),
        "two arrays, momentum 0.5, one step": ([[8.0, 4.0], [2.0, 6.0]], [1.0, 2.0], 0.5, 0.5, 1),
        "two arrays, momentum 0.5": ([[8.0, 4.0], [2.0, 6.0]], [1.0, 2.0], 0.5, 0.5, 3),
        "three arrays, momentum 0.9": ([[1.0], [2.0], [3.0]], [1.0, 3.0, 0.5], 0.1, 0.9, 4),
    }
    run_cases("descend", function, [descend_case(label, *args) for label, args in drawn.items()])


def descend_case(label, weights, curvatures, lr, momentum, steps):
    """Return the case with what common slips would end with."""
    arguments = ([np.array(w) for w in weights], curvatures, lr, momentum, steps)

    def ends(function=reference_step, momentum=momentum):
        params, velocity = dict(enumerate(map(np.array, weights))), {}
        for _ in range(steps):
            grads = {k: curvatures[k] * p for k, p in params.items()}
            function(params, grads, velocity, lr, momentum)
        return list(params.values())

    hints = (
        (ends(shared_in_turn), "all velocities are one array: ask velocities[0] is velocities[1]"),
        (ends(momentum=0.0), "these are steps without momentum: the velocities have to last"),
        (ends(uphill_step), "the step goes up the slope"),
        (ends(averaged_step), "the gradient counts in full: m v - lr g"),
        (ends(late_step), "first renew the velocity, then move the weight"),
        ([np.array(w) for w in weights], "the weights have not moved: write into w, w += v"),
    )
    return Case(label, arguments, ends(), hints)


def shared_in_turn(params, grads, velocity, lr, momentum):
    """Use one array as the velocity of each array of weights in turn."""
    v = velocity.setdefault("v", np.zeros_like(params[0]))
    for name, p in params.items():
        v *= momentum
        v -= lr * grads[name]
        p += v


# ---- the largest rate
def largest_rate(function):
    """Check function(curvature, momentum) -> the largest rate that is stable, to 1 %."""
    cases = {
        "curvature 1, no momentum": (1.0, 0.0),
        "curvature 0.4, no momentum": (0.4, 0.0),
        "curvature 0.4, momentum 0.25": (0.4, 0.25),
        "curvature 2, momentum 0.6": (2.0, 0.6),
        "curvature 0.25, momentum 0.9": (0.25, 0.9),
    }
    run_cases("rate", function, [rate_case(label, *args) for label, args in cases.items()], 0.01)


TOO_HIGH = (
    "is this the upper end of your interval? It has to lie above the limit, and a w that has\n"
    "grown to nan has grown: nan > 1 is False"
)


def rate_case(label, curvature, momentum):
    """Return the case with the limits that other rules give."""
    hints = (
        (1 / curvature, "this rate is at the bottom after one step; look for the last stable one"),
        (2 / curvature, "this is the limit without momentum: does each step use the velocity?\n"
                        "If it does, halve an interval that reaches higher"),
        (2 * (1 - momentum) / curvature, "you took 1 - m for the momentum, or guessed: measure it"),
        (2 / (1 - momentum) / curvature, "a guess from 1 / (1 - m)? Measure it"),
        (2.0, "do the steps use the curvature? The slope is curvature * w"),
        (0.0, "the bisection went down to 0: is the test of growth turned around?"),
        *((top / scale, TOO_HIGH) for top in (3, 4, 5, 10, 20, 100) for scale in (curvature, 1)),
    )  # fmt: skip
    return Case(label, (curvature, momentum), 2 * (1 + momentum) / curvature, hints)


# ---- a step for each weight
class Slope:
    """The gradient of w A w / 2 plus the sum of c w^4 / 4, a function that can be shown."""

    def __init__(self, A, c=0.0):
        self.A, self.c = np.array(A, dtype=float), c

    def __call__(self, w):
        """Return the gradient at `w`."""
        return self.A @ w + self.c * w**3

    def __repr__(self):
        cubic = f" + {self.c:g} * w**3" if self.c else ""
        return f"lambda w: np.array({self.A.tolist()}) @ w{cubic}"


def diagonal_step(function):
    """Check function(gradient, w, lr, mu) -> w - lr / (mu + h) g, with h each weight's own."""
    valley, turned = [[1, 0], [0, 9]], [[5, -4], [-4, 5]]
    cases = {
        "one weight": (Slope([[4]]), np.array([3.0]), 0.5, 0.0),
        "the valley, mu = 0": (Slope(valley), np.array([5.0, 5.0]), 0.5, 0.0),
        "the valley, mu = 1": (Slope(valley), np.array([5.0, 5.0]), 0.8, 1.0),
        "the valley turned by 45 degrees": (Slope(turned), np.array([1.0, 3.0]), 1.0, 0.5),
        "no parabola": (Slope(valley, 2.0), np.array([1.0, 0.5]), 0.5, 0.02),
    }
    steps = [diagonal_case(label, *args) for label, args in cases.items()]
    run_cases("diagonal", function, steps, 1e-5)


def diagonal_case(label, gradient, w, lr, mu):
    """Return the case with what common slips give."""
    g, H = gradient(w), gradient.A + np.diag(3 * gradient.c * w**2)
    h = np.diag(H)
    hints = (
        (w - lr * g, "this is a plain step: divide each rate by mu plus the curvature"),
        (w + lr / (mu + h) * g, "the step goes up the slope"),
        (w - lr / h * g, "mu is missing: it keeps the step finite where the curve is flat"),
        (w - lr / (mu + H.sum(axis=0)) * g, "move one weight at a time, and put it back"),
        (w - lr / (mu + np.linalg.norm(H, axis=0)) * g, "of the change of the gradient, weight k "
                                                        "needs entry k, not the length"),
        (w - lr / (mu + 2 * h) * g, "the two points lie 2 h apart: divide by 2 h"),
        (w - lr / (mu + h / 2) * g, "the two points lie 2 h apart, not 4 h"),
        (w - lr / (mu + g**2) * g, "the squared gradient is no curvature: difference the gradient"),
        (lr / (mu + h) * g, "this is the step: take it from w"),
    )  # fmt: skip
    return Case(label, (gradient, w, lr, mu), w - lr / (mu + h) * g, hints)
