"""Pictures of the chapter "Draw the map"."""

import matplotlib.pyplot as plt
from matplotlib.patches import ConnectionPatch, Rectangle

from .style import BLACK, BLUE, HATCHES, ORANGE, SKY, WIDTH, blank, headline, number_grid

FIELD = 0.72  # the share of a column that the input's 32 pixels fill


def stages(shapes):
    """Draw the output of each stage to one scale, with the window that one unit of it reads.

    Parameters
    ----------
    shapes : {stage: output shape}, from the input on; (C, H, W) for maps, (K,) for units
    """
    ax = plt.subplots(figsize=(WIDTH, 2.0))[1]
    side = FIELD / 32
    for at, (name, shape) in enumerate(shapes.items()):
        if len(shape) == 3 and shape[1] > 1:
            draw_maps(ax, at, shape, side)
        else:
            ax.plot([at, at], [-0.36, 0.36], color=BLUE, linewidth=5, marker="")
        ax.text(at, 0.68, name, ha="center", fontsize=10, weight="bold")
        text = (
            "×".join(map(str, shape)) if len(shape) < 3 else f"{shape[0]}×\n{shape[1]}×{shape[2]}"
        )
        ax.text(at, -0.5, text, ha="center", va="top", fontsize=10)
    ax.set(xlim=(-0.55, len(shapes) - 0.4), ylim=(-0.95, 0.85), aspect="equal")
    blank(ax)
    ax.set_title("Maps get smaller and more, until each is one number", fontsize=11, weight="bold",
                 loc="left")  # fmt: skip
    plt.show()


def draw_maps(ax, at, shape, side):
    """Draw maps as a stack of squares, at most four of them."""
    c, h, w = shape
    width, height = w * side, h * side
    for back in reversed(range(min(c, 4))):
        corner = (at - width / 2 + 0.035 * back, -height / 2 + 0.06 * back)
        ax.add_patch(Rectangle(corner, width, height, facecolor=SKY, edgecolor=BLACK, lw=0.8))


def tiny_network():
    """Draw the three layers of the example by hand, the inputs of one unit of each lit."""
    fig, axes = plt.subplots(1, 4, figsize=(WIDTH, 2.5), width_ratios=[6, 4, 2, 1.2])
    titles = ["input\n6×6", "map\n4×4", "pooled\n2×2", "outputs\n2"]
    sizes = [(6, 6), (4, 4), (2, 2), (2, 1)]
    lit = [window(0, 1, 3), window(2, 2, 2) | {(0, 1): ORANGE}, window(0, 0, 2) | {(1, 1): ORANGE},
           {(0, 0): ORANGE}]  # fmt: skip
    for ax, title, size, fills in zip(axes, titles, sizes, lit, strict=True):
        number_grid(ax, [[""] * size[1]] * size[0], title=title, fills=fills, fmt="{}")
        for (row, column), colour in fills.items():
            if colour == SKY:  # not by colour alone
                ax.add_patch(Rectangle((column, row), 1, 1, fill=False, hatch=HATCHES[0], lw=0))
    for left, right, ends in [(0, 1, ((4, 1.5), (1, 0.5))), (1, 2, ((4, 3), (1, 1.5))),
                              (2, 3, ((2, 1), (0, 0.5)))]:  # fmt: skip
        arrow = ConnectionPatch(*ends, "data", axesA=axes[left], axesB=axes[right],
                                arrowstyle="->", color=BLACK)  # fmt: skip
        fig.add_artist(arrow)
    headline(fig, "Hatched: the inputs of one unit. Orange: the unit")
    plt.show()


def window(row, column, k):
    """Return the cells of a k x k window, coloured."""
    return {(row + u, column + v): SKY for u in range(k) for v in range(k)}


def shares(counts):
    """Draw which share of all units, parameters and connections each stage has.

    Parameters
    ----------
    counts : {stage: (units, parameters, connections)}
    """
    kinds = ["units", "parameters", "connections"]
    totals = [sum(row[k] for row in counts.values()) for k in range(3)]
    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.9), sharey=True)
    for k, (ax, kind) in enumerate(zip(axes, kinds, strict=True)):
        values = [100 * row[k] / totals[k] for row in counts.values()]
        bars = ax.barh(list(counts), values, color=SKY, edgecolor=BLACK, hatch=HATCHES[k])
        ax.bar_label(bars, fmt="{:.0f} %", padding=3, fontsize=10)
        ax.set(xlim=(0, 115), xticks=[])
        ax.set_title(kind, loc="center", fontsize=10, weight="normal")
        ax.spines["bottom"].set_visible(False)
    axes[0].invert_yaxis()
    headline(fig, "C5 holds the parameters, C1 and C3 the connections")
    plt.show()


def field_of_view(digit, fields):
    """Draw a digit with the square of pixels that one unit of each stage can see.

    Parameters
    ----------
    digit : array (32, 32)
    fields : {stage: (first row, first column, size)}
    """
    fig, axes = plt.subplots(1, len(fields), figsize=(WIDTH, 1.9))
    for ax, (name, (row, column, size)) in zip(axes, fields.items(), strict=True):
        ax.imshow(digit)
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), size, size, fill=False, edgecolor=BLUE,
                               linewidth=2))  # fmt: skip
        blank(ax, f"{name}: {size}×{size}")
    headline(fig, "Each layer sees more of the digit")
    plt.show()
