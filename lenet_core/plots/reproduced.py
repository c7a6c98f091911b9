"""The pictures of the chapter "Reproduce 1998"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from ..published import (
    FIG5_TEST_ERROR,
    FIG5_TRAIN_ERROR,
    FIG6_TEST_ERROR,
    FIG6_TRAIN_ERROR,
    FIG10,
    LENET5_DISTORTED_TEST_ERROR,
    STEP_RANGE,
)
from .mattered import BAND, GREY, WHITE, dots
from .style import BLACK, BLUE, GREEN, LARGE, ORANGE, RED, WIDTH, blank
from .training import plain_numbers

GROUPS = {  # the readings of lenet_core.paper.readings, by what they ask
    "to the letter, other starts": ("letter", "letter-84th", "root", "unit"),
    "memory of the curvature": ("mean", "largest"),
    "eq. 9": ("map-newest", "map", "map-largest"),
    "factor on the penalties": (
        "map-half", "map-fifth", "map-tenth", "map-twentieth", "map-twentieth-newest",
    ),
    "one more change": (
        "map-twentieth-largest", "map-twentieth-unit", "map-twentieth-connections",
        "map-twentieth-j-third", "map-twentieth-j-3", "map-thirtieth",
    ),
    "distortions": ("distorted-near", "distorted-far"),
}  # fmt: skip
LOOKS = [(BLUE, "o", "-"), (GREEN, "s", "--")]  # of the recipes in a picture
ROW = 0.36  # inches
TALL = 140  # dots per inch of the two largest pictures, so that the page stays light


@plt.rc_context(LARGE)
def decisions(stated, left_open):
    """Draw what the paper states and what it leaves open: two columns of boxes.

    Parameters
    ----------
    stated, left_open : lists of short texts
    """
    rows = max(len(stated), len(left_open))
    _, ax = plt.subplots(figsize=(WIDTH, 0.62 * rows + 1))
    looks = (
        (0.0, "stated", stated, "\N{CHECK MARK}", {"facecolor": "#e8f1f8", "edgecolor": BLUE}),
        (1.03, "left open", left_open, "?",
         {"facecolor": "white", "edgecolor": RED, "linestyle": "--"}),
    )  # fmt: skip
    for left, title, texts, mark, look in looks:
        ax.text(left + 0.485, -0.25, title, ha="center", weight="bold")
        for row, text in enumerate(texts):
            ax.add_patch(Rectangle((left, row), 0.97, 0.84, lw=1.6, **look))
            ax.text(left + 0.05, row + 0.42, mark, va="center", weight="bold",
                    color=look["edgecolor"], family="DejaVu Sans")  # fmt: skip
            ax.text(left + 0.13, row + 0.42, text, va="center", fontsize=12.5)
    blank(ax)
    ax.set(xlim=(-0.02, 2.02), ylim=(rows + 0.05, -0.6))
    ax.set_title("Much is stated; what is open decides", loc="left", fontsize=13, weight="bold")
    plt.show()


@plt.rc_context(LARGE)
def beside_fig5(records):
    """Draw the training and the test error of all seeds by pass, and the paper's points."""
    _, axes = plt.subplots(2, figsize=(WIDTH, 7.4), sharex=True)
    panels = {
        "training, on the fly": ("train_error", FIG5_TRAIN_ERROR),
        "test": ("validation_error", FIG5_TEST_ERROR),
    }
    for ax, (title, (column, theirs)) in zip(axes, panels.items(), strict=True):
        ours = np.array([record["history"][column] for record in records])  # (seeds, passes)
        passes = np.arange(1, ours.shape[1] + 1)
        ax.plot(passes, ours.T, "-", color=BLUE, lw=0.9, alpha=0.5, marker="")
        ax.plot(passes, ours.mean(axis=0), "o-", color=BLUE, markersize=5, label="ours, mean")
        ax.plot(np.arange(1, len(theirs) + 1), theirs, "X", color=RED, markersize=8,
                markeredgecolor="white", markeredgewidth=0.6, label="1998, fig. 5")  # fmt: skip
        ax.set(yscale="log", ylabel=f"{title}: error, %")
        plain_numbers(ax, nice_ticks(min(ours.min(), *theirs), max(ours.max(), *theirs)))
        ax.legend()
    axes[1].set_xlabel("pass")
    axes[1].set_xticks([1, 5, 10, 15, 20])
    axes[0].set_title("Test error as in 1998, training error lower")
    plt.show()


@plt.rc_context(LARGE)
def beside_fig6(train, test, distorted):
    """Draw errors by number of training digits, and with distorted ones, beside the paper's.

    Parameters
    ----------
    train, test : {number of training digits: [per cent, one a seed]}
    distorted : [per cent, one a seed], test errors with distorted digits as well
    """
    _, axes = plt.subplots(2, figsize=(WIDTH, 7.6), sharex=True, height_ratios=(1, 1.35))
    panels = {
        "training, on the fly": (train, FIG6_TRAIN_ERROR),
        "test": (test, FIG6_TEST_ERROR),
    }
    for ax, (title, (ours, theirs)) in zip(axes, panels.items(), strict=True):
        for place, errors in enumerate(ours.values()):
            ax.plot(np.full(len(errors), place), errors, "o", color=BLUE, alpha=0.5, markersize=6)
        means = [np.mean(errors) for errors in ours.values()]
        ax.plot(means, "-", color=BLUE, marker="_", markersize=18, markeredgewidth=2.2,
                label="ours, mean")  # fmt: skip
        beside = 0.12 + np.arange(len(theirs))
        ax.plot(beside, list(theirs.values()), "X:", color=RED, markersize=9,
                markeredgecolor="white", markeredgewidth=0.6, label="1998, fig. 6")  # fmt: skip
        ax.set(ylabel=f"{title}: error, %")
    hollow = {"markerfacecolor": "none", "markeredgewidth": 1.8}
    last = len(test)
    axes[1].plot(np.full(len(distorted), last), distorted, "o", color=BLUE, markersize=6, **hollow)
    axes[1].plot([last], [np.mean(distorted)], "_", color=BLUE, markersize=18, markeredgewidth=2.2)
    axes[1].plot([last + 0.12], [LENET5_DISTORTED_TEST_ERROR], "s", color=RED, markersize=9,
                 label="1998, distorted digits", **hollow)  # fmt: skip
    for ax in axes:
        ax.set_ylim(0, None)
        ax.legend()
    axes[1].set_xticks(range(last + 1), [f"{n:,}" for n in test] + ["60,000 and\ndistorted"])
    axes[1].set(xlim=(-0.4, last + 0.5), xlabel="training digits")
    axes[0].set_title("More digits: harder to learn by heart, better read")
    plt.show()


def nice_ticks(low, high):
    """Return round numbers from just below `low` to just above `high`, for a log axis."""
    ticks = [m * 10.0**p for p in range(-6, 3) for m in (1, 2, 5)]
    first = max((t for t in ticks if t <= low), default=ticks[0])
    last = min((t for t in ticks if t >= high), default=ticks[-1])
    return [t for t in ticks if first <= t <= last]


def by_group(found):
    """Return {group: {name: ...}} of the readings in `found`, in the order of GROUPS."""
    groups = {
        group: {name: found[name] for name in names if name in found}
        for group, names in GROUPS.items()
    }
    return {group: members for group, members in groups.items() if members}


@plt.rc_context({"font.size": 12, "axes.titlesize": 13})
def readings(found):
    """Draw the steps of pass 1 and the held-out errors of readings, a row each.

    Parameters
    ----------
    found : {name: {"errors": [per cent, one a seed], "steps": [(smallest, largest), ...]}}
    """
    groups = by_group(found)
    rows = sum(len(members) + 1 for members in groups.values())
    fig, axes = plt.subplots(2, 1, figsize=(WIDTH, 2.6 + 2 * 0.27 * rows), dpi=TALL)
    place, ticks = 0, {}
    axes[0].axvspan(*STEP_RANGE, color=BAND, lw=0)
    for group, members in groups.items():
        ticks[place] = group.upper()
        for name, one in members.items():
            place += 1
            ticks[place] = name
            smallest, largest = np.transpose(one["steps"])
            ends = [smallest.min(), largest.max()]
            axes[0].plot(ends, [place, place], "-", color=RED, lw=2.5, marker="|", markersize=9)
            dots(axes[1], place, one["errors"], "o", BLUE, markersize=6)
        place += 1
    for ax in axes:
        ax.set(xscale="log", ylim=(place - 0.3, -0.8))
        ax.set_yticks(list(ticks), list(ticks.values()))
        ax.tick_params(axis="y", length=0)
        for label in ax.get_yticklabels():
            label.set_weight("bold" if label.get_text().isupper() else "normal")
    axes[0].set_xlim(1e-5, 0.06)
    plain_numbers(axes[0], [1e-4, 1e-3, 1e-2], axis="x")
    axes[0].set_xlabel("steps in pass 1, smallest to largest; grey: the paper's")
    every = [error for one in found.values() for error in one["errors"]]
    if max(every) > 3 * min(every):
        plain_numbers(axes[1], nice_ticks(0.95 * min(every), 1.05 * max(every)), axis="x")
    else:
        axes[1].set_xscale("linear")
    axes[1].set_xlim(0.9 * min(every), 1.15 * max(every))
    axes[1].set_xlabel("held-out error in per cent, a marker for each seed")
    fig.suptitle("Readings, by two witnesses: their steps, and their errors",
                 x=0.01, ha="left", fontsize=13, weight="bold")  # fmt: skip
    plt.show()


@plt.rc_context(LARGE)
def shared(shares, chance):
    """Draw how much of one list of mistakes is in another, in per cent, by kind of pair.

    Parameters
    ----------
    shares : {kind of pair: list of per cent, one a pair}
    chance : float, per cent that two lists without anything in common would share
    """
    _, ax = plt.subplots(figsize=(WIDTH, 1.5 + 0.72 * len(shares)))
    looks = zip((RED, BLUE, GREEN, ORANGE, GREY), ("X", "o", "s", "^", "D"), strict=True)
    for row, ((kind, values), (colour, marker)) in enumerate(
        zip(shares.items(), looks, strict=False)
    ):
        dots(ax, row, values, marker, colour, markersize=7)
        ax.text(0.0, row - 0.36, kind, fontsize=12.5, va="center", bbox=WHITE)
        ax.annotate(f"{np.mean(values):.0f}", (max(values), row), (9, 0), va="center",
                    textcoords="offset points", weight="bold")  # fmt: skip
    ax.axvline(chance, color=BLACK, ls=":", lw=1.5)
    ax.annotate("chance", (chance, len(shares) - 0.55), (5, 0), textcoords="offset points",
                va="center", fontsize=12)  # fmt: skip
    ax.set(yticks=[], xlim=(0, 100), ylim=(len(shares) - 0.35, -0.75))
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("share of the first one's mistakes, in per cent")
    ax.set_title("The same digits, again and again")
    plt.show()


@plt.rc_context({"font.size": 12, "axes.titlesize": 13})
def bars_of_fig9(rows):
    """Draw errors of classifiers without distorted digits, the paper's and ours, a row each.

    Parameters
    ----------
    rows : {classifier: (the paper's error in per cent or None, list of ours)}
    """
    _, ax = plt.subplots(figsize=(WIDTH, 1.2 + ROW * len(rows)))
    labels = {}
    for row, (theirs, ours) in enumerate(rows.values()):
        ax.axhline(row, color="#dddddd", lw=0.8, zorder=0)
        if theirs is not None:
            ax.plot(theirs, row - 0.12, "X", color=RED, markersize=8, label="1998")
        if ours:
            ax.plot(ours, np.full(len(ours), row + 0.12), "o", color=BLUE, alpha=0.7,
                    markersize=6, label="here")  # fmt: skip
    for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
        labels.setdefault(label, handle)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.tick_params(axis="y", length=0)
    ax.set(xscale="log", ylim=(len(rows) - 0.5, -0.6), xlabel="test error in per cent")
    every = [e for theirs, ours in rows.values() for e in [theirs, *ours] if e is not None]
    plain_numbers(ax, nice_ticks(min(every), max(every)), axis="x")
    ax.set_xlim(0.9 * min(every), 1.2 * max(every))
    ax.legend(labels.values(), labels, loc="lower right", frameon=True)
    ax.set_title("Fig. 9 again: most bars are where they were", x=-0.4)
    plt.show()


@plt.rc_context({"font.size": 12, "axes.titlesize": 13})
def refusing(shares, curves, needed, aim):
    """Draw the error of the digits that are left, and below how many have to go, beside fig. 10.

    Parameters
    ----------
    shares : per cent refused, the places of the curves
    curves : {recipe: [errors of a network at each of `shares`, ...]}
    needed : {recipe: [per cent to refuse for an error of `aim`, one a network]}
    """
    _, (above, below) = plt.subplots(2, figsize=(WIDTH, 8.2), height_ratios=(1, 1.25), dpi=TALL)
    looks = dict(zip(curves, LOOKS, strict=True))
    for recipe, of_recipe in curves.items():
        colour, marker, line = looks[recipe]
        above.plot(shares, np.transpose(of_recipe), line, color=colour, lw=0.9, alpha=0.5,
                   marker="")  # fmt: skip
        above.plot(shares, np.mean(of_recipe, axis=0), line, color=colour, lw=2, marker=marker,
                   markevery=5, label=recipe)  # fmt: skip
    above.axhline(aim, color=BLACK, ls=":", lw=1.2)
    above.set(xlim=(0, 4), ylim=(0, None), xlabel="refused, %", ylabel="error of the rest, %")
    above.legend()
    above.set_title("Refuse the most doubtful, and the rest is read better")
    rows = {f"{name}, {data}" if data != "regular" else name: (value, "X", RED)
            for name, data, value in FIG10}  # fmt: skip
    for recipe, found in needed.items():
        colour, marker, _ = looks[recipe]
        rows[f"{recipe}, here"] = (found, marker, colour)
    rows = dict(sorted(rows.items(), key=lambda item: -np.mean(item[1][0])))
    for row, (values, marker, colour) in enumerate(rows.values()):
        below.axhline(row, color="#dddddd", lw=0.8, zorder=0)
        values = np.atleast_1d(values)
        below.plot(values, np.full(len(values), row), marker, color=colour, alpha=0.75,
                   markersize=7)  # fmt: skip
    below.set_yticks(range(len(rows)), list(rows))
    for label in below.get_yticklabels():
        label.set_weight("bold" if label.get_text().endswith("here") else "normal")
    below.tick_params(axis="y", length=0)
    below.set(ylim=(len(rows) - 0.5, -0.6), xlim=(0, None))
    below.set_xlabel(f"to refuse for an error of {aim:g} %, in per cent")
    plt.show()
