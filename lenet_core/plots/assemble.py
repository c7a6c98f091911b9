"""Pictures of the chapter "Assemble LeNet-5"."""

import matplotlib.pyplot as plt
import numpy as np

from .style import (
    BLACK,
    BLUE,
    HATCHES,
    MARKERS,
    ORANGE,
    RED,
    SKY,
    WIDTH,
    blank,
    headline,
    number_grid,
)

SIZE = 11  # points: what is left of it on a phone can still be read
VERDICTS = {True: ("yes", ORANGE, HATCHES[0]), False: ("", "white", None)}


def chain(parts, shapes):
    """Draw the network as a chain: values to the right, slopes of the same shapes to the left.

    Parameters
    ----------
    parts : list of str, what each box is called; the last one is the loss
    shapes : list of str, of what enters each box
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 2.8))
    for at, (part, shape) in enumerate(zip(parts, shapes, strict=True)):
        last = at == len(parts) - 1
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white" if last else SKY, "lw": 1}
        ax.text(at, 0, part, ha="center", va="center", fontsize=SIZE, bbox=box)
        arrow(ax, (at - 0.95, 0.55), (at - 0.05, 0.55), BLUE)
        ax.text(at - 0.5, 0.68, shape, ha="center", va="bottom", fontsize=SIZE, color=BLUE)
        arrow(ax, (at - 0.05, -0.55), (at - 0.95, -0.55), RED, dashed=True)
        ax.text(at - 0.5, -0.68, shape, ha="center", va="top", fontsize=SIZE, color=RED)
        if not last:
            ax.text(at, -1.55, "dW, db", ha="center", va="center", fontsize=SIZE)
            arrow(ax, (at, -0.3), (at, -1.35), BLACK)
    ax.text(-0.98, 1.75, "values →", color=BLUE, fontsize=SIZE, weight="bold")
    ax.text(-0.98, -1.55, "slopes ←", color=RED, fontsize=SIZE, weight="bold", va="center")
    ax.set(xlim=(-1, len(parts) - 0.6), ylim=(-1.8, 2.05))
    blank(ax)
    headline(fig, "What comes back has the shape of what went in")
    plt.show()


def arrow(ax, start, end, colour, *, dashed=False):
    """Draw an arrow from `start` to `end`."""
    style = {"arrowstyle": "->", "color": colour, "lw": 1.4, "ls": "--" if dashed else "-"}
    ax.annotate("", xy=end, xytext=start, arrowprops=style)


def hand_chain(names, values, slopes, hidden):
    """Draw the example by hand: rows of values above, rows of slopes below, joined by layers.

    Parameters
    ----------
    names : list of str, what stands between each two of the `values`
    values, slopes : lists of (1, 2) arrays, what enters each layer and its slope
    hidden : (place in `slopes`, column) of the entry that is left for the reader
    """
    n = len(values)
    widths = [2 if k % 2 == 0 else 1.15 for k in range(2 * n - 1)]
    fig, axes = plt.subplots(2, 2 * n - 1, figsize=(WIDTH, 2.5), width_ratios=widths)
    for k, (value, slope) in enumerate(zip(values, slopes, strict=True)):
        slope = np.array(slope, dtype=object)
        if hidden[0] == k:
            slope[0, hidden[1]] = "?"
        number_grid(axes[0, 2 * k], value, fmt="{}", fontsize=13)
        number_grid(axes[1, 2 * k], slope, fmt="{}", fontsize=13)
    for k, name in enumerate(names):
        for row, sign in enumerate("→←"):
            ax = axes[row, 2 * k + 1]
            blank(ax)
            ax.text(0.5, 0.5, f"{name}\n{sign}", ha="center", va="center", fontsize=SIZE,
                    transform=ax.transAxes)  # fmt: skip
    axes[0, 0].set_title("values", loc="left", fontsize=SIZE)
    axes[1, 0].set_title("slopes", loc="left", fontsize=SIZE)
    headline(fig, "The shut ReLU lets nothing through, in either direction")
    plt.show()


def batches(rows, n=8):
    """Draw the first digits of several batches with their labels, one row for each batch.

    Parameters
    ----------
    rows : {title: (X, y)}
    n : int, digits in a row
    """
    fig, axes = plt.subplots(len(rows), n, figsize=(WIDTH, 1.3 * len(rows)), squeeze=False)
    for line, (title, (X, y)) in zip(axes, rows.items(), strict=True):
        for ax, image, label in zip(line, X, y, strict=False):
            ax.imshow(image[0])
            blank(ax)
            ax.text(0.5, -0.02, str(label), ha="center", va="top", fontsize=13, weight="bold",
                    transform=ax.transAxes)  # fmt: skip
        line[0].set_title(title, loc="left", fontsize=SIZE)
    headline(fig, "A glance tells what does not fit")
    plt.show()


def curves(losses, chance):
    """Draw the loss of several networks over their steps, with the loss of chance.

    Parameters
    ----------
    losses : {label: list of float}
    chance : float
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 3.6))
    for k, (label, values) in enumerate(losses.items()):
        ax.plot(values, label=label, marker=MARKERS[k], markevery=(3 * k, 12), markersize=6)
    ax.axhline(chance, color=BLACK, linestyle=":", marker="")
    ax.text(len(values) - 1, chance + 0.05, "ln 10", ha="right", fontsize=SIZE)
    ax.set_xlabel("step", fontsize=SIZE)
    ax.set_ylabel("loss", fontsize=SIZE)
    ax.set_ylim(bottom=-0.05)
    ax.tick_params(labelsize=SIZE)
    ax.legend(fontsize=SIZE, loc="upper right", bbox_to_anchor=(1, 0.86))
    headline(fig, "It learns any labels by heart, but nothing from blank digits")
    plt.show()


def matrix(titles, checks, caught):
    """Draw which check catches which planted bug.

    Parameters
    ----------
    titles, checks : lists of str
    caught : bool array (titles, checks)
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 0.36 * len(titles) + 1.2))
    for (row, column), found in np.ndenumerate(caught):
        word, fill, hatch = VERDICTS[bool(found)]
        cell = plt.Rectangle((column, row), 1, 1, facecolor=fill, edgecolor="#444444", hatch=hatch)
        ax.add_patch(cell)
        box = {"facecolor": fill, "edgecolor": "none", "pad": 0.5} if word else None
        ax.text(column + 0.5, row + 0.53, word, ha="center", va="center", fontsize=SIZE, bbox=box)
    names = [f"{title}  {row + 1}" for row, title in enumerate(titles)]
    ax.set_yticks(np.arange(len(titles)) + 0.5, names, fontsize=SIZE)
    ax.set_xticks(np.arange(len(checks)) + 0.5, checks, fontsize=SIZE, rotation=90)
    ax.tick_params(length=0, pad=3, labeltop=True, labelbottom=False)
    ax.set(xlim=(0, len(checks)), ylim=(len(titles), 0))
    headline(fig, "Most checks see a bug that no other check sees")
    plt.show()
