"""Pictures of the chapter "Weigh and add: Dense and the chain rule"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyBboxPatch

from .style import BLUE, GREEN, ORANGE, RED, WIDTH, blank, headline, number_grid

LIGHT, READ, WRITE = 0.3, to_rgba(ORANGE, 0.45), to_rgba(GREEN, 0.4)
STAGES = ["× w", "+ b", "− t", "½ ( )²"]
SPACING = 2.6  # between the middles of two boxes


def votes(digit, weights):
    """Draw a digit, the weights of some classes, and what each pixel adds to each sum.

    Parameters
    ----------
    digit : array (32, 32)
    weights : {class: array (32, 32)}
    """
    rows = len(weights)
    fig, axes = plt.subplots(rows, 3, figsize=(WIDTH, 2.45 * rows), squeeze=False)
    for row, (name, weight) in zip(axes, weights.items(), strict=True):
        vote = digit * weight
        row[0].imshow(digit)
        signed(row[1], weight)
        signed(row[2], vote)
        total = f"{vote.sum():+.1f}".replace("-", "−")
        titles = [f"a digit {' × '.join(map(str, digit.shape))}", f"× weights of class {name}",
                  f"sum of the votes: {total}"]  # fmt: skip
        for ax, title in zip(row, titles, strict=True):
            blank(ax, title)
            ax.title.set_fontsize(12)
    headline(fig, "Ink on + votes for a class, ink on − votes against it")
    plt.show()


def signed(ax, values, limit=None):
    """Draw an image on the scale from -limit to limit; lines go around what is strong.

    The lines lie at 30 % of the limit: solid around positive values, dashed around negative ones.
    """
    limit = limit or np.abs(values).max()
    ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.contour(
        values, levels=[-LIGHT * limit, LIGHT * limit], colors="black", linewidths=0.8,
        linestyles=["dashed", "solid"],
    )  # fmt: skip


def chain(x, w, b, t):
    """Draw y = w x + b and L = (y - t)^2 / 2 as a chain: values above, slopes below the arrows."""
    values, slopes = chain_numbers(x, w, b, t)
    fig, ax = plt.subplots(figsize=(WIDTH, 2.5))
    ax.set(xlim=(-2.6, 3 * SPACING + 2.5), ylim=(-2.3, 0.95))
    ax.set_axis_off()
    for at, stage in enumerate(STAGES):
        box(ax, at * SPACING, stage)
    for at, (value, slope) in enumerate(zip(values, slopes["flow"], strict=True)):
        arrow(ax, (at - 1) * SPACING, value, slope)
    inputs = {"w": (w, slopes["w"]), "b": (b, slopes["b"]), "t": (t, None)}
    for at, (name, (value, slope)) in enumerate(inputs.items()):
        feed(ax, at * SPACING, f"{name} = {value:g}", slope)
    ends = [(-2.35, f"x\n{values[0]:g}"), (3 * SPACING + 2.25, f"L\n{values[-1]:g}")]
    for place, text in ends:
        ax.text(place, 0, text, ha="center", va="center", fontsize=13, weight="bold")
    headline(fig, "Values flow to the right, slopes of L flow back to the left")
    plt.show()


def chain_numbers(x, w, b, t):
    """Return the values on the five arrows of the chain, and the slopes of L by them, w and b."""
    u, y = w * x, w * x + b
    d = y - t
    return [x, u, y, d, d * d / 2], {"flow": [d * w, d, d, d, 1], "w": d * x, "b": d}


def box(ax, x, text):
    """Draw a stage of the chain."""
    ax.add_patch(
        FancyBboxPatch(
            (x - 0.62, -0.42), 1.24, 0.84, boxstyle="round,pad=0.08", facecolor="#EEEEEE",
            edgecolor="black",
        )
    )  # fmt: skip
    ax.text(x, 0, text, ha="center", va="center", fontsize=13)


def arrow(ax, x, value, slope):
    """Draw the two arrows that follow the box at `x`: the value forward, the slope back."""
    start, end = x + 0.78, x + SPACING - 0.78
    for (tail, head), y, colour, dash, text, side in [
        ((start, end), 0.17, BLUE, "-", f"{value:g}", "bottom"),
        ((end, start), -0.17, RED, "--", f"{slope:g}", "top"),
    ]:
        style = {"arrowstyle": "->", "color": colour, "linewidth": 1.5, "linestyle": dash}
        ax.annotate("", (head, y), (tail, y), arrowprops=style)
        height = y + (0.12 if side == "bottom" else -0.16)
        ax.text(
            (start + end) / 2, height, text, ha="center", va=side, color=colour, fontsize=14,
            weight="bold",
        )  # fmt: skip


def feed(ax, x, text, slope):
    """Draw what enters a box from below, and the slope that leaves it there."""
    style = {"arrowstyle": "->", "color": BLUE, "linewidth": 1.5}
    ax.annotate("", (x - 0.15, -0.55), (x - 0.15, -1.5), arrowprops=style)
    ax.text(x, -1.65, text, ha="center", va="top", color=BLUE, fontsize=14, weight="bold")
    if slope is None:
        return
    back = style | {"color": RED, "linestyle": "--"}
    ax.annotate("", (x + 0.15, -1.5), (x + 0.15, -0.55), arrowprops=back)
    ax.text(x + 0.3, -1.02, f"{slope:g}", va="center", color=RED, fontsize=14, weight="bold")


def meetings(x, W, dY, *, dw, dx):
    """Draw which entries of x, W and dY meet in one entry of dW, of db and of dX.

    Parameters
    ----------
    x : array (N, in), W : array (in, out), dY : array (N, out)
    dw, dx : (row, column) of the entry of dW and of dX that is lit; db is lit below dW
    """
    dW, dX, ones = x.T @ dY, dY @ W.T, np.ones((1, len(x)))
    db = ones @ dY
    rows = [
        [("x.T", x.T, (dw[0], None)), ("dY", dY, (None, dw[1])), ("dW", dW, dw)],
        [("ones", ones, (0, None)), ("dY", dY, (None, dw[1])), ("db", db, (0, dw[1]))],
        [("dY", dY, (dx[0], None)), ("W.T", W.T, (None, dx[1])), ("dX", dX, dx)],
    ]
    fig, axes = plt.subplots(
        3, 5, figsize=(WIDTH, 5.6), width_ratios=[3, 0.5, 3, 0.5, 3], height_ratios=[3, 2, 2]
    )
    for line, arrays in zip(axes, rows, strict=True):
        for ax, sign in zip(line[1::2], "@=", strict=True):
            blank(ax)
            ax.text(0.5, 0.5, sign, ha="center", va="center", fontsize=14, transform=ax.transAxes)
        for ax, (name, values, at) in zip(line[::2], arrays, strict=True):
            lit(ax, name, values, at)
    headline(fig, "A lit row meets a lit column: all uses of one number, added")
    plt.show()


def lit(ax, name, values, at):
    """Draw a matrix whose row, column or entry `at` is lit; a third of its room for each column."""
    places = lit_places(values.shape, at)
    colour = WRITE if None not in at else READ
    number_grid(ax, values, fills=dict.fromkeys(places, colour), fontsize=14)
    rows, columns = values.shape
    ax.set_title(f"{name} ({rows}, {columns})", loc="center", fontsize=13)
    middle = columns / 2
    ax.set(xlim=(middle - 1.55, middle + 1.55))


def lit_places(shape, at):
    """Return the (row, column) of a row (r, None), a column (None, c) or an entry (r, c)."""
    rows, columns = (range(size) if a is None else [a] for size, a in zip(shape, at, strict=True))
    return [(r, c) for r in rows for c in columns]


def weight_images(W, title):
    """Draw the weights of ten classes as images, all of them on one scale.

    Parameters
    ----------
    W : array (1024, 10)
    """
    images = W.T.reshape(-1, 32, 32)
    fig, axes = plt.subplots(2, 5, figsize=(WIDTH, 3.35))
    limit = np.abs(images).max()
    for digit, (ax, image) in enumerate(zip(axes.flat, images, strict=True)):
        signed(ax, image, limit)
        blank(ax, str(digit))
        ax.title.set_fontsize(13)
    bar = fig.colorbar(axes[0, 0].images[0], ax=axes, aspect=30, shrink=0.9)
    bar.ax.tick_params(labelsize=11)
    headline(fig, title)
    plt.show()
