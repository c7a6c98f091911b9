"""The ledger of LeNet-5: what every stage holds, and what of it the reader has built so far."""

import math

import numpy as np

from ..layers import AvgPool2D, Conv2D, Dense
from ..model import LeNet5

STAGES = ["C1", "S2", "C3", "S4", "C5", "F6", "output"]  # the layers that are no squash, in order
CHAPTER = {Conv2D: "convolve", AvgPool2D: "pool", Dense: "dense"}


def stage_counts():
    """Return {stage: (layer's class, output shape, parameters, connections)} of `LeNet5`.

    A connection is one input, or the bias, that reaches one unit; the shapes leave out the batch.
    """
    x, counts = np.zeros((1, 1, 32, 32), np.float32), []
    for layer in LeNet5(rng=0).layers:
        x = layer.forward(x)
        if type(layer) in CHAPTER:
            counts.append((type(layer), x.shape[1:], layer.n_params, connections(layer, x)))
    return dict(zip(STAGES, counts, strict=True))


def connections(layer, y):
    """Return how many connections lead to the output y (1, ...) of a layer."""
    if isinstance(layer, AvgPool2D):
        return y.size * math.prod(layer.pool_size)
    places = math.prod(y.shape[2:])  # a Dense layer has one
    return layer.n_params * places


def ledger(*built):
    """Return the ledger as a table; the stages named in `built` are ticked and summed."""
    from IPython.display import Markdown  # only notebooks have IPython

    if unknown := set(built) - set(STAGES):
        raise ValueError(f"no stage {', '.join(sorted(unknown))}: there are {', '.join(STAGES)}")
    rows = [["stage", "output", "parameters", "connections", "you have built it"]]
    rows.append(["---", "---", "---:", "---:", "---"])
    counts = stage_counts()
    for stage, (kind, shape, *numbers) in counts.items():
        mark = "yes" if stage in built else f"not yet: [{kind.__name__}]({CHAPTER[kind]}.ipynb)"
        rows.append([stage, "×".join(map(str, shape)), *[f"{n:,}" for n in numbers], mark])
    for name, stages in {"**built so far**": built, "**LeNet-5**": STAGES}.items():
        sums = [sum(counts[stage][at] for stage in stages) for at in (2, 3)]
        rows.append([name, "", *[f"**{n:,}**" for n in sums], f"{len(stages)} of {len(STAGES)}"])
    return Markdown("\n".join("| " + " | ".join(row) + " |" for row in rows))
