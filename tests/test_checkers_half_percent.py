"""The checkers of "Go from 93 to 99.5": no wrong answer passes, and differently written ones do."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from lenet_core import augment, evaluate, predict, schedules
from lenet_core.exercises import NotStarted, WrongAnswer
from lenet_core.exercises import half_percent as check

# ---------------------------------------------------------------- one cycle by hand
CYCLE_WRONG = {
    "shares": ([0.2, 0.6, 1, 0.25], "these are the shares"),
    "one step late": (
        [0.06, 0.1, 0.05 * (1 + math.cos(math.pi / 6)), 0.05 * (1 + math.cos(math.pi * 5 / 6))],
        "t = 0"),
    "from zero": ([0, 0.05, 0.1, 0.025], "not at 0"),
    "cosine over the whole run": (
        [0.02, 0.06, 0.1, 0.05 * (1 + math.cos(math.pi * 6 / 8))], "counts from the top"),
    "a line down": ([0.02, 0.06, 0.1, 0.1 / 3], "half a cosine, not a line"),
    "sevenths": (
        [0.1 * schedules.one_cycle(k / 7, 0.25, 0.2) for k in (0, 1, 2, 6)], "k / 8"),
    "the text's warm-up": (
        [0.1 * schedules.one_cycle(k / 8, 0.3, 0.2) for k in (0, 1, 2, 6)], "0.3; here"),
    "the text's start": (
        [0.1 * schedules.one_cycle(k / 8, 0.25) for k in (0, 1, 2, 6)], "0.04; here"),
    "slip in step 0": ([0.2, 0.06, 0.1, 0.025], "step 0.*\\n.*\\n?Hint: t is 0"),
    "slip in step 1": ([0.02, 0.05, 0.1, 0.025], "step 1.*\\n.*\\n?Hint: t is half"),
    "slip in step 2": ([0.02, 0.06, 0.09, 0.025], "step 2.*\\n.*\\n?Hint: .*the top"),
    "slip in step 6": ([0.02, 0.06, 0.1, 0.04], "step 6.*\\n.*\\n?Hint: .*thirds of pi"),
    "no number": ([0.02, 0.06, 0.1, np.nan], "step 6"),
    "three rates": ([0.02, 0.06, 0.1], "4 numbers"),
    "a number": (0.02, "4 numbers"),
    "words": (["low", "mid", "top", "mid"], "4 numbers"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "hint"), CYCLE_WRONG.values(), ids=CYCLE_WRONG)
def test_wrong_cycle(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as wrong:
        check.cycle(answer)
    assert "expected" not in str(wrong.value)


@pytest.mark.parametrize(
    "answer",
    [[0.02, 0.06, 0.1, 0.025], np.float32([0.02, 0.06, 0.1, 0.025]), (2e-2, 6e-2, 0.1, 25e-3)],
)
def test_right_cycle(answer, capsys):
    check.cycle(answer)
    assert "right, all 4" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, [None] * 4, [0.02, None, None, None], [...] * 4])
def test_cycle_not_started(answer):
    with pytest.raises(NotStarted):
        check.cycle(answer)


# ---------------------------------------------------------------- the stepped schedule
STEP_WRONG = {
    "not at the point": (
        lambda t, at, factor: factor ** sum(t > p for p in at), "the new rate holds"),
    "a product": (
        lambda t, at, factor: factor * sum(t >= p for p in at) if t >= min(at, default=2) else 1,
        "a power"),
    "points ahead": (lambda t, at, factor: factor ** sum(t < p for p in at), "points ahead"),
    "the first point only": (
        lambda t, at, factor: factor if at and t >= at[0] else 1.0, "not only the first"),
    "all points": (lambda t, at, factor: factor ** len(at), "points behind t|points ahead"),
    "what is taken away": (
        lambda t, at, factor: (1 - factor) ** sum(t >= p for p in at), "not 1 - factor"),
    "nothing at first": (
        lambda t, at, factor: (t >= min(at, default=2)) * factor ** sum(t >= p for p in at),
        "a power|the share is 1"),
    "constant": (lambda t, at, factor: 1.0, "expected"),
    "no return": (lambda t, at, factor: None, "return"),
    "needs a point": (lambda t, at, factor: factor ** (t >= at[0]), "not only the first"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), STEP_WRONG.values(), ids=STEP_WRONG)
def test_wrong_step(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.step(function)


def step_by_loop(t, at, factor):
    share = 1.0
    for point in at:
        if t >= point:
            share *= factor
    return share


@pytest.mark.parametrize("function", [step_by_loop, schedules.step])
def test_right_step(function, capsys):
    check.step(function)
    assert "all 7 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- the shift
def shifter(draw, fill=None, roll=False):
    """Return a shift whose moves come from `draw(rng, n, pixels)`, (n, 2)."""

    def shift(X, rng, pixels):
        moved = np.empty_like(X)
        h, w = X.shape[2:]
        for k, (down, right) in enumerate(draw(rng, len(X), pixels)):
            background = X[k, :, :1, :1] if fill is None else fill
            frame = np.empty((X.shape[1], 3 * h, 3 * w), X.dtype)
            frame[...] = background
            if roll:
                frame[...] = np.tile(X[k], (1, 3, 3))
            frame[:, h : 2 * h, w : 2 * w] = X[k]
            moved[k] = frame[:, h - down : 2 * h - down, w - right : 2 * w - right]
        return moved

    return shift


def fair(rng, n, pixels):
    return rng.integers(-pixels, pixels + 1, (n, 2))


def own_generator(rng, n, pixels):
    return fair(np.random.default_rng(3), n, pixels)


def no_seed(rng, n, pixels):
    return fair(np.random.default_rng(), n, pixels)


def by_rows(X, rng, pixels):
    moved = shifter(fair)(X, rng, pixels)
    moved[:, :, 4] = X[:, :, 4]
    return moved


def in_place(X, rng, pixels):
    X[...] = shifter(fair)(X, rng, pixels)
    return X


def half_mended(X, rng, pixels):
    """Roll, and put background where a move to the right has brought something back."""
    moved = shifter(fair, roll=True)(X, np.random.default_rng(seed := rng.integers(99)), pixels)
    for k, (_, right) in enumerate(fair(np.random.default_rng(seed), len(X), pixels)):
        if right > 0:
            moved[k, :, :, :right] = X[k, :, :1, :1]
    return moved


def wiped(X, rng, pixels):
    """Roll, and fill what lies before or behind the move, which for a move by 0 is all of it."""
    moved = shifter(fair, roll=True)(X, np.random.default_rng(seed := rng.integers(99)), pixels)
    for k, (_, right) in enumerate(fair(np.random.default_rng(seed), len(X), pixels)):
        gone = slice(None, right) if right > 0 else slice(right, None)
        moved[k, :, :, gone] = X[k, :, :1, :1]
    return moved


SHIFT_WRONG = {
    "wiped by a move by 0": (wiped, "move by 0"),
    "another background": (shifter(fair, fill=-1), "-1 moved in.*\n?Hint: .*first pixel"),
    "rolled on three sides": (half_mended, "np.roll goes round"),
    "background 0": (shifter(fair, fill=0), "first pixel"),
    "all alike": (
        shifter(lambda rng, n, pixels: np.tile(fair(rng, 1, pixels), (n, 1))), "for each image"),
    "rolled": (shifter(fair, roll=True), "np.roll goes round"),
    "upper end left out": (
        shifter(lambda rng, n, pixels: rng.integers(-pixels, max(pixels, 1 - pixels), (n, 2))),
        "pixels \\+ 1"),
    "diagonal": (
        shifter(lambda rng, n, pixels: np.repeat(rng.integers(-pixels, pixels + 1, (n, 1)), 2, 1)),
        "draw the two apart"),
    "sideways only": (
        shifter(lambda rng, n, pixels: fair(rng, n, pixels) * [0, 1]), "each whole number"),
    "never down": (shifter(lambda rng, n, pixels: -abs(fair(rng, n, pixels))), "moved down by"),
    "too far": (shifter(lambda rng, n, pixels: fair(rng, n, pixels + 1)), "too far|is not the old"),
    "own generator": (shifter(own_generator), "made inside"),
    "no seed": (shifter(no_seed), "rng alone"),
    "a row stays": (by_rows, "all pixels of an image alike"),
    "in place": (in_place, "wrote into its argument"),
    "unmoved": (lambda X, rng, pixels: X.copy(), "moved alike"),
    "float64": (lambda X, rng, pixels: shifter(fair)(X, rng, pixels).astype(float), "same shape"),
    "one image": (lambda X, rng, pixels: shifter(fair)(X, rng, pixels)[0], "same shape"),
    "nothing": (lambda X, rng, pixels: None, "same shape"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), SHIFT_WRONG.values(), ids=SHIFT_WRONG)
def test_wrong_shift(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.shift(function)


def starter(X, rng, pixels):
    down, right = rng.integers(-pixels, pixels, 2, endpoint=True)
    return np.roll(X * (X > 0), (down, right), axis=(2, 3))


def test_the_starter_of_the_page_is_wrong():
    with pytest.raises(WrongAnswer):
        check.shift(starter)


@pytest.mark.parametrize("function", [augment.shift, shifter(fair)])
def test_right_shift(function, capsys):
    check.shift(function)
    assert "all 5 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- McNemar's test
def tail(k, n):
    return sum(math.comb(n, i) for i in range(k + 1)) / 2**n


def chi_square(b, c, less=0):
    return math.erfc(math.sqrt(max(abs(b - c) - less, 0) ** 2 / max(b + c, 1) / 2))


MCNEMAR_WRONG = {
    "one tail": (lambda b, c: tail(min(b, c), b + c), "other direction"),
    "beyond 1": (lambda b, c: 2 * tail(min(b, c), b + c), "at most 1"),
    "the larger count": (lambda b, c: min(1, 2 * tail(max(b, c), b + c)), "the smaller"),
    "always b": (lambda b, c: min(1, 2 * tail(b, b + c)), "the smaller"),
    "this outcome only": (
        lambda b, c: min(1, 2 * math.comb(b + c, b) / 2 ** (b + c)), "add up all"),
    "tail without its end": (
        lambda b, c: 1 if b == c or b + c < 2 else 2 * tail(min(b, c) - 1, b + c), "k from 0"),
    "chi square": (chi_square, "chi-square"),
    "chi square, corrected": (lambda b, c: chi_square(b, c, 1), "chi-square.*corrected"),
    "overflow": (
        lambda b, c: min(1, 2 * sum(math.comb(b + c, k) * 0.5 ** (b + c + 500) * 2.0**500
                                    for k in range(min(b, c) + 1))), "expected|raised"),
    "no digits": (
        lambda b, c: min(1, 2 * tail(min(b, c), b + c)) if b + c else math.nan, "no digit"),
    "nothing": (lambda b, c: None, "return"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "hint"), MCNEMAR_WRONG.values(), ids=MCNEMAR_WRONG)
def test_wrong_mcnemar(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.mcnemar(function)


def by_the_middle(b, c):
    n = b + c
    middle = sum(math.comb(n, k) for k in range(min(b, c) + 1, max(b, c)))
    return (2**n - middle) / 2**n


@pytest.mark.parametrize(
    "function",
    [
        by_the_middle,
        lambda b, c: min(1.0, 2 * tail(min(b, c), b + c)),
        lambda b, c: binomtest(b, b + c).pvalue if b + c else 1,
    ],
)
def test_right_mcnemar(function, capsys):
    check.mcnemar(function)
    assert "all 9 cases" in capsys.readouterr().out


# ---------------------------------------------------------------- starters
# ---------------------------------------------------------------- turned digits
def turner(answer=lambda share: 100 * (1 - share), **settings):
    """Return a function that evaluates digits turned with these settings of `affine`."""

    def turned_error(model, X, y, degrees, rng):
        options = {"degrees": degrees, "scale": 0, "shear": 0, "pixels": 0} | settings
        return answer(evaluate(model, augment.affine(X, rng, **options), y))

    return turned_error


def turned_by_predict(model, X, y, degrees, rng):
    turned = augment.affine(X, rng, degrees=degrees, scale=0.0, shear=0.0, pixels=0.0)
    return np.float32(100 * (predict(model, turned) != y).mean())


TURN_WRONG = {
    "a share": (turner(lambda share: 1 - share), "a share"),
    "right ones in per cent": (turner(lambda share: 100 * share), "how many are right"),
    "right ones": (turner(lambda share: share), "the share that is right"),
    "not turned": (turner(degrees=0), "not turned"),
    "all of affine": (turner(scale=0.15, shear=0.15, pixels=2), "also stretches"),
    "its usual degrees": (turner(degrees=15), "15 unless told"),
    "twice as far": (lambda m, X, y, d, rng: turner(degrees=2 * d)(m, X, y, d, rng), "differ"),
    "nothing": (lambda *_: None, "does it end in return"),
}


@pytest.mark.parametrize(("function", "hint"), TURN_WRONG.values(), ids=TURN_WRONG)
def test_wrong_turn(function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        check.turn(function)


@pytest.mark.parametrize("function", [turner(), turned_by_predict])
def test_right_turn(function, capsys):
    check.turn(function)
    assert "all 4 cases" in capsys.readouterr().out


@pytest.mark.parametrize("checker", [check.step, check.shift, check.mcnemar, check.turn])
def test_starters_are_not_started(checker):
    def starter(*args):
        raise NotImplementedError("exercise")

    with pytest.raises(NotStarted):
        checker(starter)
