"""Every checker of "Weigh and add" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import checker_tests

from lenet_core import Dense
from lenet_core.exercises import dense as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer

# --- gradients by hand: (dW, db, dX)
DW, DB, DX = [[6, 0], [-2, 0], [4, 0]], [2, 0], [[0, 0, 0], [4, -2, 8]]
HAND_RIGHT = {
    "lists": (DW, DB, DX),
    "float32 arrays": (np.array(DW, np.float32), np.array(DB, np.float32), np.array(DX)),
}
HAND_WRONG = {  # answer, words of the hint
    "db over the outputs": ((DW, [0, 2], DX), "sums over the outputs"),
    "db as a mean": ((DW, [1, 0], DX), "no mean"),
    "db as a number": ((DW, 2, DX), "not one in all"),
    "db as a row": ((DW, [DB], DX), "db: the shape is"),
    "dW without dY": (([[3, 0], [-1, 0], [2, 0]], DB, DX), "the sample itself"),
    "dW of sample 0": (([[2, 0], [4, 0], [0, 0]], DB, DX), "inputs of sample 0"),
    "dW of unit 1": (([[0, 6], [0, -2], [0, 4]], DB, DX), "only weights of output 0"),
    "dW of weights": (([[2, 0], [6, 0], [-4, 0]], DB, DX), "multiples of W"),
    "dW of both samples": (([[2, 6], [4, -2], [0, 4]], DB, DX), "zeros included"),
    "dW transposed": ((np.transpose(DW), DB, DX), "dW: the shape is"),
    "dX without dY": ((DW, DB, [[0, 0, 0], [2, -1, 4]]), "the weights themselves"),
    "dX of sample 0": ((DW, DB, [[4, -2, 8], [0, 0, 0]]), "its row of dX"),
    "dX of unit 1": ((DW, DB, [[0, 0, 0], [2, 6, -4]]), "weights of output 1"),
    "dX of x": ((DW, DB, [[0, 0, 0], [6, -2, 4]]), "multiples of x"),
    "dX of both units": ((DW, DB, [[4, -2, 8], [2, 6, -4]]), "zeros included"),
    "a slip": ((DW, DB, [[0, 0, 0], [4, 2, 8]]), "values differ"),
    "ragged": ((DW, DB, [[0, 0], [4, -2, 8]]), "dX: the rows have different lengths"),
}


@pytest.mark.parametrize("answer", HAND_RIGHT.values(), ids=HAND_RIGHT.keys())
def test_right_hand_gradients_pass(answer, capsys):
    check.hand_gradients(*answer)
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_hand_gradients_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_gradients(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_hand_gradients_are_not_started_while_one_is_none(missing):
    answer = [DW, DB, DX]
    answer[missing] = None
    with pytest.raises(NotStarted, match="replace each None"):
        check.hand_gradients(*answer)


# --- functions
def chain(x, W1, W2, dy):
    return x.T @ (dy @ W2.T)


def chain_loops(x, W1, W2, dy):
    dW1 = np.zeros(W1.shape)
    for n, k, m, o in np.ndindex(*x.shape, *W2.shape):
        dW1[k, m] += x[n, k] * W2[m, o] * dy[n, o]
    return dW1


def backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def backward_of_the_package(x, W, dy):
    layer = Dense(*W.shape, dtype=np.float64)
    layer.params["W"] = W
    layer.forward(x)
    return [layer.backward(dy), layer.grads["W"], layer.grads["b"]]


def loss_gradients(x, W, b, t):
    dy = (x @ W + b - t) / len(x)
    return x.T @ dy, dy.sum(axis=0)


def loss_gradients_one_by_one(x, W, b, t):
    dW, db = np.zeros(W.shape), np.zeros(b.shape)
    for sample, target in zip(x, t, strict=True):
        dy = sample @ W + b - target
        dW, db = dW + np.outer(sample, dy), db + dy
    return dW / len(x), db / len(x)


def moved_error(W, b, X, labels, pixels, axis=3):
    moved = np.roll(X, pixels, axis=axis).reshape(len(X), -1)
    return 100 * np.mean((moved @ W + b).argmax(axis=1) != labels)


def moved_error_with_paper(W, b, X, labels, pixels):
    moved = np.full_like(X, -0.1)
    moved[..., pixels:] = X[..., : X.shape[3] - pixels]
    answers = [(image.ravel() @ W + b).argmax() for image in moved]
    return 100 * sum(a != label for a, label in zip(answers, labels, strict=True)) / len(X)


def merge(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def merge_by_probing(W1, b1, W2, b2):
    b = (np.zeros(len(W1)) @ W1 + b1) @ W2 + b2
    return ((np.eye(len(W1)) @ W1 + b1) @ W2 + b2) - b, b


def replaced(function, place, change):
    """Return `function` with one of its answers changed."""

    def wrong(*args):
        answers = list(function(*args))
        answers[place] = change(answers[place], *args)
        return tuple(answers)

    return wrong


def backward_into_its_argument(x, W, dy):
    dy *= 1.0
    dy += 1
    return backward(x, W, dy - 1)


RIGHT = {
    check.chain: [chain, chain_loops],
    check.dense_backward: [backward, backward_of_the_package],
    check.loss_gradients: [loss_gradients, loss_gradients_one_by_one],
    check.moved_error: [moved_error, moved_error_with_paper],
    check.merge: [merge, merge_by_probing],
}
WRONG = {  # function, words of the message
    check.chain: [
        (lambda x, W1, W2, dy: (x @ W1).T @ dy, "this is dW2"),
        (lambda x, W1, W2, dy: chain(x, W1, W2, dy) / len(x), "only the loss does that"),
        (lambda x, W1, W2, dy: chain(x, W1, W2, dy).T, "the shape is"),
        (lambda x, W1, W2, dy: x.T @ (dy @ W2 if square(W2) else dy @ W2.T), "transpose of W2"),
        (lambda x, W1, W2, dy: x.T @ dy if square(W2) else chain(x, W1, W2, dy), "back through"),
        (lambda x, W1, W2, dy: -chain(x, W1, W2, dy), "values differ"),
        (lambda x, W1, W2, dy: x.T @ dy, "back through"),
    ],
    check.dense_backward: [
        (lambda x, W, dy: backward(x, W, dy)[0], "return 3 arrays"),
        (lambda x, W, dy: backward(x, W, dy)[:2], "return 3 arrays"),
        (lambda x, W, dy: backward(x, W, dy)[::-1], "the shape is"),
        (replaced(backward, 0, lambda dx, x, W, dy: dy @ W if square(W) else dx), "hides that"),
        (replaced(backward, 1, lambda dW, x, W, dy: dW / len(x)), "dW is divided"),
        (replaced(backward, 1, lambda dW, *_: dW.T), "dW transposed"),
        (replaced(backward, 2, lambda db, *_: db / 3), "values differ"),
        (replaced(backward, 2, lambda db, x, W, dy: dy.mean(axis=0)), "db is divided"),
        (replaced(backward, 2, lambda db, x, W, dy: dy.sum(axis=1)), "axis 0"),
        (replaced(backward, 2, lambda db, x, W, dy: dy.sum(axis=0, keepdims=True)), "shape of b"),
        (replaced(backward, 2, lambda db, x, W, dy: dy), "each sample uses b once"),
        (replaced(backward, 2, lambda db, x, W, dy: dy.sum()), "not one in all"),
        (backward_into_its_argument, "wrote into its argument"),
    ],
    check.loss_gradients: [
        (replaced(loss_gradients, 0, lambda dW, x, *_: dW / len(x)), "taken twice"),
        (replaced(loss_gradients, 1, lambda db, x, *_: db / len(x)), "taken twice"),
        (replaced(loss_gradients, 0, lambda dW, x, *_: dW * len(x)), "divide dy by N"),
        (replaced(loss_gradients, 0, lambda dW, *_: -dW), "sign is turned"),
        (replaced(loss_gradients, 1, lambda db, *_: 2 * db), "factor 1/2"),
        (replaced(loss_gradients, 0, lambda dW, x, W, b, t: dW / len(b)), "not over outputs"),
        (lambda *args: loss_gradients(*args)[0], "return 2 arrays"),
    ],
    check.moved_error: [
        (lambda *args: moved_error(*args) / 100, "per cent"),
        (lambda *args: 100 - moved_error(*args), "right answers; the error counts"),
        (lambda *args: 1 - moved_error(*args) / 100, "as a share"),
        (lambda *args: moved_error(*args) * len(args[2]) / 100, "how many are wrong"),
        (lambda W, b, X, labels, pixels: moved_error(W, b, X, labels, -pixels), "to the left"),
        (lambda *args: moved_error(*args, axis=2), "move down"),
        (lambda W, b, X, labels, pixels: moved_error(W, b, X, labels, 0), "were not moved"),
        (lambda W, b, X, labels, pixels: moved_error(W, 0 * b, X, labels, pixels), "bias is"),
    ],
    check.merge: [
        (lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2), "b2 is missing"),
        (lambda W1, b1, W2, b2: (W1 @ W2, b2), "passes through the second layer too"),
        (lambda W1, b1, W2, b2: (W2 @ W1 if square(W1) else W1 @ W2, b2), "meets W1 first"),
        (lambda W1, b1, W2, b2: (W1 @ W2, b1 + b2 if square(W1) else b1 @ W2 + b2), "multiplied"),
        (lambda W1, b1, W2, b2: W1 @ W2, "return 2 arrays"),
        (lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2 - b2), "values differ"),
    ],
}


def square(W):
    """Tell whether a weight array is square and larger than one number."""
    return W.shape[0] == W.shape[1] > 1


(
    test_right_functions_pass,
    test_wrong_functions_fail_with_a_hint,
    test_starters_are_told_apart_from_wrong_answers,
    test_there_are_enough_right_and_wrong_functions,
) = checker_tests(RIGHT, WRONG)
