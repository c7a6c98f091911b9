"""Checkers of the chapter "Draw the map"."""

import numpy as np

from .checker import Case, NotStarted, WrongAnswer, attempt, run_cases, same


def hand_counts(pooled, parameters, connections):
    """Check the pencil counts: two kernels of 3x3 on 8x8 pixels, pooling, three outputs.

    Parameters
    ----------
    pooled : shape (maps, height, width) after pooling
    parameters, connections : of convolution, pooling and outputs together
    """
    answers = {"pooled": pooled, "parameters": parameters, "connections": connections}
    if any(value is None for value in answers.values()):
        raise NotStarted("counts by hand: replace each None by your numbers")
    for name, (right, hints) in hand_answers().items():
        same(name, answers[name], right, hints, reveal=False)
    print("counts by hand: all three right")


def hand_answers():
    """Return {name: (right answer, hints)} of the pencil counts."""
    conv, units = 2 * (3 * 3 + 1), 2 * 6 * 6
    dense = 3 * (18 + 1)
    links = units * 10 + 2 * 3 * 3 * 4 + dense
    return {
        "pooled": ((2, 3, 3), [
            ((2, 6, 6), "this is the map before pooling: the next window starts 2 pixels on"),
            ((1, 3, 3), "two kernels give two maps"),
            ((2, 4, 4), "a 3x3 window has 6 places along 8 pixels, not 8: count them"),
        ]),
        "parameters": (conv + dense, [
            (2 * 9 + 3 * 18, "the biases are missing: one for each map, one for each output"),
            (10 + dense, "each of the two maps has a kernel and a bias of its own"),
            (conv + 3 * (9 + 1), "an output reads the pooled units of both maps"),
            (conv, "the three outputs have parameters too"),
            (dense, "the two kernels have parameters too"),
        ]),
        "connections": (links, [
            (conv + dense, "these are the parameters: a kernel is used at every place of its map"),
            (links - 2 * 3 * 3 * 4, "pooling has no parameters, but its units have inputs"),
            (links - units - 3, "the biases are missing: a bias is a connection too"),
            (links - units, "the bias of a map reaches each of its units"),
            (units * 10 + dense + 2 * 6 * 6 * 4, "each pooled unit has four inputs, and there are "
             "fewer of them than units of the maps"),
        ]),
    }  # fmt: skip


def pool_counts(function):
    """Check function(maps, h, w, k) -> (parameters, connections) of pooling k x k pixels."""
    sizes = {
        "one map of 2x2 pixels": (1, 2, 2, 2),
        "S2 of LeNet-5": (6, 28, 28, 2),
        "three maps of 6x9 pixels, 3x3 windows": (3, 6, 9, 3),
        "a map of 5x5 pixels: a row and a column fill no window": (1, 5, 5, 2),
    }
    cases = [
        Case(label, size, pooled(*size), pool_mistakes(*size)) for label, size in sizes.items()
    ]
    run_cases("pool_counts", function, cases)


def pooled(maps, h, w, k):
    """Return (parameters, connections) of pooling."""
    return 0, maps * (h // k) * (w // k) * k * k


def pool_mistakes(maps, h, w, k):
    """Return the counts that common slips give, each with its hint."""
    right = pooled(maps, h, w, k)
    units = maps * (h // k) * (w // k)
    return (
        ((0, right[1] + units), "the mean has no bias"),
        ((maps, right[1]), "nothing is trained in a mean: it has no parameters"),
        ((2 * maps, right[1] + units), "that is the paper's pooling; a mean has no parameters and "
         "no bias"),
        ((2 * maps, right[1]), "that is the paper's pooling; a mean has no parameters"),
        ((0, units), "each unit reads k*k pixels"),
        ((0, maps * h * w * k * k), "there is one unit for each window, not for each pixel"),
        ((0, maps * h * w), "pixels that fill no window have no connection"),
        ((0, maps * (h // k) ** 2 * k * k), "there may be more windows along a row than down a "
         "column"),
        ((0, maps * (h - k + 1) * (w - k + 1) * k * k), "windows of a pooling do not overlap"),
    )  # fmt: skip


def walk(function):
    """Check function(shape, layers) -> [(output shape, parameters, connections), ...]."""
    lenet = [("conv", 6, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("conv", 120, 5),
             ("dense", 84), ("dense", 10)]  # fmt: skip
    networks = {
        "a dense layer alone": ((3,), [("dense", 2)]),
        "a convolution alone": ((1, 6, 6), [("conv", 1, 3)]),
        "a pooling alone": ((2, 4, 6), [("pool", 2)]),
        "a pooling of 5x7 pixels: a row and a column are left out": ((1, 5, 7), [("pool", 2)]),
        "the example by hand": ((1, 6, 6), [("conv", 1, 3), ("pool", 2), ("dense", 2)]),
        "two convolutions: the second reads all maps": (
            (1, 7, 8),
            [("conv", 3, 3), ("conv", 2, 2)],
        ),
        "LeNet-5": ((1, 32, 32), lenet),
    }
    for label, network in networks.items():
        got = attempt("walk", function, Case(label, network, None))
        hints = [(flat(rows), hint) for rows, hint in walk_mistakes(*network)]
        check_rows(label, got, len(network[1]))
        same(label, flat(got), flat(walked(*network)), hints,
             inputs=dict(zip(("shape", "layers"), network, strict=True)))  # fmt: skip
    print(f"walk: right in all {len(networks)} cases")


def check_rows(label, rows, n):
    """Refuse what is no list of n rows (output shape, parameters, connections)."""
    if rows is None:
        raise WrongAnswer(f"{label}: the answer is None: does it end in return?")
    try:
        kinds = [(np.ndim(shape), np.ndim(p), np.ndim(q)) for shape, p, q in rows]
    except (TypeError, ValueError):
        kinds = None
    if kinds is None or set(kinds) != {(1, 0, 0)}:
        raise WrongAnswer(f"{label}: each row is (output shape, parameters, connections), the "
                          f"shape a tuple: ((6, 28, 28), 156, 122304)\ngot: {rows!r}")  # fmt: skip
    if len(kinds) != n:
        raise WrongAnswer(f"{label}: {n} layers, but the number of rows is {len(kinds)}\n"
                          "Hint: return a row for every layer")  # fmt: skip


def walked(shape, layers, *, bias=1, all_maps=True, places=True):
    """Return the rows of a network; with the options those of a mistake."""
    rows = []
    for kind, *size in layers:
        if kind == "dense":
            shape, n = (size[0],), size[0] * (int(np.prod(shape)) + bias)
            rows.append((shape, n, n))
            continue
        c, h, w = shape
        if kind == "pool":
            (k,) = size
            shape = (c, h // k, w // k)
            rows.append((shape, 0, int(np.prod(shape)) * k * k))
        else:
            out, k = size
            shape = (out, h - k + 1, w - k + 1)
            n = out * ((c if all_maps else 1) * k * k + bias)
            rows.append((shape, n, n * shape[1] * shape[2] if places else n))
    return rows


def walk_mistakes(shape, layers):
    """Return the rows that common slips give, each with its hint."""
    return (
        (walked(shape, layers, bias=0), "the biases are missing"),
        (walked(shape, layers, all_maps=False), "a kernel has k*k weights for each map that it "
         "reads"),
        (walked(shape, layers, places=False), "a kernel is used at every place of its map: "
         "multiply its parameters by the places"),
    )  # fmt: skip


def flat(rows):
    """Return rows as one list of numbers, so that they can be compared."""
    return [n for shape, *counts in rows for n in (*shape, *counts)]


def field(function):
    """Check function(layers) -> pixels along one side that a unit after the last layer sees.

    `layers` is a list of (window, pixels to the next window).
    """
    chains = {
        "no layer: a pixel sees itself": [],
        "C1": [(5, 1)],
        "two convolutions": [(3, 1), (3, 1)],
        "C1 and S2": [(5, 1), (2, 2)],
        "LeNet-5 up to C3": [(5, 1), (2, 2), (5, 1)],
        "LeNet-5 up to C5": [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)],
        "windows of 3 that move on by 2": [(3, 2), (3, 2), (3, 2)],
    }
    cases = [Case(label, (c,), seen(c), field_mistakes(c)) for label, c in chains.items()]
    run_cases("field", function, cases)


def seen(layers):
    """Return the side of the receptive field."""
    size = 1
    for k, s in reversed(layers):
        size = (size - 1) * s + k
    return size


def field_mistakes(layers):
    """Return what common slips give, each with its hint."""
    forwards = 1
    for k, s in layers:
        forwards = (forwards - 1) * s + k
    return (
        (forwards, "walk from the last layer back to the pixels"),
        (sum(k for k, _ in layers), "windows overlap: sizes do not add up"),
        (1 + sum(k - 1 for k, _ in layers), "after a layer that moves on by 2, neighbours are "
         "2 pixels apart"),
        (int(np.prod([k for k, _ in layers])), "windows overlap: sizes do not multiply"),
    )  # fmt: skip


def plan(layers):
    """Check a plan: at most a third of LeNet-5's parameters, no more connections, all in view.

    `layers` is a list like that of `walk`; the digits have 32x32 pixels, the last layer 10 units.
    """
    if layers is None:
        raise NotStarted("plan: replace None by a list of layers")
    check_layers(layers)
    rows = walked((1, 32, 32), layers)
    if any(min(shape) < 1 for shape, *_ in rows):
        raise WrongAnswer("plan: a window is larger than the map that it reads")
    windows = [(size[-1], size[-1] if kind == "pool" else 1) for kind, *size in layers
               if kind != "dense"]  # fmt: skip
    parameters, connections = (sum(row[at] for row in rows) for at in (1, 2))
    faults = {
        "the last layer has to have 10 units": rows[-1][0] != (10,),
        f"{parameters:,} parameters are too many: a third of 61,706 is 20,568": parameters > 20_568,
        f"{connections:,} connections are more than LeNet-5's 429,342": connections > 429_342,
        f"the last maps see {seen(windows)} pixels of 32\nHint: a larger window, or one more "
        "pooling": seen(windows) < 32,
    }
    for fault, found in faults.items():
        if found:
            raise WrongAnswer(f"plan: {fault}")
    print(f"plan: {parameters:,} parameters, {connections:,} connections, all of the digit in view")


def check_layers(layers):
    """Refuse a plan that is no list of layers, or puts maps behind units."""
    sizes = {"conv": 2, "pool": 1, "dense": 1}
    if not isinstance(layers, list | tuple) or not layers:
        raise WrongAnswer(f"plan: this is no list of layers: {layers!r}")
    for layer in layers:
        kind, *size = layer if isinstance(layer, list | tuple) and layer else [layer]
        if not isinstance(kind, str) or len(size) != sizes.get(kind):
            raise WrongAnswer(f"plan: {layer!r} is no layer; there are ('conv', maps, k), "
                              "('pool', k) and ('dense', units)")  # fmt: skip
        if any(not isinstance(n, int) or n < 1 for n in size):
            raise WrongAnswer(f"plan: the sizes of a layer are whole numbers from 1 on: {layer!r}")
    kinds = [kind for kind, *_ in layers]
    if "dense" in kinds and set(kinds[kinds.index("dense") :]) != {"dense"}:
        raise WrongAnswer("plan: after a dense layer there are no maps left to convolve or pool")
