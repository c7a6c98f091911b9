"""Checkers of the chapter "Go from 93 to 99.5"."""

import math

import numpy as np

from ..augment import affine
from ..data import load_digits
from ..schedules import cosine, one_cycle
from ..schedules import step as right_step
from ..train import evaluate
from ..trained import pretrained
from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same
from .train import check_filled, check_numbers, refuse

# ---- one cycle by hand: a run of eight steps
LR, STEPS, WARMUP, LOW = 0.1, 8, 0.25, 0.2
PLACES = (0, 1, 2, 6)


def cycle_rates(lr=LR, n_steps=STEPS, warmup=WARMUP, low=LOW, late=0):
    """Return the rates of the steps PLACES, each taken `late` steps too late."""
    return [lr * one_cycle((k + late) / n_steps, warmup, low) for k in PLACES]


def straight_down():
    """Return the rates if the way down were a straight line as well."""
    return [
        LR * one_cycle(t, WARMUP, LOW) if t < WARMUP else LR * (1 - t) / (1 - WARMUP)
        for t in (k / STEPS for k in PLACES)
    ]


def cycle_mistakes():
    """Return the hints: what the usual slips come to, and what to tell."""
    from_the_start = [*cycle_rates()[:-1], LR * cosine(PLACES[-1] / STEPS)]
    sevenths = [LR * one_cycle(k / (STEPS - 1), WARMUP, LOW) for k in PLACES]
    return (
        (cycle_rates(lr=1), "these are the shares: the rate is lr times the share"),
        (cycle_rates(late=1), "the first step has t = 0, so step k has t = k / 8"),
        (cycle_rates(low=0), "the line begins at start = 0.2, not at 0"),
        (from_the_start, "on the way down the cosine's t counts from the top: (t - 0.25) / 0.75"),
        (sevenths, "t is the part that is done: k / 8, and the last step has t = 7 / 8"),
        (straight_down(), "the way down is half a cosine, not a line"),
        (cycle_rates(warmup=0.3), "this has the warm-up of the text, 0.3; here it is 0.25"),
        (cycle_rates(low=0.04), "this has the start of the text, 0.04; here it is 0.2"),
    )


CYCLE_HINTS = cycle_mistakes()
PLACE_HINTS = (  # for the first step that is wrong
    "t is 0: the rate is lr times start",
    "t is half of the warm-up: halfway between start and 1",
    "t has reached the warm-up: the top",
    "(6/8 - 1/4) / (3/4) is 2/3, and the cosine of two thirds of pi is -1/2",
)


def cycle(rates):
    """Check the four rates that the reader worked out by hand."""
    check_filled("cycle: replace each None by a learning rate", rates)
    check_numbers("cycle: give a list of 4 numbers, the rates of steps 0, 1, 2 and 6", rates, (4,))
    right = cycle_rates()
    wrong = np.flatnonzero(~np.isclose(np.array(rates, float), right, rtol=1e-6, atol=1e-9))
    first = int(wrong[0]) if len(wrong) else 0
    hints = (*CYCLE_HINTS, (rates, PLACE_HINTS[first]))
    same(f"cycle: the rate of step {PLACES[first]}", rates, right, hints, reveal=False)
    print("cycle: right, all 4 rates")


# ---- the stepped schedule
def step(function):
    """Check a function (t, at, factor) -> share of the rate."""
    examples = [
        ("before the first point", 0.2, (0.5,), 0.1),
        ("behind the only point", 0.7, (0.5,), 0.1),
        ("between two points", 0.6, (0.5, 0.75), 0.1),
        ("behind both points", 0.9, (0.5, 0.75), 0.1),
        ("a point is reached: from there on the rate is lower", 0.5, (0.5, 0.75), 0.25),
        ("no points", 0.9, (), 0.1),
        ("three points, another factor", 0.85, (0.2, 0.4, 0.9), 0.5),
    ]
    run_cases("step", function, [step_case(*example) for example in examples])


def step_case(label, t, at, factor):
    """Return one case, with what the usual slips would return."""
    passed = sum(t >= point for point in at)
    hints = (
        (factor ** sum(t > point for point in at), "at the point itself the new rate holds: >="),
        (factor * passed, "each point multiplies by the factor once more: a power"),
        (factor ** (len(at) - passed), "these are the points ahead; count those behind"),
        (factor if passed else 1.0, "each point behind counts, not only the first one"),
        (factor ** len(at), "count the points behind t, not all of them"),
        ((1 - factor) ** passed, "what is left is factor, not 1 - factor"),
        (0.0, "before the first point nothing is taken away: the share is 1"),
    )
    return Case(label, (t, at, factor), right_step(t, at, factor), hints)


# ---- the shift with bugs
BACKGROUND = -0.1


def shift(function):
    """Check a function (X, rng, pixels): each image moved by itself, over its background."""
    for n, channels, pixels in [(1, 1, 1), (40, 1, 1), (60, 2, 2), (8, 1, 0)]:
        label = f"{n} image{'s' * (n > 1)} of {channels} channel{'s' * (channels > 1)}, {pixels=}"
        check_moves(label, *moved_by(function, label, n, channels, pixels), pixels)
    check_fresh(function)
    print("shift: right in all 5 cases")


def images(n, channels, size=9):
    """Return images (n, channels, 9, 9): all different inside, with a broad margin."""
    X = np.full((n, channels, size, size), BACKGROUND, np.float32)
    middle = slice(3, size - 3)
    X[:, :, middle, middle] = np.random.default_rng(4).uniform(0.5, 1, (n, channels, 3, 3))
    return X


def moved_by(function, label, n, channels, pixels, seed=0, times=1):
    """Return the images and what the function makes of them, called `times` times."""
    X = images(n, channels)

    def shift(X, pixels):
        rng = np.random.default_rng(seed)
        return [np.array(function(X, rng, pixels)) for _ in range(times)]

    got = attempt("shift", shift, Case(label, (X, pixels), None))
    for moved in got:
        if moved.shape != X.shape or moved.dtype != X.dtype:
            raise WrongAnswer(
                f"{label}: expected {X.shape} {X.dtype}, got {moved.shape} {moved.dtype}\n"
                "Hint: a batch goes in and a batch of the same shape and dtype comes out"
            )
    return X, got[0] if times == 1 else got


def offsets(X, moved, pixels):
    """Return how far each image went, (n, 2); None for one that no move explains."""
    found = []
    for before, after in zip(X, moved, strict=True):
        fits = [
            (down, right)
            for down in range(-pixels, pixels + 1)
            for right in range(-pixels, pixels + 1)
            if np.array_equal(np.roll(before, (down, right), (1, 2)), after)  # the margin is broad
        ]
        found.append(fits[0] if fits else None)
    return found


def check_moves(label, X, moved, pixels):
    """Check that each image moved as a whole, each its own way, over all the places allowed."""
    check_background(label, X, moved)
    found = offsets(X, moved, pixels)
    if None in found:
        further = offsets(X, moved, pixels + 1)
        refuse(
            label,
            f"image {found.index(None)} is not the old one, moved by at most {pixels}",
            "it moved too far" if None not in further else "move all pixels of an image alike",
        )
    if len(X) < 40:  # too few to say what is drawn
        return
    check_spread(label, np.array(found), pixels)


def check_background(label, X, moved):
    """Check that nothing but the background moved in, and that no image is nothing else."""
    strange = np.setdiff1d(moved, X)
    if len(strange):
        refuse(
            label,
            f"{strange[0] + 0:g} moved in, but the background is {BACKGROUND}",
            "fill with the value of the image's first pixel",
        )
    if np.any(moved.max(axis=(1, 2, 3)) < 0):
        refuse(
            label,
            "an image has vanished",
            "for a move by 0, y[:, 0:] and y[:, -0:] are all of y",
        )


def check_spread(label, found, pixels):
    """Check that the moves differ by image and cover both directions, both ways."""
    if (found == found[0]).all():
        refuse(label, "all images moved alike", "draw a move for each image, not one for all")
    if (found[:, 0] == found[:, 1]).all():
        refuse(label, "down and right are always the same", "draw the two apart")
    for axis, name in enumerate(("down", "right")):
        missing = sorted(set(range(-pixels, pixels + 1)) - set(found[:, axis].tolist()))
        if missing:
            hint = (
                "the upper end of rng.integers is left out: write pixels + 1"
                if missing == [pixels]
                else "each whole number from -pixels to pixels is to be equally likely"
            )
            refuse(label, f"no image moved {name} by {missing}", hint)


def check_fresh(function):
    """Check that moves come from the generator given, and anew at each call."""
    label = "two calls with one generator"
    _, (first, second) = moved_by(function, label, 30, 1, 2, times=2)
    if np.array_equal(first, second):
        refuse(
            label,
            "both moved each image the same way",
            "draw from the generator given: one made inside starts again at each call",
        )
    _, (again, _) = moved_by(function, label, 30, 1, 2, times=2)
    if not np.array_equal(first, again):
        refuse(label, "the same seed gave two different results", "draw from rng alone")
    for side in ("top", "right", "bottom", "left"):
        check_edge(function, side)


def check_edge(function, side):
    """Check that a stroke at one edge may leave, but does not come back on the other side."""
    turns = {"right": 0, "top": 1, "left": 2, "bottom": 3}[side]
    stroke = np.full((9, 9), BACKGROUND, np.float32)
    stroke[3:6, -1] = 1  # off the corners: the first pixel is background
    images = np.rot90(stroke, turns)[None, None].copy()
    label = f"a stroke at the {side} edge"
    for seed in range(20):
        moved = attempt(
            "shift",
            lambda X, seed=seed: function(X, np.random.default_rng(seed), 2),
            Case(label, (images,), None),
        )
        opposite = np.rot90(np.array(moved)[0, 0], -turns)[:, :2]
        if np.any(opposite == 1):
            refuse(
                label,
                f"what left at the {side} came back on the other side",
                "np.roll goes round: fill with the background instead",
            )


# ---- McNemar's exact test
def mcnemar(function):
    """Check a function (b, c) -> two-sided exact p value; b, c count the discordant digits."""
    examples = [
        ("1 against 5", 1, 5),
        ("the same, turned around", 5, 1),
        ("equal counts: p is 1", 4, 4),
        ("0 against 10", 0, 10),
        ("one digit that a single network misreads", 1, 0),
        ("20 against 40", 20, 40),
        ("counts as in a comparison of two good networks", 31, 24),
        ("hundreds of digits", 500, 430),
        ("no digit tells them apart", 0, 0),
    ]
    run_cases("mcnemar", function, [mcnemar_case(*example) for example in examples])


def tail(k, n):
    """Return the probability of at most `k` heads in `n` throws of a coin."""
    return sum(math.comb(n, i) for i in range(k + 1)) / 2**n


def mcnemar_case(label, b, c):
    """Return one case, with what the usual slips would return."""
    n, few, many = b + c, min(b, c), max(b, c)
    right = min(1.0, 2 * tail(few, n))
    chi = (b - c) ** 2 / max(n, 1)
    corrected = max(abs(b - c) - 1, 0) ** 2 / max(n, 1)
    hints = (
        (2 * tail(few, n), "a probability is at most 1: with equal counts the middle is counted "
         "twice"),
        (tail(few, n), "this is one tail: a surprise in the other direction counts as well"),
        (2 * tail(many, n), "take the smaller of the two counts"),
        (min(1.0, 2 * tail(many, n)), "take the smaller of the two counts"),
        (min(1.0, 2 * tail(b, n)), "take the smaller of the two counts"),
        (2 * math.comb(n, few) / 2**n, "add up all the outcomes that are as uneven or more so"),
        (math.comb(n, few) / 2**n, "add up all the outcomes that are as uneven or more so"),
        (2 * tail(few - 1, n), "the outcome itself belongs to the tail: k from 0 to min(b, c)"),
        (math.erfc(math.sqrt(chi / 2)), "this is the chi-square approximation; add up the coins"),
        (math.erfc(math.sqrt(corrected / 2)),
         "this is the chi-square approximation, corrected; add up the coins"),
    )  # fmt: skip
    return Case(label, (b, c), right, hints)


__all__ = ["NotStarted", "cycle", "mcnemar", "shift", "step"]


# ---- how far a digit may turn
def turn(function):
    """Check function(model, X, y, degrees, rng) -> error in per cent on turned digits."""
    X, y, _, _ = load_digits()
    model = pretrained("modern")
    sizes = {
        "ten digits that are not turned": (10, 0),
        "200 digits, up to 15 degrees": (200, 15),
        "200 digits, up to 90 degrees": (200, 90),
        "300 digits, up to 180 degrees": (300, 180),
    }
    for label, (n, degrees) in sizes.items():
        case = Case(label, (model, X[:n], y[:n], degrees, np.random.default_rng(0)), None)
        got = attempt("turn", function, case)
        right, hints = turned_errors(model, X[:n], y[:n], degrees)
        same(label, got, right, hints, inputs={"degrees": degrees})
    print(f"turn: right in all {len(sizes)} cases")


def turned_errors(model, X, y, degrees):
    """Return the error in per cent and, each with its hint, what common slips give."""
    still = {"scale": 0, "shear": 0, "pixels": 0}

    def error(**settings):
        turned = affine(X, np.random.default_rng(0), **{"degrees": degrees} | still | settings)
        return 100 * (1 - evaluate(model, turned, y))

    right = error()
    return right, (
        (right / 100, "this is a share: the error is asked in per cent"),
        (100 - right, "this is how many are right; the error is the rest"),
        (1 - right / 100, "evaluate gives the share that is right; the error is the rest"),
        (100 * (1 - evaluate(model, X, y)), "these digits are not turned: affine returns new ones"),
        (error(scale=0.15, shear=0.15, pixels=2), "affine also stretches, slants and moves unless "
         "scale=0, shear=0 and pixels=0"),
        (error(degrees=15), "turn by at most `degrees`; affine takes 15 unless told otherwise"),
    )  # fmt: skip
