"""The pictures of the chapter "See what 28 years changed"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from .mattered import BAND, GREY, LINES, dots
from .style import BLACK, BLUE, CYCLE, LARGE, MARKERS, RED, WIDTH, blank
from .training import plain_numbers

ENDS = {"1998": (BLUE, "o"), "today": (RED, "s")}


@plt.rc_context(LARGE)
def two_ends(parts, swapped):
    """Draw the parts of the two networks, a box each, and two arrows at the one that is swapped.

    Parameters
    ----------
    parts : {name: (text of 1998, text of today)}
    swapped : name of the part between whose boxes the arrows go
    """
    _, ax = plt.subplots(figsize=(WIDTH, 0.66 * len(parts) + 0.9))
    for column, (left, (end, (colour, _))) in enumerate(
        zip((0.62, 1.97), ENDS.items(), strict=True)
    ):
        ax.text(left + 0.6, -0.25, end, ha="center", weight="bold", color=colour)
        for row, (name, texts) in enumerate(parts.items()):
            style = {"lw": 3, "facecolor": BAND} if name == swapped else {"lw": 1.3}
            box = {"facecolor": "white", "edgecolor": colour, "ls": ("-", "--")[column]} | style
            ax.add_patch(Rectangle((left, row), 1.2, 0.82, **box))
            ax.text(left + 0.6, row + 0.41, texts[column], ha="center", va="center", fontsize=11.5)
    for row, name in enumerate(parts):
        weight = "bold" if name == swapped else "normal"
        ax.text(0.58, row + 0.41, name, ha="right", va="center", fontsize=12, weight=weight)
    place = list(parts).index(swapped)
    for y, style in ((place + 0.25, "->"), (place + 0.57, "<-")):
        ax.annotate("", (1.97, y), (1.82, y), arrowprops={"arrowstyle": style, "lw": 2})
    blank(ax)
    ax.set(xlim=(-0.02, 3.2), ylim=(len(parts) + 0.05, -0.6))
    ax.set_title("Two networks, eight parts: swap one", loc="left", fontsize=13, weight="bold")
    plt.show()


@plt.rc_context({"font.size": 12, "axes.titlesize": 13})
def effects(found, title):
    """Draw what each part changes on the way from 1998 to today, as the first and the last step.

    Parameters
    ----------
    found : {part: {"1998" or "today", the end next to it: (points, standard error)}}
    title : what the picture shows
    """
    _, ax = plt.subplots(figsize=(WIDTH, 1.4 + 0.62 * len(found)))
    ax.axvline(0, color=BLACK, lw=1)
    for row, of_part in enumerate(found.values()):
        ax.axhline(row + 0.5, color="#dddddd", lw=0.8, zorder=0)
        for shift, (end, (points, se)) in zip((-0.17, 0.17), of_part.items(), strict=True):
            colour, marker = ENDS[end]
            ax.errorbar(points, row + shift, xerr=2 * se, fmt=marker, color=colour, capsize=3,
                        markersize=7, label=STEPS[end] if row == 0 else None)  # fmt: skip
    ax.set(yticks=range(len(found)), ylim=(len(found) - 0.5, -0.5))
    ax.set_yticklabels(found)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("change of the held-out error with today's part, points (bars: 2 SE)", x=0.38)
    ax.legend(bbox_to_anchor=(0.4, -0.11), loc="upper center", ncols=2)
    ax.set_title(title, x=-0.2)
    plt.show()


STEPS = {"1998": "in the network of 1998", "today": "in the network of today"}


@plt.rc_context({"font.size": 12, "axes.titlesize": 13})
def errors(found, title):
    """Draw the held-out errors of all variants, a panel for each end.

    Parameters
    ----------
    found : {variant: errors of its seeds, in per cent}; an end, then its variants, twice
    title : what the picture shows
    """
    panels = {
        end: {name: one for name, one in found.items() if name.partition("-")[0] == end}
        for end in ENDS
    }
    rows = max(map(len, panels.values()))
    fig, axes = plt.subplots(2, figsize=(WIDTH, 1.6 + 2 * 0.3 * rows), sharex=True)
    for ax, (end, members) in zip(axes, panels.items(), strict=True):
        base = members[end]
        ax.axvspan(min(base), max(base), color=BAND, lw=0)
        ax.axvline(np.mean(base), color=GREY, lw=1)
        for row, one in enumerate(members.values()):
            colour, marker = ENDS[end]
            dots(ax, row, one, marker, colour, markersize=6)
        names = [name.partition("-")[2] or "nothing changed" for name in members]
        ax.set_yticks(range(len(members)), names)
        ax.tick_params(axis="y", length=0)
        ax.set(ylim=(len(members) - 0.4, -0.6))
        ax.set_title(
            f"{end}, with one part of {'1998' if end == 'today' else 'today'}", fontsize=12
        )
    axes[1].set_xlabel("held-out error in per cent, a marker for each seed")
    fig.suptitle(title, x=0.01, ha="left", fontsize=13, weight="bold")
    plt.show()


@plt.rc_context(LARGE)
def rates(found, title):
    """Draw the mean tuning error of some variants by learning rate.

    Parameters
    ----------
    found : {variant: [(rate, mean error in per cent), ...]}, rates in order
    title : what the picture shows
    """
    _, ax = plt.subplots(figsize=(WIDTH, 4.4))
    for place, (name, points) in enumerate(found.items()):
        x, y = np.transpose(points)
        colour, marker = CYCLE[place], MARKERS[place]
        ax.plot(x, y, LINES[place % len(LINES)], color=colour, marker=marker, markersize=8,
                label=name)  # fmt: skip
        best = int(np.argmin(y))
        ax.plot(x[best], y[best], "o", markersize=17, markerfacecolor="none",
                markeredgecolor=colour, markeredgewidth=1.6)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="learning rate of pass 1", ylabel="tuning error, %")
    plain_numbers(ax, [t for t in (2, 3, 5, 10, 20, 50, 90) if t < 1.3 * ax.get_ylim()[1]])
    ax.legend(bbox_to_anchor=(0.5, -0.17), loc="upper center", ncols=2)
    ax.set_title(title)
    plt.show()
