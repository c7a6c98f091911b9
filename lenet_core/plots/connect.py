"""Pictures of the chapter "Connect some, not all"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from .style import (
    BLACK,
    BLUE,
    GREEN,
    HATCHES,
    LARGE,
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

LOOKS = list(zip([SKY, ORANGE, GREEN, PURPLE], ["o", "s", "^", "D"], strict=True))
TINTS = [to_rgba(colour, 0.35) for colour in (SKY, ORANGE, GREEN)]


@plt.rc_context(LARGE)
def connections(table, groups):
    """Draw which input maps (rows) each output map (columns) reads, group by group.

    Parameters
    ----------
    table : tuple of tuples of int
    groups : {what the group is: number of its output maps}, in the order of the table
    """
    ax = plt.subplots(figsize=(WIDTH, 3.5))[1]
    starts = np.cumsum([0, *groups.values()])
    for g, ((name, size), (colour, marker)) in enumerate(
        zip(groups.items(), LOOKS[: len(groups)], strict=True)
    ):
        columns = range(starts[g], starts[g] + size)
        points = [(k, c) for k in columns for c in table[k]]
        ax.add_patch(
            Rectangle((starts[g] - 0.5, -0.5), size, 6, color=colour, alpha=0.18, lw=0)
        )  # fmt: skip
        ax.plot(*zip(*points, strict=True), linestyle="", marker=marker, color=colour,
                markeredgecolor=BLACK, markersize=10)  # fmt: skip
        ax.text(starts[g] + size / 2 - 0.5, -0.7, name, ha="center", va="bottom")
    for at in starts[1:-1]:
        ax.axvline(at - 0.5, color=BLACK, lw=1, marker="")
    ax.set(xlim=(-0.5, len(table) - 0.5), ylim=(5.5, -0.5), xticks=range(len(table)),
           yticks=range(6), xlabel="map of C3", ylabel="map of S2")  # fmt: skip
    ax.tick_params(length=0)
    ax.set_title("Sixteen maps, and no two of them read the same", pad=42)
    plt.show()


def by_hand(inputs, table, kernels, biases, outputs):
    """Draw two input maps, the kernels that the table lets in, and three output maps.

    Parameters
    ----------
    inputs : array (2, 3, 3)
    table : the input maps that each output map reads
    kernels : {(output map, input map): array (2, 2)}
    biases : one number for each output map
    outputs : three arrays (2, 2); "?" is a number left out
    """
    rows = len(table) + 1
    ratios = {"width_ratios": [0.5, 1, 1, 1], "height_ratios": [1.5] + [1] * len(table)}
    fig, axes = plt.subplots(rows, 4, figsize=(WIDTH, 6.4), **ratios)
    for ax in axes.ravel():
        blank(ax)
    for c, values in enumerate(inputs):
        number_grid(axes[0, c + 1], values, title=f"map {'AB'[c]}", fontsize=13)
    for k, maps in enumerate(table):
        axes[k + 1, 0].text(0.5, 0.5, f"map {k}", ha="center", va="center", fontsize=13)
        for c in range(len(inputs)):
            ax = axes[k + 1, c + 1]
            if c in maps:
                number_grid(ax, kernels[k, c], fills=dict.fromkeys(np.ndindex(2, 2), TINTS[k]),
                            fontsize=13)  # fmt: skip
            else:
                ax.text(0.5, 0.5, "none", ha="center", va="center", fontsize=12, style="italic")
        title = f"Y[{k}], bias {biases[k]}"
        number_grid(axes[k + 1, 3], outputs[k], title=title, fmt="{}", fontsize=13)
    headline(fig, "Four kernels, not six: map 0 never sees B, map 1 never A")
    plt.show()


@plt.rc_context(LARGE)
def leak(table, sizes):
    """Draw the sizes of all kernels of a layer, with a dot where the table has a connection.

    Parameters
    ----------
    table : tuple of tuples of int
    sizes : {what was done: array (out, in), the norm of each kernel}
    """
    fig, axes = plt.subplots(len(sizes), 1, figsize=(WIDTH, 5.2), sharex=True)
    most = max(values.max() for values in sizes.values())
    points = [(k, c) for k, maps in enumerate(table) for c in maps]
    for ax, (name, values) in zip(axes, sizes.items(), strict=True):
        drawn = ax.imshow(values.T, cmap="Oranges", vmin=0, vmax=most, aspect="auto")
        ax.plot(*zip(*points, strict=True), linestyle="", marker="o", color=BLACK, markersize=5)
        ax.set(yticks=range(values.shape[1]), xticks=range(len(table)), ylabel="map of S2")
        ax.set_title(name, loc="left", fontsize=12, fontweight="normal")
        ax.tick_params(length=0)
    axes[-1].set_xlabel("map of C3")
    fig.colorbar(drawn, ax=axes, label="size of the kernel", shrink=0.6)
    headline(fig, "Masked at the start only, the table fills up")
    plt.show()


@plt.rc_context(LARGE)
def kinds(counts):
    """Draw how many different maps C3 has after training from more and less equal starts.

    Parameters
    ----------
    counts : {start: (with all connections, with the table)}
    """
    ax = plt.subplots(figsize=(WIDTH, 3.9))[1]
    for side, (name, colour) in enumerate([("all connections", BLUE), ("the table", ORANGE)]):
        places = np.arange(len(counts)) + 0.38 * side
        values = [pair[side] for pair in counts.values()]
        ax.barh(places, values, height=0.34, color=to_rgba(colour, 0.6), edgecolor=BLACK,
                hatch=HATCHES[side], label=name)  # fmt: skip
        for place, value in zip(places, values, strict=True):
            ax.text(value + 0.2, place, value, va="center")
    ax.set(yticks=np.arange(len(counts)) + 0.19, xlim=(0, 18), xticks=range(0, 17, 4),
           xlabel="different maps in C3")  # fmt: skip
    ax.set_yticklabels(counts)
    ax.invert_yaxis()
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.18), ncols=2)
    fig = ax.figure
    headline(fig, "The table parts the maps of C3; it cannot part those of C1")
    plt.show()


@plt.rc_context(LARGE)
def alike(shared, values):
    """Draw how alike two maps of C3 are, by the number of S2's maps that the table gives to both.

    Parameters
    ----------
    shared : list of int
    values : {network: array (seeds, len(shared)), mean absolute correlations}
    """
    ax = plt.subplots(figsize=(WIDTH, 3.6))[1]
    looks = zip([BLUE, RED], MARKERS[:2], ["-", "--"], [-0.07, 0.07], strict=True)
    for (colour, marker, dashes, shift), (name, seeds) in zip(looks, values.items(), strict=True):
        at = np.array(shared) + shift
        for row in seeds:
            ax.plot(at, row, linestyle="", marker=marker, color=colour, alpha=0.35)
        ax.plot(at, seeds.mean(axis=0), color=colour, marker=marker, linestyle=dashes,
                markersize=7, label=name)  # fmt: skip
    ax.set(xticks=shared, ylim=(0, None), xlabel="maps of S2 that the table gives to both",
           ylabel="correlation of the two")  # fmt: skip
    ax.legend(loc="lower center")
    ax.set_title("Fewer shared inputs do not make two maps less alike")
    plt.show()


@plt.rc_context(LARGE)
def errors(results):
    """Draw the error of each seed, a row for each kind of network, its mean as a stroke.

    Parameters
    ----------
    results : {network: errors in per cent, one a seed}
    """
    ax = plt.subplots(figsize=(WIDTH, 3.2))[1]
    looks = zip([BLUE, RED, GREEN, PURPLE], MARKERS[:4], strict=True)
    for row, ((colour, marker), values) in enumerate(zip(looks, results.values(), strict=True)):
        ax.plot(values, np.full(len(values), row), linestyle="", marker=marker, color=colour,
                markersize=8, alpha=0.7)  # fmt: skip
        ax.plot(2 * [np.mean(values)], [row - 0.3, row + 0.3], color=BLACK, lw=2, marker="")
    ax.set(yticks=range(len(results)), ylim=(len(results) - 0.5, -0.5),
           xlabel="error on 1,000 held-out digits, %")  # fmt: skip
    ax.set_yticklabels(results)
    headline(ax.figure, "Half the sum beats the mean, whether it is trained or not")
    plt.show()
