"""Pictures of the chapter "Squash a number"."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, GREEN, ORANGE, RED, WIDTH, headline

SLOPE_LIMIT = 0.05  # below this slope the chapter calls a unit saturated
CASES = {"none": (0, 0), "left": (1, 0), "right": (0, 1), "both": (1, 1)}
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


def cuts(one_sum, two_sums):
    """Draw where two functions of (left, right) answer "one side", and the four cases on it.

    Parameters
    ----------
    one_sum, two_sums : functions of two arrays; above 1/2 the answer is "one side"
    """
    fig, axes = plt.subplots(1, 2, figsize=(WIDTH, 3.7), sharey=True)
    titles = ["one weighted sum", "two, a squash between"]
    for ax, function, title in zip(axes, [one_sum, two_sums], titles, strict=True):
        shade_answer(ax, function)
        for name, place in CASES.items():
            mark_case(ax, name, place, function(*place))
        ax.set_title(title, loc="center", fontsize=12, fontweight="normal")
        ax.set_xlabel("ink on the left", fontsize=12)
        ax.set(xticks=[0, 1], yticks=[0, 1], aspect="equal")
    axes[0].set_ylabel("ink on the right", fontsize=12)
    fig.get_layout_engine().set(h_pad=0.1)  # titles of panels below the headline
    headline(fig, "One sum cuts once; with a squash you can cut out a strip")
    plt.show()


def shade_answer(ax, function):
    """Hatch where `function` answers "one side"."""
    grid = np.linspace(-0.45, 1.45, 191)
    left, right = np.meshgrid(grid, grid)
    answer = function(left, right)
    ax.contourf(left, right, answer, levels=[0.5, 9], colors=["#DCEBF5"], hatches=["//"])
    ax.contour(left, right, answer, levels=[0.5], colors=[BLUE], linewidths=1.5)


def mark_case(ax, name, place, value):
    """Draw a case: a full disc for "one side", else an open square; crossed where it is wrong."""
    one_side = name in ("left", "right")
    style = {"marker": "o", "color": BLUE} if one_side else {"marker": "s", "color": "white"}
    ax.plot(*place, markersize=11, markeredgecolor="black", **style)
    if (value > 0.5) != one_side:
        ax.plot(*place, marker="x", markersize=19, markeredgewidth=2.5, color=RED)
    ax.annotate(
        f"{name}: {value:g}", place, xytext=(0, 12), textcoords="offset points", ha="center",
        fontsize=12, bbox=WHITE, zorder=5,
    )  # fmt: skip


def curves(points):
    """Draw tanh and ReLU above their slopes.

    Parameters
    ----------
    points : {label: x}, marked on tanh and on its slope
    """
    x = np.linspace(-3.6, 3.6, 721)
    y = np.tanh(x)
    relu = [np.maximum(x, 0), np.where(x > 0, 1.0, np.where(x < 0, 0.0, np.nan))]
    fig, axes = plt.subplots(2, 2, figsize=(WIDTH, 4.6), sharex=True, height_ratios=[1.2, 1])
    for (top, bottom), name, shapes in zip(
        axes.T, ["tanh", "ReLU"], [(y, 1 - y * y), relu], strict=True
    ):
        top.plot(x, shapes[0], color=BLUE, marker="", linewidth=2)
        bottom.plot(x, shapes[1], color=RED, marker="", linewidth=2, linestyle="--")
        top.set_title(f"y = {name}", loc="center", fontsize=12, fontweight="normal")
        bottom.set(ylim=(-0.08, 1.3), yticks=[0, 1], xticks=[-3, -2, -1, 0, 1, 2, 3])
        bottom.set_title("slope", loc="center", fontsize=12, fontweight="normal")
        bottom.set_xlabel("x", fontsize=12)
    axes[0, 0].set(ylim=(-1.15, 1.3), yticks=[-1, 0, 1])
    axes[0, 1].set(ylim=(-0.3, 3.8), yticks=[0, 1, 2, 3])
    for ax in axes[:, 0]:
        shade_flat(ax)
    for label, place in points.items():
        mark_point(axes[:, 0], label, place)
    headline(fig, "A squash is a curve; what backward needs is its slope")
    plt.show()


def shade_flat(ax, edge=None):
    """Hatch where the slope of tanh is below the limit."""
    edge = edge or saturated_from()
    for side in (-1, 1):
        ax.axvspan(side * edge, side * 9, facecolor="#FCE8CC", edgecolor=ORANGE, hatch="..", lw=0)
    ax.set_xlim(-3.6, 3.6)


def saturated_from(limit=SLOPE_LIMIT):
    """Return the input from which on the slope of tanh is below `limit`."""
    return float(np.arctanh(np.sqrt(1 - limit)))


def mark_point(axes, label, x):
    """Mark x on tanh and on its slope, with the values as fractions of `label`."""
    y = np.tanh(x)
    value, slope = label
    for ax, height, text, shift in zip(
        axes, [y, 1 - y * y], [value, slope], [(-9, 4) if y > 0.7 else (9, -8), (9, 2)], strict=True
    ):
        ax.plot(x, height, marker="o", color="black", markersize=6)
        ax.annotate(
            text, (x, height), xytext=shift, textcoords="offset points", fontsize=12,
            ha="right" if shift[0] < 0 else "left",
        )  # fmt: skip


def chain(products):
    """Draw how much of a gradient is left behind 0, 1, 2, ... squashes, on a log axis.

    Parameters
    ----------
    products : {label: list of what is left after each squash}
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 3.6))
    looks = [(GREEN, "^"), (BLUE, "o"), (RED, "s")]
    for (label, left), (colour, marker) in zip(products.items(), looks, strict=True):
        ax.semilogy(range(len(left)), left, color=colour, marker=marker, markersize=6)
        ax.annotate(
            label, (len(left) - 1, left[-1]), xytext=(9, 0), textcoords="offset points",
            va="center", color=colour, fontsize=12,
        )  # fmt: skip
    steps = len(left) - 1
    ax.set(xlim=(-0.2, steps * 1.36), xticks=range(0, steps + 1, 2))
    ax.set_xlabel("squashes in a row", fontsize=12)
    ax.set_ylabel("dx for dy = 1", fontsize=12)
    ax.spines["bottom"].set_bounds(0, steps)
    headline(fig, "The larger weight sends the smaller gradient back")
    plt.show()


def saturation(sums):
    """Draw the sums of a layer under tanh, and the outputs that they become.

    Parameters
    ----------
    sums : {factor of the weights: array of sums}
    """
    fig, axes = plt.subplots(len(sums), 2, figsize=(WIDTH, 5.6), sharex="col")
    for (left, right), (factor, values) in zip(axes, sums.items(), strict=True):
        sums_panel(left, values.ravel())
        share = flat_share(values)
        left.set_title(f"weights × {factor}: {share:.0%} flat", loc="left", fontsize=12)
        right.hist(np.tanh(values).ravel(), bins=np.linspace(-1, 1, 41), color=BLUE)
        right.set(yticks=[], xticks=[-1, 0, 1], xlim=(-1.05, 1.05))
        right.spines["left"].set_visible(False)
    axes[-1, 0].set_xlabel("sum x (all beyond ±5.9 in the last bars)", fontsize=12)
    axes[-1, 1].set_xlabel("output tanh(x)", fontsize=12)
    headline(fig, "Larger weights push the outputs to ±1, where tanh is flat")
    plt.show()


def flat_share(sums):
    """Return the share of sums at which the slope of tanh is below the limit."""
    return float((1 - np.tanh(sums) ** 2 < SLOPE_LIMIT).mean())


def sums_panel(ax, sums):
    """Draw the histogram of sums, with tanh above it and its flat ends hatched."""
    shade_flat(ax)
    edges = np.linspace(-6, 6, 61)
    ax.hist(np.clip(sums, -5.95, 5.95), bins=edges, color="#666666")
    ax.set(yticks=[], xticks=[-6, -3, 0, 3, 6], xlim=(-6, 6))
    curve = ax.twinx()
    curve.plot(edges, np.tanh(edges), color=BLUE, marker="", linewidth=2)
    curve.set(ylim=(-1.1, 1.1), yticks=[-1, 0, 1])
    curve.tick_params(axis="y", colors=BLUE)


def squash_table(names, shapes, fresh, trained):
    """Return a table of the squashes of a network: numbers for a digit, shares that saturate.

    Parameters
    ----------
    names : list of str, the layer before each squash
    shapes : list of tuple, without the batch
    fresh, trained : lists of shares from 0 to 1
    """
    from IPython.display import Markdown  # only notebooks have IPython

    rows = ["| squash after | shape | numbers | saturated, untrained | saturated, trained |"]
    rows.append("|---|---|---:|---:|---:|")
    counts = [int(np.prod(shape)) for shape in shapes]
    for row in zip(names, shapes, counts, fresh, trained, strict=True):
        name, shape, count, before, after = row
        size = "×".join(map(str, shape))
        rows.append(f"| {name} | {size} | {count:,} | {before:.1%} | {after:.1%} |")
    shares = [np.average(column, weights=counts) for column in (fresh, trained)]
    rows.append(f"| **all** | | **{sum(counts):,}** | **{shares[0]:.1%}** | **{shares[1]:.1%}** |")
    return Markdown("\n".join(rows))
