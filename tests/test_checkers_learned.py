"""Every checker of "See what it learned" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import checker_tests
from numpy.lib.stride_tricks import sliding_window_view

from lenet_core.exercises import learned as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- the example by hand: (effects, window)
EFFECTS, WINDOW = [[0, 0, 0], [0, -6, -12], [0, 5, 0]], -18
HAND_WRONG = {
    "the sign": ((np.negative(EFFECTS), WINDOW), "new minus old"),
    "covered with 0": (([[1, 0, 2], [-2, -5, -9], [1, 4, 0]], WINDOW), "covers with 0"),
    "parts of the score": (([[-1, 0, -2], [2, 5, 9], [-1, -4, 0]], WINDOW), "parts of the score"),
    "the weights of the chapter": (([[0, -5, 0], [0, -12, 8], [0, -5, 0]], WINDOW), "new weights"),
    "paper is 1": (([[2, 0, 4], [-4, -4, -6], [2, 3, 0]], WINDOW), "minus the pixel"),
    "transposed": ((np.transpose(EFFECTS), WINDOW), "transpose"),
    "without the pixel": (([[-1, 0, -2], [2, -1, -3], [-1, 1, 0]], WINDOW), "forgets the pixel"),
    "upper left": ((EFFECTS, -6), "upper left"),
    "lower right": ((EFFECTS, -13), "lower right"),
    "the new score": ((EFFECTS, -10), "write its change"),
    "the mean": ((EFFECTS, -4.5), "no mean"),
    "the window's sign": ((EFFECTS, 18), "new minus old"),
    "a slip": ((EFFECTS, -17), "values differ"),
}


@pytest.mark.parametrize("kind", [list, np.array])
def test_right_hand_effects_pass(kind, capsys):
    check.hand_cover(kind(EFFECTS), WINDOW)
    assert "both right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_hand_effects_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_cover(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("answer", [(None, WINDOW), (EFFECTS, None)])
def test_hand_effects_not_started(answer):
    with pytest.raises(NotStarted):
        check.hand_cover(*answer)


# --- the functions
def occlusion(score, x, size, stride, value=-0.1, fresh=True):
    rows, cols = (range(0, n - size + 1, stride) for n in x.shape[1:])
    image, batch = x.copy(), []
    for i in rows:
        for j in cols:
            image = x.copy() if fresh else image
            image[:, i : i + size, j : j + size] = value
            batch.append(image.copy())
    return (score(np.stack(batch)) - score(x[None])).reshape(len(rows), len(cols))


def occlusion_by_masks(score, x, size, stride):
    _, h, w = x.shape
    out = np.zeros(((h - size) // stride + 1, (w - size) // stride + 1))
    for i, j in np.ndindex(out.shape):
        mask = np.zeros((h, w), bool)
        mask[i * stride : i * stride + size, j * stride : j * stride + size] = True
        out[i, j] = (score(np.where(mask, -0.1, x)[None]) - score(x[None]))[0]
    return out


def writes(score, x, size, stride):
    x[:, :size, :size] = -0.1
    return occlusion(score, x, size, stride)


def order(g, x, size, paper=-0.1):
    return sliding_window_view(g * (paper - x), (size, size)).sum(axis=(2, 3))


def order_loops(g, x, size):
    out = np.zeros((len(x) - size + 1, x.shape[1] - size + 1))
    for i, j in np.ndindex(out.shape):
        part = slice(i, i + size), slice(j, j + size)
        out[i, j] = (g[part] * (-0.1 - x[part])).sum()
    return out


def edge(kernel, *, mean=True, root=False, angle=lambda d, r: np.rad2deg(np.arctan2(d, r))):
    i, j = np.indices(kernel.shape) - (len(kernel) - 1) / 2
    down, right = (kernel * i).sum(), (kernel * j).sum()
    energy = ((kernel if mean else kernel - kernel.mean()) ** 2).sum()
    share = (down**2 + right**2) / (i * i).sum() / energy
    return np.sqrt(share) if root else share, angle(down, right)


def slopes(kernel):
    return ((np.arange(len(kernel)) - (len(kernel) - 1) / 2) ** 2).sum() * len(kernel)


def edge_by_fit(kernel):
    i, j = np.indices(kernel.shape) - (len(kernel) - 1) / 2
    A = np.stack([i.ravel(), j.ravel()], axis=1)
    (d, r), *_ = np.linalg.lstsq(A, kernel.ravel(), rcond=None)
    return ((A @ [d, r]) ** 2).sum() / (kernel**2).sum(), np.degrees(np.angle(r + 1j * d))


def reach(amounts, errors, limit):
    k = next(k for k, error in enumerate(errors) if error >= limit)
    return float(np.interp(limit, errors[k - 1 : k + 1], amounts[k - 1 : k + 1]))


def reach_loop(amounts, errors, limit):
    for a, b, low, high in zip(amounts, amounts[1:], errors, errors[1:], strict=False):
        if high >= limit:
            return a + (b - a) * (limit - low) / (high - low)
    return None


def between(amounts, errors, limit, k):
    return amounts[k - 1] + (amounts[k] - amounts[k - 1]) * (limit - errors[k - 1]) / (
        errors[k] - errors[k - 1]
    )


def first(errors, limit):
    return next(k for k, error in enumerate(errors) if error >= limit)


RIGHT = {
    check.occlusion_map: [occlusion, occlusion_by_masks],
    check.first_order: [order, order_loops],
    check.edge: [edge, edge_by_fit],
    check.reach: [reach, reach_loop],
}
WRONG = {
    check.occlusion_map: [
        (lambda f, x, k, s: occlusion(f, x, k, s, value=0.0), "the patch is 0"),
        (lambda f, x, k, s: occlusion(f, x, k, s) + f(x[None])[0], "new scores"),
        (lambda f, x, k, s: -occlusion(f, x, k, s), "the sign"),
        (lambda f, x, k, s: occlusion(f, x, k, 1), "the stride is ignored"),
        (lambda f, x, k, s: occlusion(f, x, k, s, fresh=False), "fresh copy"),
        (lambda f, x, k, s: occlusion(f, x, k, s).T, "exchanged"),
        (lambda f, x, k, s: f(x), "score takes a batch"),
        (writes, "wrote into its argument"),
    ],
    check.first_order: [
        (lambda g, x, k: order(g, x, k, paper=0), "a patch of 0"),
        (lambda g, x, k: -order(g, x, k), "the sign"),
        (lambda g, x, k: sliding_window_view(g, (k, k)).sum(axis=(2, 3)), "slopes alone"),
        (lambda g, x, k: order(g, x, k) / k**2, "the mean"),
        (lambda g, x, k: order(np.abs(g), -np.abs(-0.1 - x) - 0.1 + 0 * x, k), "values differ"),
        (lambda g, x, k: sliding_window_view(np.abs(g * (-0.1 - x)), (k, k)).sum(axis=(2, 3)),
         "no absolute value"),
        (lambda g, x, k: g * (-0.1 - x), "the shape is"),
    ],
    check.edge: [
        (lambda k: edge(k, mean=False), "the mean belongs"),
        (lambda k: edge(k, root=True), "no root"),
        (lambda k: edge(k, angle=lambda d, r: np.rad2deg(np.arctan2(r, d))), "90 is down"),
        (lambda k: edge(k, angle=lambda d, r: np.rad2deg(np.arctan2(-d, r))), "grow downwards"),
        (lambda k: edge(k, angle=np.arctan2), "in radians"),
        (lambda k: edge(k, angle=lambda d, r: np.rad2deg(np.arctan2(d, r)) % 360), "-180 to 180"),
        (lambda k: (edge(k)[0] * slopes(k), edge(k)[1]), "have a length"),
        (lambda k: (edge(k)[0] * slopes(k) * (k**2).sum(), edge(k)[1]), "a share: divide"),
        (lambda k: edge(k)[0], "the shape is"),
    ],
    check.reach: [
        (lambda a, e, m: float(np.interp(m, e, a)), "only rise|first time"),
        (lambda a, e, m: a[first(e, m)], "past the limit already"),
        (lambda a, e, m: a[first(e, m) - 1], "last amount below"),
        (lambda a, e, m: a[(k := first(e, m)) - 1] + (m - e[k - 1]) / (e[k] - e[k - 1]),
         "its length"),
        (lambda a, e, m: a[(k := first(e, m)) - 1]
         + (e[k] - m) / (e[k] - e[k - 1]) * (a[k] - a[k - 1]), "the wrong end"),
        (lambda a, e, m: a[-1] + a[0] - reach([a[-1] - v for v in a][::-1], e[::-1], m)
         if e[-1] < m else 99, "values differ"),
        (lambda a, e, m: between(a, e, m, int(np.searchsorted(e, m))), "not the last"),
        (lambda a, e, m: None, "does it end in return"),
    ],
}  # fmt: skip


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)


def test_the_last_passing_of_the_limit_is_told_apart():
    def last(amounts, errors, limit):
        k = max(k for k in range(1, len(errors)) if errors[k - 1] < limit <= errors[k])
        return reach_loop(amounts[k - 1 : k + 1], errors[k - 1 : k + 1], limit)

    with pytest.raises(WrongAnswer, match="not the last"):
        check.reach(last)


def test_the_bug_to_find_is_found():
    def given(g, x, size):
        return sliding_window_view(-g * x, (size, size)).sum(axis=(2, 3))

    with pytest.raises(WrongAnswer, match="a patch of 0"):
        check.first_order(given)
