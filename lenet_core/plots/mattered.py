"""The pictures of the chapter "Find what mattered"."""

import matplotlib.pyplot as plt
import numpy as np

from ..published import FIG6_TEST_ERROR
from .style import BLACK, BLUE, CYCLE, GREEN, LARGE, MARKERS, RED, WIDTH
from .training import plain_numbers

GREY = "#555555"
BAND = "#e3e3e3"
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}
RING = {"markersize": 16, "markerfacecolor": "none", "markeredgewidth": 2}  # around others
LINES = ["-", "--", "-.", ":"]


@plt.rc_context(LARGE)
def worth_and_luck(errors):
    """Draw {setting: errors of its seeds, in per cent}, the setting that is changed first."""
    _, ax = plt.subplots(figsize=(WIDTH, 1.1 + 0.6 * len(errors)))
    base = next(iter(errors.values()))
    ax.axvspan(min(base), max(base), color=BAND, lw=0)
    for row, (found, marker, colour) in enumerate(
        zip(errors.values(), MARKERS, CYCLE, strict=False)
    ):
        dots(ax, row, found, marker, colour)
        mean = float(np.mean(found))
        ax.annotate(f"{mean:.2f}", (max(found), row), (10, 0), textcoords="offset points",
                    va="center", weight="bold", bbox=WHITE)  # fmt: skip
    ax.set(yticks=range(len(errors)), xlabel="held-out error in per cent")
    ax.set_yticklabels(errors)
    ax.set(xlim=(0, 1.15 * max(map(max, errors.values()))), ylim=(len(errors) - 0.5, -0.5))
    ax.set_title("One change is worth more than luck, one is not")
    plt.show()


def dots(ax, row, found, marker, colour, **how):
    """Draw a dot for each seed and a bar for their mean."""
    ax.plot(found, np.full(len(found), row), marker, color=colour, alpha=0.65, **how)
    mean = float(np.mean(found))
    ax.plot([mean, mean], [row - 0.32, row + 0.32], "-", color=BLACK, lw=2.2, marker="")


@plt.rc_context({"font.size": 12, "axes.titlesize": 13})
def forest(groups, clear):
    """Draw the held-out errors of every ablation on a log axis, below the name of its group.

    Parameters
    ----------
    groups : {group: {name: errors of its seeds, in per cent}}; the first group holds the base
    clear : names told apart from the base: filled dots; the others are hollow diamonds
    """
    rows = sum(len(members) + 1 for members in groups.values())
    _, ax = plt.subplots(figsize=(WIDTH, 0.8 + 0.235 * rows))
    base = next(iter(next(iter(groups.values())).values()))
    ax.axvspan(min(base), max(base), color=BAND, lw=0)
    ax.axvline(np.mean(base), color=GREY, lw=1)
    place, ticks = 0, {}
    for group, members in groups.items():
        ticks[place] = group.upper()
        for name, found in members.items():
            place += 1
            ticks[place] = name
            look = ("o", RED, {}) if name in clear else ("D", BLUE, {"markerfacecolor": "white"})
            dots(ax, place, found, *look[:2], markersize=5, **look[2])
        place += 1
    ax.set(xscale="log", xlim=(0.8, 130), ylim=(place - 0.3, -1))
    ax.set_yticks(list(ticks), list(ticks.values()))
    for label in ax.get_yticklabels():
        label.set_weight("bold" if label.get_text().isupper() else "normal")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("held-out error in per cent; filled: told apart from the base", x=0.3)
    ax.set_title("A few decisions matter much, most little", x=-0.4)
    plain_numbers(ax, [1, 2, 3, 5, 10, 20, 50, 90], axis="x")
    plt.show()


@plt.rc_context(LARGE)
def curves(histories):
    """Draw {name: [(epoch, held-out error)]}: how each setting comes down."""
    _, ax = plt.subplots(figsize=(WIDTH, 4.6))
    for place, (name, points) in enumerate(histories.items()):
        epochs, errors = np.transpose(points)
        colour, marker = CYCLE[place % len(CYCLE)], MARKERS[place % len(MARKERS)]
        ax.plot(epochs, errors, LINES[place % len(LINES)], color=colour, marker=marker)
        ax.annotate(name, (epochs[-1], errors[-1]), (8, 0), textcoords="offset points",
                    va="center", color=colour)  # fmt: skip
    ax.set(yscale="log", xlabel="epoch", ylabel="held-out error, %", xlim=(0.5, None))
    ax.margins(x=0.45)
    plain_numbers(ax, [2, 3, 5, 10, 20, 50, 90])
    ax.set_title("Late, or never: two ways to be worse")
    plt.show()


@plt.rc_context(LARGE)
def amount(epochs_alike, steps_alike):
    """Draw error by number of training digits, {n: error in per cent} each, beside the paper's."""
    _, ax = plt.subplots(figsize=(WIDTH, 4.4))
    series = {
        "as many epochs": (epochs_alike, BLUE, "o", "-"),
        "as many steps": (steps_alike, RED, "s", "--"),
        "1998: test error (fig. 6)": (FIG6_TEST_ERROR, GREEN, "^", ":"),
    }
    for name, (found, colour, marker, line) in series.items():
        n = sorted(found)
        ax.plot(n, [found[k] for k in n], line, color=colour, marker=marker, markersize=7,
                label=name)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="training digits", ylabel="error, %")
    plain_numbers(ax, [1, 2, 5, 10])
    ax.set_xticks(
        [1e3, 2e3, 5e3, 1e4, 2e4, 5e4], ["1,000", "2,000", "5,000", "10,000", "20,000", "50,000"]
    )
    ax.minorticks_off()
    ax.legend()
    ax.set_title("More digits help at every size")
    plt.show()


@plt.rc_context(LARGE)
def spent(groups, named):
    """Draw the mean error of settings by what their steps come to, and write some of the names.

    Parameters
    ----------
    groups : {group: {name: (sum of the steps, error in per cent)}}
    named : {name: place of the writing, in points from its marker}
    """
    _, ax = plt.subplots(figsize=(WIDTH, 4.6))
    for place, (group, points) in enumerate(groups.items()):
        x, y = np.transpose(list(points.values()))
        look = RING if group == "base" else {"markersize": 8, "alpha": 0.8}
        ax.plot(x, y, MARKERS[place], color=CYCLE[place], label=group, **look)
        for name in points.keys() & named.keys():
            ax.annotate(name, points[name], named[name], textcoords="offset points", fontsize=12)
    ax.set(xscale="log", yscale="log", ylabel="held-out error, %")
    ax.set_xlabel("what the steps come to, $S = \\eta t / (1 - m)$")
    errors = [error for points in groups.values() for _, error in points.values()]
    ax.set_ylim(0.65 * min(errors), 1.5 * max(errors))
    plain_numbers(ax, [2, 3, 5, 10, 20])
    plain_numbers(ax, [10, 100, 1000, 10000], axis="x")
    ax.legend()
    ax.set_title("Up to the base, four decisions are one number")
    plt.show()
