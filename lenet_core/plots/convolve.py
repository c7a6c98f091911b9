"""Pictures of the chapter "Convolve an image"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from .style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    WIDTH,
    YELLOW,
    blank,
    enlarge,
    headline,
    number_grid,
)

WINDOW_COLOURS = [ORANGE, BLUE, GREEN, PURPLE]  # one for each window of the 3x3 example


def three_windows(digit, kernel, response):
    """Draw a digit, a kernel and its map, with three windows and the values they give.

    The windows are the map's first corner, its largest and its smallest value.

    Parameters
    ----------
    digit : array (32, 32)
    kernel : array (5, 5)
    response : array (28, 28), the kernel's map of the digit
    """
    fig, axes = plt.subplot_mosaic(
        [["digit", "kernel"], ["map", "kernel"]], figsize=(WIDTH, 5.8), width_ratios=[1, 0.8]
    )
    axes["digit"].imshow(digit)
    blank(axes["digit"], "digit: 32 × 32 pixels")
    signs(axes["kernel"], kernel, "kernel: 5 × 5")
    limit = np.abs(response).max()
    axes["map"].imshow(response, cmap="RdBu_r", vmin=-limit, vmax=limit)
    blank(axes["map"], "map: 28 × 28 values")
    for name, place in zip("ABC", interesting_places(response), strict=True):
        mark_window(axes["digit"], name, place, kernel.shape)
        mark_value(axes["map"], name, place, response[place])
    enlarge(fig)
    headline(fig, "One kernel answers to the left and the right side of a stroke")
    plt.show()


def interesting_places(response):
    """Return the (row, column) of the map's first value, its largest and its smallest."""
    ends = [np.unravel_index(pick(response), response.shape) for pick in (np.argmax, np.argmin)]
    return [(0, 0), *[tuple(int(k) for k in place) for place in ends]]


def mark_window(ax, name, place, size):
    """Outline the window of `size` whose first pixel is `place`, and name it."""
    (i, j), (h, w) = place, size
    ax.add_patch(Rectangle((j - 0.5, i - 0.5), w, h, fill=False, edgecolor=RED, linewidth=1.6))
    left = 2 < j < 18  # on the side where no ink lies, for the digits that are drawn here
    ax.text(
        j - 1 if left else j + w, i + h / 2, name, color=RED, ha="right" if left else "left",
        va="center", weight="bold", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def mark_value(ax, name, place, value):
    """Outline one pixel of a map and write its name and value beside it."""
    i, j = place
    ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=1.6))
    label = f"{name}: {round(float(value), 1) + 0.0:.1f}"
    right = j < 14
    ax.annotate(
        label, (j, i), (j + 2, i + 3) if right else (j - 1, i - 4), ha="left" if right else "right",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        arrowprops={"arrowstyle": "-", "linewidth": 0.8},
    )  # fmt: skip


def signs(ax, kernel, title=""):
    """Draw a kernel of -1, 0 and 1 as a table of signs on its colours."""
    fills = {place: plt.cm.RdBu_r(0.5 + 0.3 * value) for place, value in np.ndenumerate(kernel)}
    number_grid(ax, kernel, title=title, fills=fills, fmt="", fontsize=9)
    for (i, j), value in np.ndenumerate(kernel):
        text = {-1: "−", 0: "0", 1: "+"}[int(value)]
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=9)


def first_product(X, K, b):
    """Draw the 3x3 example with its first window lit and only the first entry of Y known."""
    Y = np.full((2, 2), "?", dtype=object)
    Y[0, 0] = (X[:2, :2] * K).sum() + b
    fig, axes = grid_row([X, K, Y], signs=["∗", f"+ {b}  ="], height=1.7)
    fills = window_fills(0, X.shape, K.shape)
    number_grid(axes[0], X, title="X (3, 3)", fills=fills)
    number_grid(axes[1], K, title="K (2, 2)")
    number_grid(axes[2], Y, title="Y (2, 2)", fills=window_fills(0, Y.shape, (1, 1)), fmt="{}")
    headline(fig, f"The first window, times K, plus b, gives {Y[0, 0]}")
    plt.show()


def window_columns(X, columns, K):
    """Draw each window of X above the column that it becomes."""
    n = columns.shape[1]
    fig, axes = plt.subplots(
        2, n + 1, figsize=(WIDTH, 4.0), height_ratios=[1, 1.25], width_ratios=[1.45] + [1] * n
    )
    blank(axes[0, 0])
    number_grid(axes[1, 0], K.reshape(1, -1), title="K as a row")
    for w, (top, bottom) in enumerate(axes[:, 1:].T):
        number_grid(top, X, title=f"window {w}", fills=window_fills(w, X.shape, K.shape))
        fills = {(r, 0): tint(w) for r in range(len(columns))}
        number_grid(bottom, columns[:, [w]], title=f"column {w}", fills=fills)
    enlarge(fig)
    headline(fig, "Each window becomes a column; one product serves them all")
    plt.show()


def given_back(dcolumns, dX, K, dY):
    """Draw each column of dcolumns on its window, and their sum."""
    parts = [np.full(dX.shape, "", dtype=object) for _ in dcolumns.T]
    fig, axes = grid_row([*parts, dX], signs=["+"] * (len(parts) - 1) + ["="], height=1.8)
    for w, (part, column) in enumerate(zip(parts, dcolumns.T, strict=True)):
        fills = window_fills(w, dX.shape, K.shape)
        part[tuple(np.transpose(list(fills)))] = column
        number_grid(axes[w], part, title=f"{dY.flat[w]} · K", fills=fills, fmt="{}")
    number_grid(axes[-1], dX, title="dX")
    enlarge(fig)
    headline(fig, "Each window gives back its dY times K; shared pixels add up")
    plt.show()


def overwritten(counts, dX, wrong):
    """Draw how many windows share each pixel, dX, and dX as `=` leaves it, errors crossed."""
    fig, axes = grid_row([counts, dX, wrong], signs=["", ""], height=2.0)
    number_grid(axes[0], counts, title="windows that share it")
    number_grid(axes[1], dX, title="dX, with +=")
    differs = {place: to_rgba(YELLOW, 0.8) for place in zip(*np.nonzero(dX != wrong), strict=True)}
    number_grid(axes[2], wrong, title="dX, with =", fills=differs)
    for i, j in differs:
        axes[2].plot([j + 0.08, j + 0.92], [i + 0.92, i + 0.08], color=RED, marker="", linewidth=1)
    headline(fig, f"With = the {len(differs)} crossed pixels are wrong")
    plt.show()


def kernels_and_maps(digit, names, kernels, maps):
    """Draw a digit, and below each kernel its map of that digit, all maps on one scale.

    Parameters
    ----------
    digit : array (32, 32)
    names : list of str
    kernels : array (len(names), 5, 5) of -1, 0 and 1
    maps : array (len(names), 28, 28)
    """
    fig, axes = plt.subplots(2, len(names) + 1, figsize=(WIDTH, 3.5), height_ratios=[0.8, 1])
    blank(axes[0, 0])
    axes[1, 0].imshow(digit)
    blank(axes[1, 0], "digit")
    limit = np.abs(maps).max()
    for top, bottom, name, kernel, y in zip(*axes[:, 1:], names, kernels, maps, strict=True):
        signs(top, kernel, name)
        image = bottom.imshow(y, cmap="RdBu_r", vmin=-limit, vmax=limit)
        bottom.contour(y, levels=[-limit / 2, limit / 2], colors="black", linewidths=0.7)
        blank(bottom)
    fig.colorbar(image, ax=axes[1, :], orientation="horizontal", aspect=50, shrink=0.8)
    headline(fig, "Each kernel answers where the ink changes in its direction")
    plt.show()


def count_table(shapes, paper, book):
    """Return a table of the layers' outputs, parameters and connections, with totals.

    Parameters
    ----------
    shapes : list of tuple, the output of each layer
    paper, book : {layer: (parameters, connections)}, in one order
    """
    from IPython.display import Markdown  # only notebooks have IPython

    titles = ["layer", "output", *[f"{what}, {who}" for who in ("paper", "book")
                                   for what in ("parameters", "connections")]]  # fmt: skip
    rows = [titles, ["---"] * 2 + ["---:"] * 4]
    counts = [(*paper[name], *book[name]) for name in paper]
    for name, shape, numbers in zip(paper, shapes, counts, strict=True):
        rows.append([name, "×".join(map(str, shape)), *[f"{n:,}" for n in numbers]])
    totals = [sum(column) for column in zip(*counts, strict=True)]
    rows.append(["**total**", "", *[f"**{total:,}**" for total in totals]])
    return Markdown("\n".join("| " + " | ".join(row) + " |" for row in rows))


def window_fills(w, image, size):
    """Return {(row, column): colour} of the pixels of window number `w`."""
    h, width = size
    i, j = divmod(w, image[1] - width + 1)
    return {(i + u, j + v): tint(w) for u, v in np.ndindex(h, width)}


def tint(w):
    """Return the light colour of window number `w`, on which black text is easy to read."""
    return to_rgba(WINDOW_COLOURS[w], 0.35)


def grid_row(grids, *, signs, height):
    """Return a figure and axes for small matrices side by side, with a sign between each two."""
    widths = [np.shape(grids[0])[1]]
    for grid in grids[1:]:
        widths += [0.7, np.shape(grid)[1]]
    fig, axes = plt.subplots(1, len(widths), figsize=(WIDTH, height), width_ratios=widths)
    for ax, sign in zip(axes[1::2], signs, strict=True):
        blank(ax)
        ax.text(0.5, 0.5, sign, ha="center", va="center", fontsize=13, transform=ax.transAxes)
    return fig, axes[::2]
