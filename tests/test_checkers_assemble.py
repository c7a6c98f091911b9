"""Every checker of "Assemble LeNet-5" against right answers, wrong ones, and the starter."""

import numpy as np
import pytest
from answers import starter

from lenet_core import AvgPool2D, Conv2D, Dense, Flatten, ReLU, Sequential, Tanh
from lenet_core.exercises import assemble as check
from lenet_core.exercises.checker import NotStarted, WrongAnswer
from lenet_core.layers import Layer

# --- the chain by hand: (y, dW1, dX)
Y, DW1, DX = [[12, -8]], [[44, 20], [132, 60]], [[24, 108]]
HAND_RIGHT = {
    "lists": (Y, DW1, DX),
    "float32 arrays": tuple(np.array(a, np.float32) for a in (Y, DW1, DX)),
}
HAND_WRONG = {
    "y of ReLU": (([[6, 2]], DW1, DX), "leaves ReLU"),
    "y without b2": (([[12, -10]], DW1, DX), "biases of the second layer"),
    "y without b1": (([[13, -10]], DW1, DX), "biases of the first layer"),
    "y with W2 transposed": (([[2, 22]], DW1, DX), "W2 is transposed"),
    "y less t": (([[12, -16]], DW1, DX), "dY = y - t"),
    "y as a row": (([12, -8], DW1, DX), "y: the shape is"),
    "dW1 transposed": ((Y, [[44, 132], [20, 60]], DX), "transposed: row k"),
    "dW1 is dW2": ((Y, [[72, -96], [24, -32]], DX), "this is dW2"),
    "dW1 from dY": ((Y, [[12, -16], [36, -48]], DX), "through W2 first"),
    "dW1 with W2 forward": ((Y, [[-36, -40], [-108, -120]], DX), "W2 is transposed"),
    "dX is dH": ((Y, DW1, [[44, 20]]), "this is dH"),
    "dX with W1 forward": ((Y, DW1, [[84, -24]]), "W1 is transposed"),
    "dX with both forward": ((Y, DW1, [[-116, -4]]), "W1 and W2 are transposed"),
    "dX from dY": ((Y, DW1, [[28, 8]]), "second layer first"),
    "a slip": ((Y, DW1, [[24, 107]]), "dX: the values differ"),
}


@pytest.mark.parametrize("answer", HAND_RIGHT.values(), ids=HAND_RIGHT.keys())
def test_right_hand_chains_pass(answer, capsys):
    check.hand_chain(*answer)
    assert "all three right" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "hint"), HAND_WRONG.values(), ids=HAND_WRONG.keys())
def test_wrong_hand_chains_fail_with_a_hint_and_keep_the_solution(answer, hint):
    with pytest.raises(WrongAnswer, match=hint) as caught:
        check.hand_chain(*answer)
    assert "expected:" not in str(caught.value)


@pytest.mark.parametrize("missing", range(3))
def test_the_hand_chain_is_not_started_while_a_number_is_missing(missing):
    answer = [Y, DW1, DX]
    answer[missing] = None
    with pytest.raises(NotStarted):
        check.hand_chain(*answer)


# --- the backward pass of a chain
def backward_loop(layers, dy):
    for layer in reversed(layers):
        dy = layer.backward(dy)
    return dy


def backward_recursive(layers, dy):
    return dy if not layers else backward_recursive(layers[:-1], layers[-1].backward(dy))


def backward_forgets(layers, dy):
    for layer in reversed(layers):
        layer.backward(dy)
    return dy


def backward_first_to_last(layers, dy):
    for layer in layers:
        dy = layer.backward(dy)
    return dy


def backward_keeps_dy(layers, dy):
    for layer in reversed(layers):
        dx = layer.backward(dy)
    return dx


def backward_turns_the_list(layers, dy):
    layers.reverse()
    return backward_first_to_last(layers, dy)


def backward_skips(layers, dy):
    return backward_loop(layers[-1:], dy)


def backward_without_return(layers, dy):
    backward_loop(layers, dy)


def backward_without_gradients(layers, dy):
    for layer in reversed(layers):
        dy = dy @ layer.params["W"].T if isinstance(layer, Dense) else layer.backward(dy)
    return dy


# --- which parameters stand still
def unmoved_copies(model, step):
    before = {name: array.copy() for name, array in model.params.items()}
    step()
    return sorted(n for n, p in model.params.items() if np.array_equal(p, before[n]))


def unmoved_sums(model, step):
    before = {name: array.tolist() for name, array in model.params.items()}
    step()
    names = []
    for name, array in model.params.items():
        if array.tolist() == before[name]:
            names.append(name)
    return sorted(names)


def unmoved_no_copies(model, step):
    before = dict(model.params)
    step()
    return sorted(n for n, p in model.params.items() if np.array_equal(p, before[n]))


def unmoved_moved(model, step):
    still = unmoved_copies(model, step)
    return sorted(set(model.params) - set(still))


def unmoved_any_entry(model, step):
    before = {name: array.copy() for name, array in model.params.items()}
    step()
    return sorted(n for n, p in model.params.items() if (p == before[n]).any())


def unmoved_first_entry(model, step):
    before = {name: array.flat[0] for name, array in model.params.items()}
    step()
    return sorted(n for n, p in model.params.items() if p.flat[0] == before[n])


def unmoved_by_sum(model, step):
    before = {name: array.sum() for name, array in model.params.items()}
    step()
    return sorted(n for n, p in model.params.items() if np.isclose(p.sum(), before[n], atol=1e-7))


def unmoved_roughly(model, step):
    before = {name: array.copy() for name, array in model.params.items()}
    step()
    return sorted(n for n, p in model.params.items() if np.allclose(p, before[n], atol=1e-4))


def unmoved_not_up(model, step):
    before = {name: array.copy() for name, array in model.params.items()}
    step()
    return sorted(n for n, p in model.params.items() if not (p > before[n]).any())


def unmoved_backwards(model, step):
    return unmoved_copies(model, step)[::-1]


def unmoved_set(model, step):
    return set(unmoved_copies(model, step))


def unmoved_twice(model, step):
    step()
    return unmoved_copies(model, step)


def unmoved_without_step(model, step):
    return []


def unmoved_without_return(model, step):
    unmoved_copies(model, step)


# --- own image only
def own_alone(model, x):
    alone = [model.forward(x[k : k + 1]) for k in range(len(x))]
    return np.allclose(model.forward(x), np.concatenate(alone), atol=1e-6)


def own_changes(model, x):
    before = model.forward(x).copy()
    for k in range(len(x)):
        changed = x.copy()
        changed[k] += 1
        others = np.arange(len(x)) != k
        after = model.forward(changed)
        if not np.allclose(after[others], before[others]) or np.allclose(after[k], before[k]):
            return False
    return True


def own_first_only(model, x):
    before, changed = model.forward(x).copy(), x.copy()
    changed[0] += 1
    return np.allclose(model.forward(changed)[1:], before[1:])


def own_last_only(model, x):
    before, changed = model.forward(x).copy(), x.copy()
    changed[-1] += 1
    return np.allclose(model.forward(changed)[:-1], before[:-1])


def own_half(model, x):
    return np.allclose(model.forward(x[:2]), model.forward(x)[:2])


def own_writes(model, x):
    before = model.forward(x).copy()
    x[0] += 1
    return np.allclose(model.forward(x)[1:], before[1:])


def own_always(model, x):
    return True


def own_never(model, x):
    return False


def own_others_only(model, x):
    before = model.forward(x).copy()
    for k in range(len(x)):
        changed = x.copy()
        changed[k] += 1
        others = np.arange(len(x)) != k
        if not np.allclose(model.forward(changed)[others], before[others]):
            return False
    return True


def own_array(model, x):
    return np.isclose(model.forward(x)[:1], model.forward(x[:1]))


def own_without_return(model, x):
    own_alone(model, x)


# --- the bug in the table
def table(rng, first=Tanh, second=Tanh, parts=slice(None)):
    layers = [Dense(12, 8, rng=rng), first(), Dense(8, 8, rng=rng), second(),
              Dense(8, 3, rng=rng)]  # fmt: skip
    return Sequential(layers[parts])


def table_nested(rng):
    halves = [Sequential([Dense(12, 8, rng=rng), Tanh()]),
              Sequential([Dense(8, 8, rng=rng), Tanh()]), Dense(8, 3, rng=rng)]  # fmt: skip
    return Sequential(halves)


def table_shared(rng):
    squash = Tanh()
    return table(rng, lambda: squash, lambda: squash)


def table_without_tanh(rng):
    return Sequential([Dense(12, 8, rng=rng), Dense(8, 8, rng=rng), Dense(8, 3, rng=rng)])


# --- a network for 28x28 digits
def small(rng, dtype, parts=None, seed=None):
    like = {"rng": np.random.default_rng(rng), "dtype": dtype}
    if seed is not None:
        like["rng"] = seed
    layers = [
        Conv2D(1, 6, 5, **like), Tanh(), AvgPool2D(2), Tanh(),
        Conv2D(6, 16, 5, **like), Tanh(), AvgPool2D(2), Tanh(),
        Conv2D(16, 40, 4, **like), Tanh(), Flatten(), Dense(40, 10, **like),
    ]  # fmt: skip
    for place, part in (parts or {}).items():
        layers[place] = part
    return Sequential(layers)


def small_relu(rng, dtype):
    return small(rng, dtype, {1: ReLU(), 5: ReLU(), 9: ReLU()})


def small_loud(rng, dtype):
    model = small(rng, dtype)
    model.params["11.W"][:] *= 30
    return model


def small_dead(rng, dtype):
    model = small(rng, dtype)
    for p in model.params.values():
        p *= 0
    return model


def small_shared(rng, dtype):
    squash = Tanh()  # two places of one shape
    return small(rng, dtype, {1: squash, 2: squash, 3: AvgPool2D(2)})


class Mixed(Layer):
    def forward(self, x):
        return x.reshape(40, -1).T

    def backward(self, dy):
        return dy.T.reshape(-1, 40, 1, 1)


class Deaf(Tanh):
    def backward(self, dy):
        return 2 * dy


def small_mixed(rng, dtype):
    return small(rng, dtype, {10: Mixed()})


def small_deaf(rng, dtype):
    return small(rng, dtype, {9: Deaf()})


def small_linear(rng, dtype):
    return Sequential([Flatten(), Dense(784, 10, rng=rng, dtype=dtype)])


def small_32(rng, dtype):
    like = {"rng": np.random.default_rng(rng), "dtype": dtype}
    return small(rng, dtype, {8: Conv2D(16, 40, 5, **like)})


def small_five(rng, dtype):
    return small(rng, dtype, {11: Dense(40, 5, rng=rng, dtype=dtype)})


RIGHT = [
    (check.chain_backward, backward_loop),
    (check.chain_backward, backward_recursive),
    (check.unmoved, unmoved_copies),
    (check.unmoved, unmoved_sums),
    (check.own_image_only, own_alone),
    (check.own_image_only, own_changes),
    (check.own_image_only, own_others_only),
    (check.network_table, table),
    (check.network_table, table_nested),
    (check.network28, small),
    (check.network28, small_relu),
]
WRONG = [
    (check.chain_backward, backward_forgets, "this is dy itself"),
    (check.chain_backward, backward_first_to_last, "first to last|raised ValueError"),
    (check.chain_backward, backward_keeps_dy, "raised ValueError|values differ"),
    (check.chain_backward, backward_turns_the_list, "changed the list"),
    (check.chain_backward, backward_skips, "only the last layer"),
    (check.chain_backward, backward_without_return, "end in return"),
    (check.chain_backward, backward_without_gradients, "gradient of 0.W"),
    (check.unmoved, unmoved_no_copies, "are the values from before copies"),
    (check.unmoved, unmoved_moved, "those that moved"),
    (check.unmoved, unmoved_any_entry, "single entry"),
    (check.unmoved, unmoved_first_entry, "single entry"),
    (check.unmoved, unmoved_by_sum, "changes can cancel"),
    (check.unmoved, unmoved_roughly, "a very small step is a step"),
    (check.unmoved, unmoved_not_up, "changes everything"),
    (check.unmoved, unmoved_backwards, "their order is not"),
    (check.unmoved, unmoved_set, "return a list"),
    (check.unmoved, unmoved_twice, "called 2 times"),
    (check.unmoved, unmoved_without_step, "called 0 times"),
    (check.unmoved, unmoved_without_return, "end in return"),
    (check.own_image_only, own_first_only, "change every image in turn"),
    (check.own_image_only, own_last_only, "change every image in turn"),
    (check.own_image_only, own_half, "a part of the batch may mix as the whole does"),
    (check.own_image_only, own_writes, "wrote into x"),
    (check.own_image_only, own_always, "mixes up images|no other row"),
    (check.own_image_only, own_never, "expected True"),
    (check.own_image_only, own_array, "return True or False"),
    (check.own_image_only, own_without_return, "return True or False"),
    (check.network_table, table_shared, "stands at two places"),
    (check.network_table, table_without_tanh, "a Tanh is missing"),
    (check.network_table, lambda rng: table(rng, ReLU, ReLU), "values differ"),
    (check.network_table, lambda rng: table(rng, parts=slice(4)), "the shape is"),
    (check.network_table, lambda rng: table(rng).layers, "return a Sequential"),
    (check.network_table, lambda rng: None, "return a Sequential"),
    (check.network28, small_loud, "start: the first loss"),
    (check.network28, small_dead, "moves: one step leaves"),
    (check.network28, small_mixed, "own digit"),
    (check.network28, small_deaf, "gradient: the error"),
    (check.network28, small_linear, "fewer than two convolutions"),
    (check.network28, small_32, "the forward pass"),
    (check.network28, small_five, "not \\(20, 10\\)"),
    (check.network28, lambda rng, dtype: None, "return a Sequential"),
]


def names(cases):
    return [f"{c[0].__name__}-{getattr(c[1], '__name__', '')}-{k}" for k, c in enumerate(cases)]


@pytest.mark.parametrize(("checker", "function"), RIGHT, ids=names(RIGHT))
def test_right_answers_pass(checker, function, capsys):
    checker(function)
    assert ": " in capsys.readouterr().out


@pytest.mark.parametrize(("checker", "function", "hint"), WRONG, ids=names(WRONG))
def test_wrong_answers_fail_with_a_hint(checker, function, hint):
    with pytest.raises(WrongAnswer, match=hint):
        checker(function)


@pytest.mark.parametrize("checker", sorted({c for c, _ in RIGHT}, key=lambda c: c.__name__))
def test_starters_are_not_started(checker):
    with pytest.raises(NotStarted):
        checker(starter)
