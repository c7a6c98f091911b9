"""One digit on its way through the network: the picture on the first page."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from .style import BLUE, SETTINGS, blank

STAGES = {  # name and the place in LeNet5.layers after which it is read, maps a row
    "C1\nconvolve": (1, 1),
    "S2\naverage": (3, 1),
    "C3\nconvolve": (5, 2),
    "S4\naverage": (7, 2),
    "C5\nconvolve": (9, 10),
    "F6\ndense": (12, 7),
}


def digit_through_network(model, x):
    """Draw one digit (1, 1, 32, 32), the states of every stage of a LeNet5, and its answer.

    Returns
    -------
    matplotlib.figure.Figure
    """
    states = all_states(model, x)
    with plt.rc_context(SETTINGS):
        figure, axes = plt.subplots(
            1, 8, figsize=(9.6, 3.6), gridspec_kw={"width_ratios": [2, 1, 0.7, 1, 0.7, 1, 0.8, 1.6]}
        )
        draw_map(axes[0], x[0, 0], "input\n32×32")
        axes[0].add_patch(Rectangle((-0.5, -0.5), 32, 32, fill=False, edgecolor="#999999"))
        for ax, (name, (place, across)) in zip(axes[1:7], STAGES.items(), strict=True):
            draw_map(ax, mosaic(states[place][0], across), name)
        draw_answer(axes[7], states[-1][0])
    return figure


def all_states(model, x):
    """Return the output of every layer of `model` for `x`, in order."""
    states = []
    for layer in model.layers:
        x = layer.forward(x)
        states.append(x)
    return states


def mosaic(maps, across):
    """Lay feature maps (C, H, W), or units (K,), side by side in rows of `across`; 1 apart."""
    maps = maps.reshape(len(maps), *maps.shape[1:] or (1, 1))
    c, h, w = maps.shape
    gap = 1 if h > 1 else 0
    out = np.full((-(-c // across) * (h + gap) - gap, across * (w + gap) - gap), np.nan)
    for k, one in enumerate(maps):
        row, col = divmod(k, across)
        out[row * (h + gap) :, col * (w + gap) :][:h, :w] = one
    return out


def draw_map(ax, values, name):
    """Draw states, the highest black, below their name."""
    ax.imshow(values, interpolation="nearest")
    blank(ax, name)


def draw_answer(ax, scores):
    """Draw the ten probabilities as bars, the largest in blue with its number."""
    p = np.exp(scores - scores.max())
    p /= p.sum()
    best = int(p.argmax())
    ax.barh(range(10), p, color=[BLUE if k == best else "#999999" for k in range(10)])
    ax.text(p[best] - 0.04, best, f"{p[best]:.2f}", color="white", ha="right", va="center")
    ax.set(yticks=range(10), xticks=[], xlim=(0, 1))
    ax.invert_yaxis()
    ax.spines["bottom"].set_visible(False)
    ax.set_title("answer", loc="center", fontsize=10, fontweight="normal")
