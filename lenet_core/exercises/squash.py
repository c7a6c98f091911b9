"""Checkers of the chapter "Squash a number"."""

import numpy as np

from .checker import Case, NotStarted, WrongAnswer, attempt, named, run_cases, same

A, S = 1.7159, 2 / 3  # eq. 6 of LeCun et al. (1998)
LIMIT = 0.05  # slope below which a unit counts as saturated
LN2, LN3 = np.log(2), np.log(3)
HAND_HINTS = {
    "y": [
        (-15 / 17, "the sign: ln 4 lies above 0"),
        (15 / 8, "this is half the numerator: divide by e^x + e^-x"),
        (15 / 4, "this is the numerator alone: divide by e^x + e^-x"),
        (17 / 15, "upside down: the difference stands above the sum"),
        (0.88, "rounded: write it as a fraction"),
        (3 / 5, "this is tanh(ln 2): with ln 4, e^x is 4"),
    ],
    "slope": [
        (2 / 17, "this is 1 - y: the slope is 1 - y²"),
        (225 / 289, "this is y²: the slope is 1 - y²"),
        (514 / 289, "this is 1 + y²: the slope is 1 - y²"),
        (8 / 17, "this is the root of the slope"),
        (0.22, "rounded: write it as a fraction"),
    ],
    "dx_tanh": [
        (64 / 289, "this is the slope: multiply it by dy"),
        (289, "this is dy: multiply it by the slope"),
        (255, "this is dy · y: multiply dy by the slope"),
        (225, "this is dy · y²: the slope is 1 - y²"),
    ],
    "dx_relu": [
        (289, "at -ln 4 the input is below 0: what is the slope of ReLU there?"),
        (64, "this is what tanh hands back; the slope of ReLU is 0 or 1"),
    ],
}


def hand(y, slope, dx_tanh, dx_relu):
    """Check tanh(ln 4), its slope, and what Tanh (at ln 4) and ReLU (at -ln 4) make of dy = 289.

    Parameters
    ----------
    y, slope, dx_tanh, dx_relu : numbers; None is not started
    """
    answers = {"y": y, "slope": slope, "dx_tanh": dx_tanh, "dx_relu": dx_relu}
    if any(value is None for value in answers.values()):
        raise NotStarted("slopes by hand: replace each None by your number")
    right = {"y": 15 / 17, "slope": 64 / 289, "dx_tanh": 64, "dx_relu": 0}
    for name, value in answers.items():
        same(name, value, right[name], HAND_HINTS[name], reveal=False)
    print("slopes by hand: all four right")


def relu(layer):
    """Check a ReLU: a class with forward(x) and backward(dy)."""
    hand = np.array([-2.0, -1.0, 0.0, 3.0]), np.array([5.0, -4.0, 7.0, 2.0])
    cases = {"the example by hand": relu_case(*hand)}
    for label, shape in {"a batch (3, 4)": (3, 4), "maps (2, 3, 4, 5)": (2, 3, 4, 5)}.items():
        cases[label] = relu_case(drawn(shape), upstream(shape))
    run_layer("ReLU", layer, cases)


def relu_case(x, dy):
    """Return what run_layer needs to know of one input of ReLU."""
    y, dx = np.maximum(x, 0), np.where(x > 0, dy, 0)
    forward_hints = [
        (np.minimum(x, 0), "this is min(x, 0)"),
        (np.abs(x), "this is |x|: below 0 the output is 0"),
        (x, "the input came back as it was"),
    ]
    backward_hints = [
        (dy, "every entry of dy came through: a mask like y >= 0 is true everywhere"),
        (dy * (x >= 0), "at an input of exactly 0 dx is 0 in this book: x > 0, not x >= 0"),
        (dy * y, "dy times the output: the slope of ReLU is 1 there, not y"),
        (dy * x, "dy times the input: the slope of ReLU is 1 or 0, not x"),
        (dy * np.sign(x), "below 0 the slope of ReLU is 0, not -1"),
        ((x > 0) * 1.0, "this is the slope: multiply it by dy"),
        (np.maximum(dy, 0), "the sign of dy does not count: look at the input"),
        (dy * (dy > 0) * (x > 0), "the sign of dy does not count: look at the input"),
        (dy * (x <= 0), "the mask is turned round: dy passes where x > 0"),
    ]
    return x, dy, y, dx, forward_hints, backward_hints


def scaled_tanh(layer):
    """Check y = 1.7159 tanh(2x/3): a class with forward(x) and backward(dy)."""
    inputs = {
        "x = -3/2 ln 3, where tanh(2x/3) is -4/5": np.array([-1.5 * LN3]),
        "x = 0 and x = 1": np.array([0.0, 1.0]),
        "a batch (3, 4)": drawn((3, 4)),
        "maps (2, 3, 4, 5)": drawn((2, 3, 4, 5)),
    }
    run_layer("scaled tanh", layer, {label: scaled_case(x) for label, x in inputs.items()})


def scaled_case(x):
    """Return what run_layer needs to know of one input of the scaled tanh."""
    dy, inner = upstream(x.shape), np.tanh(S * x)
    y, dx = A * inner, dy * A * S * (1 - inner * inner)
    forward_hints = [
        (np.tanh(x), "this is tanh(x), without both constants"),
        (inner, "the factor 1.7159 is missing"),
        (A * np.tanh(x), "the 2/3 is missing: it multiplies x, inside tanh"),
        (A * np.tanh(x / S), "this is 3x/2: multiply by 2/3"),
        (A * S * np.tanh(x), "the 2/3 belongs inside tanh"),
    ]
    backward_hints = [
        (dx / S, "1.5 times too large: the 2/3 inside tanh is a factor of the slope as well\n"
                 "(a gradient check tells it by the relative error 0.5 / 2.5 = 0.20)"),
        (dx / A, "the factor 1.7159 is missing"),
        (dx / (A * S), "both constants are missing: this is the slope of tanh alone"),
        (dy * (1 - y * y), "1 - y² is the slope of plain tanh; here y is 1.7159 times a tanh"),
        (dy * A * S * (1 - y * y), "divide y by 1.7159 before you square it"),
        (dy * A * S * (1 - np.tanh(x) ** 2), "the tanh in the slope is that of 2x/3, not of x"),
        (dy * A * S * (1 - np.tanh(y) ** 2), "y has been through tanh already: square y / 1.7159"),
        (dx / dy, "this is the slope: multiply it by dy"),
    ]  # fmt: skip
    return x, dy, y, dx, forward_hints, backward_hints


def run_layer(exercise, layer, cases):
    """Run forward and backward of a class on each case; print one line when all are right.

    Parameters
    ----------
    cases : {label: (x, dy, y, dx, hints of forward, hints of backward)}
    """

    def forward(x):
        return layer().forward(x)

    def backward(x, dy):
        made = layer()
        made.forward(-x)  # backward has to use what the last forward kept
        made.forward(x)
        return made.backward(dy)

    for label, (x, dy, y, dx, *hints) in cases.items():
        calls = [("forward", forward, (x,), y), ("backward", backward, (x, dy), dx)]
        for (name, function, args, right), told in zip(calls, hints, strict=True):
            case = Case(f"{label}, {name}", args, right)
            got = attempt(exercise, function, case)
            same(case.label, got, right, told, inputs=named(function, args))
    print(f"{exercise}: right in all {len(cases)} cases")


def frugal(layer):
    """Check a tanh that must not write into arrays that belong to others."""
    x, dy = np.array([0.0, LN2, -LN3]), np.array([1.0, 25.0, 25.0])
    right, slopes = np.tanh(x), 1 - np.tanh(x) ** 2
    made, given = layer(), x.copy()
    y = made.forward(given)
    same("forward", y, right)
    refuse(given, x, "forward wrote into x, which the layer before may have kept for its backward")
    kept, passed = y.copy(), dy.copy()
    dx = made.backward(passed)
    hints = [(dy * (1 - right**4), "y was squared twice"), (slopes, "multiply by dy")]
    same("backward", dx, dy * slopes, hints)
    refuse(passed, dy, "backward wrote into dy, which it was given")
    refuse(y, kept, "backward wrote into the y that forward returned: the next layer has it too")
    again = made.backward(dy.copy())
    hints = [(again, "backward changed what forward had kept: each call gives another answer")]
    same("backward, called again", again, dy * slopes, hints)
    print("tanh: right, and no array of others was touched")


def refuse(array, before, message):
    """Raise WrongAnswer if an array is no longer what it was."""
    if not np.array_equal(array, before):
        raise WrongAnswer(f"{message}\nbefore: {before}\nafter:  {array}")


def saturated(function):
    """Check function(sums) -> share of entries at which the slope of tanh is below 0.05."""
    inputs = {
        "two small sums": np.array([0.5, -0.5]),
        "twelve sums": np.array([0, 0, 0, 0.3, -0.5, 0.98, 1.5, 2, -2, 3, -3, -4]),
        "near the limit": np.array([2.0, 2.1, 2.19, 2.3, 2.4, 2.5, -2.0, -2.3, -2.4]),
        "maps (2, 3, 4, 5)": 3 * drawn((2, 3, 4, 5)),
    }
    run_cases("saturated", function, [share_case(*pair) for pair in inputs.items()])


def share_case(label, sums):
    """Return the case with its expected share."""
    y = np.tanh(sums)
    flat = 1 - y * y < LIMIT
    hints = (
        (flat.sum(), "this is how many: divide by the number of entries"),
        (100 * flat.mean(), "this is in per cent: return a share from 0 to 1"),
        (1 - flat.mean(), "this is the share of the others"),
        ((np.abs(y) > 1 - LIMIT).mean(), "the output is above 0.95 there; ask for the slope"),
        ((1 - y < LIMIT).mean(), "this looks at the output; ask for the slope, 1 - y²"),
        ((flat & (sums > 0)).mean(), "sums far below 0 saturate too"),
        ((1 - sums * sums < LIMIT).mean(), "the slope is 1 - y², with y = tanh(x)"),
        ((np.abs(sums) > 1).mean(), "the slope at 1 is still 0.42"),
        ((np.abs(sums) > 2.2).mean(), "the limit is not 2.2: work out the slope, 1 - tanh(x)²"),
        ((1 - y * y).mean(), "this is the mean slope: count the slopes below 0.05"),
    )
    return Case(label, (sums,), float(flat.mean()), hints)


def polyline(function):
    """Check function(places, values) -> w, one weight for each place but the last.

    values[0] + sum of w[k] max(x - places[k], 0) has to pass through all the points.
    """
    points = {
        "a line": ([0, 2], [1, 5]),
        "the tent": ([0, 1, 2], [0, 1, 0]),
        "a step with a slanted side": ([-1, 0, 1, 3], [2, 2, 0, 0]),
        "six points": ([-2, -1, 0.5, 1, 2, 4], [0, 3, 1, 1, -2, 0]),
    }
    run_cases("polyline", function, [line_case(*pair) for pair in points.items()])


def line_case(label, points):
    """Return the case with its expected weights."""
    places, values = (np.array(part, float) for part in points)
    rises = np.diff(values)
    slopes = rises / np.diff(places)
    hints = (
        (slopes, "these are the slopes. A ReLU goes on to the right of its place:\n"
                 "each one adds its weight to the slope that is there already"),
        (np.diff(slopes), "these are the changes of slope; the first piece has a slope too"),
        (rises, "these are the rises: divide by the widths"),
        (-np.diff(slopes, prepend=0), "all the signs are turned round"),
    )  # fmt: skip
    return Case(label, (places, values), np.diff(slopes, prepend=0), hints)


def drawn(shape):
    """Return numbers of both signs, none near 0, the same each time."""
    rng = np.random.default_rng(0)
    return rng.uniform(0.2, 2, shape) * rng.choice([-1, 1], shape)


def upstream(shape):
    """Return a dy of both signs without a 0, the same each time."""
    rng = np.random.default_rng(1)
    return rng.integers(2, 9, shape) * rng.choice([-1.0, 1.0], shape)
