"""Pictures of the chapter "Pool a map"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from .style import (
    BLACK,
    BLUE,
    GREEN,
    MARKERS,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    WIDTH,
    blank,
    headline,
    number_grid,
)

WINDOWS = [SKY, ORANGE, GREEN, PURPLE]  # one colour for each window of the example


def where_it_is(digit, before, after):
    """Draw a digit, a map of it, and the map pooled, the size of the window marked.

    Parameters
    ----------
    digit : array (32, 32)
    before, after : arrays (28, 28) and (14, 14)
    """
    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.6))
    axes[0].imshow(digit)
    blank(axes[0], "a digit, 32×32")
    limit = np.abs(before).max()
    i, j = np.unravel_index(after.argmax(), after.shape)
    for ax, values, title, corner, side in [
        (axes[1], before, "a map of C1, 28×28", (2 * j, 2 * i), 2),
        (axes[2], after, "pooled, 14×14", (j, i), 1),
    ]:
        ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.add_patch(Rectangle((corner[0] - 0.5, corner[1] - 0.5), side, side, fill=False, lw=2))
        blank(ax, title)
    headline(fig, "A quarter of the numbers, and the stroke is still there")
    plt.show()


def pooled_by_hand(X, means, maxima):
    """Draw the 4x4 example with its windows coloured, its means and its largest values."""
    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.5), width_ratios=[2, 1, 1])
    big = {(r, c): tint(r // 2, c // 2) for r, c in np.ndindex(X.shape)}
    small = {(r, c): tint(r, c) for r, c in np.ndindex(means.shape)}
    number_grid(axes[0], X, title="X (4, 4)", fills=big)
    for at in (0, 2, 4):  # the borders of the windows, so that colour is not alone
        axes[0].plot([at, at], [0, 4], color=BLACK, lw=2.5, marker="")
        axes[0].plot([0, 4], [at, at], color=BLACK, lw=2.5, marker="")
    number_grid(axes[1], means, title="mean", fills=small, fmt="{}")
    number_grid(axes[2], maxima, title="largest", fills=small, fmt="{}")
    headline(fig, "Each window of four becomes one number")
    plt.show()


def tint(row, column):
    """Return the pale colour of the window in this place."""
    return to_rgba(WINDOWS[2 * row + column], 0.35)


def given_back(dY, of_mean, of_max):
    """Draw what the gradient dY gives back through the mean and through the largest value."""
    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.5), width_ratios=[1, 2, 2])
    number_grid(axes[0], dY, title="dY", fills={p: tint(*p) for p in np.ndindex(dY.shape)})
    for ax, dX, title in [(axes[1], of_mean, "dX of the mean"), (axes[2], of_max, "dX of the max")]:
        fills = {p: tint(p[0] // 2, p[1] // 2) for p in np.ndindex(dX.shape) if dX[p]}
        number_grid(ax, dX, title=title, fills=fills)
    headline(fig, "The mean shares its gradient, the maximum gives it to the winner")
    plt.show()


def moved(changes, pixels):
    """Draw how much the states of each stage change when digits are moved.

    Parameters
    ----------
    changes : {stage: list of relative changes}, one for each entry of `pixels`
    """
    ax = plt.subplots(figsize=(WIDTH, 3.2))[1]
    lines = zip(["-", "--", "-", "--", "-"], changes.items(), strict=True)
    for dashes, (stage, values) in lines:
        ax.plot(pixels, values, linestyle=dashes, label=stage)
    ax.set(xlabel="digits moved by so many pixels", ylabel="relative change of the states",
           xticks=pixels, ylim=(0, None))  # fmt: skip
    ax.legend()
    ax.set_title("After each pooling, a small move changes less")
    plt.show()


def trained_coefficient(inked, curves):
    """Draw what a unit of the paper's S2 gives for 0 to 4 inked pixels.

    Parameters
    ----------
    inked : list of int
    curves : {name: values}, one value for each entry of `inked`
    """
    ax = plt.subplots(figsize=(WIDTH, 3.0))[1]
    styles = zip([BLUE, RED, GREEN], MARKERS[:3], ["-", "--", ":"], curves.items(), strict=True)
    for colour, marker, dashes, (name, values) in styles:
        ax.plot(inked, values, color=colour, marker=marker, linestyle=dashes, label=name)
    ax.set(xlabel="inked pixels in the window of four", ylabel="the unit", xticks=inked)
    ax.legend(loc="upper left", bbox_to_anchor=(1.1, -0.2), bbox_transform=ax.transData)
    ax.set_title("One formula: a blur, an or, an and")
    plt.show()
