"""Pictures of the chapter "See what it learned"."""

import matplotlib.pyplot as plt
import numpy as np

from .network import mosaic
from .style import (
    BLACK,
    BLUE,
    CYCLE,
    GREEN,
    LARGE,
    MARKERS,
    RED,
    WIDTH,
    blank,
    headline,
    number_grid,
)

GREY = "#555555"
CHANCE = 90  # per cent: what guessing one of ten digits gets wrong
KINDS = {  # panel of each kind of change: what its axis counts
    "right": "moved to the right, pixels",
    "down": "moved down, pixels",
    "turn": "turned clockwise, degrees",
    "size": "size, times the digit's own",
    "speckle": "pixels inverted, per cent",
}


def covered(images, texts, places, size=5):
    """Draw digits (32, 32) side by side, each below its text.

    Parameters
    ----------
    places : the first pixel (i, j) of the patch on each digit, to be outlined; None: no patch
    """
    fig, axes = plt.subplots(1, len(images), figsize=(WIDTH, 2.4))
    for ax, image, text, place in zip(axes, images, texts, places, strict=True):
        frame(ax, image)
        ax.set_title(text, loc="center", fontsize=12, fontweight="normal")
        if place:
            i, j = place
            ax.add_patch(plt.Rectangle((j - 0.5, i - 0.5), size, size, fill=False, ec=RED, lw=1.5))
    headline(fig, "Some ink carries the answer, and some could be left out")
    plt.show()


def frame(ax, image):
    """Draw a digit with a thin frame around its paper."""
    ax.imshow(image, vmin=-0.1, vmax=1.175)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color="#999999", lw=0.6)


def hand(X, w, paper, zero):
    """Draw the 3x3 example: image, weights, and the effects of covering with paper and with 0.

    Entries of `zero` that are not 0 although the image holds paper there are crossed.
    """
    fig, axes = plt.subplots(1, 4, figsize=(WIDTH, 2.1))
    number_grid(axes[0], X, title="X", fontsize=14)
    number_grid(axes[1], w, title="w", fontsize=14)
    number_grid(axes[2], paper, title="covered with −1", fontsize=14)
    number_grid(axes[3], zero, title="covered with 0", fontsize=14)
    for i, j in zip(*np.nonzero((paper == 0) & (zero != 0)), strict=True):
        axes[3].plot([j + 0.08, j + 0.92], [i + 0.92, i + 0.08], color=RED, marker="", linewidth=1)
    for ax in axes:
        ax.title.set_fontsize(12)
    headline(fig, "A pixel of paper has no effect, unless you cover it with 0")
    plt.show()


@plt.rc_context(LARGE)
def kernels(start, trained, angles, curves):
    """Draw six kernels before and after training, and how they answer to bars of every angle.

    Parameters
    ----------
    start, trained : arrays (6, 5, 5)
    angles : degrees, (A,)
    curves : the answers of both, arrays (6, A)
    """
    fig, axes = plt.subplots(3, 6, figsize=(WIDTH, 4.4), height_ratios=[1, 1, 0.9])
    for row, (name, weights) in enumerate({"start": start, "trained": trained}.items()):
        for ax, kernel in zip(axes[row], weights, strict=True):
            signed(ax, kernel, np.percentile(np.abs(weights), 96))
        axes[row, 0].set_ylabel(name)
    for k, ax in enumerate(axes[2]):
        ax.plot(angles, curves[0][k], "--", color=GREY, marker="", lw=1.5)
        ax.plot(angles, curves[1][k], "-", color=RED, marker="", lw=2)
        ax.set(xticks=[0, 90, 180], yticks=[], xlim=(0, 180), ylim=(0, 1.08 * curves[1].max()))
        ax.set_xticklabels(["—", "|", "—"])
        ax.set_title(f"{k}", loc="center", fontsize=12)
    axes[2, 0].set_ylabel("answer")
    headline(fig, "Smooth shapes came out of noise, and two kernels prefer level strokes")
    plt.show()


def signed(ax, values, limit):
    """Draw values in a diverging map around 0, without ticks."""
    ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.set(xticks=[], yticks=[])


def patches(best, mean):
    """Draw for each map the windows that excite it most, and the mean of many.

    Parameters
    ----------
    best : array (maps, 3, 14, 14)
    mean : array (maps, 14, 14)
    """
    half = len(best) // 2
    fig, axes = plt.subplots(half, 2, figsize=(WIDTH, 0.84 * half + 0.4))
    for k, (ax, three, average) in enumerate(zip(axes.T.flat, best, mean, strict=True)):
        strip = mosaic(np.array([*three, average]), 4)
        ax.imshow(np.pad(strip, 1, constant_values=np.nan), vmin=-0.1, vmax=1.175)
        ax.set_facecolor("#8fb8d6")  # shows between the windows
        ax.set(xticks=[], yticks=[])
        ax.set_ylabel(f"{k}", rotation=0, ha="right", va="center", fontsize=13)
    for ax in axes[0]:
        ax.set_title("the strongest three | mean", fontsize=12, fontweight="normal", loc="center")
    headline(fig, "Most maps of C3 wait for a stroke, a bend or an end at a certain place")
    plt.show()


def c3_table(shares, chosen):
    """Draw how C3's weight is shared out, and dot what table I of the paper connects.

    Parameters
    ----------
    shares : array (16, 6), each row adds up to 1
    chosen : bool array (16, 6)
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 3.0))
    image = ax.imshow(shares.T, cmap="Blues", vmin=0, vmax=0.55)
    for k, c in zip(*np.nonzero(chosen), strict=True):
        ax.plot(k, c, "o", markersize=5, markerfacecolor="white", markeredgecolor=BLACK)
    ax.set(xticks=range(len(shares)), yticks=range(6))
    ax.set_xlabel("map of C3", fontsize=12)
    ax.set_ylabel("map of S2", fontsize=12)
    bar = fig.colorbar(image, ax=ax, shrink=0.85, aspect=12)
    bar.set_label("share of the weight", fontsize=11)
    headline(fig, "C3 prefers some maps, and leaves none out")
    plt.show()


@plt.rc_context(LARGE)
def plane(points, labels):
    """Draw points (N, 2), each with its digit as the marker."""
    _, ax = plt.subplots(figsize=(WIDTH, 4.8))
    for digit in range(10):
        colour = CYCLE[digit % len(CYCLE)]
        ax.plot(*points[labels == digit].T, linestyle="", marker=f"${digit}$",
                color=colour, markersize=8, markeredgewidth=0.2)  # fmt: skip
    ax.set(xticks=[], yticks=[], xlabel="direction 1", ylabel="direction 2")
    ax.set_title("In F6 the digits of a class lie together")
    plt.show()


def two_witnesses(digits, real, predicted, texts):
    """Draw digits, what covering does to the lead, and what the slope predicts.

    Parameters
    ----------
    digits : arrays (32, 32)
    real, predicted : arrays (28, 28), the change by the middle of the patch
    texts : one for each digit
    """
    fig, axes = plt.subplots(3, len(digits), figsize=(WIDTH, 5.0))
    limits = np.abs(real).max(), np.abs(predicted).max()
    images = []
    for top, middle, bottom, digit, seen, said, text in zip(
        *axes, digits, real, predicted, texts, strict=True
    ):
        frame(top, digit)
        top.set_title(text, loc="center", fontsize=11, fontweight="normal")
        for ax, change, limit in ((middle, seen, limits[0]), (bottom, said, limits[1])):
            ax.imshow(digit, cmap="gray_r", alpha=0.3)
            image = ax.imshow(change, cmap="RdBu", vmin=-limit, vmax=limit, alpha=0.75,
                              extent=(1.5, 29.5, 29.5, 1.5))  # fmt: skip
            images.append(image)
            ax.set(xticks=[], yticks=[], xlim=(-0.5, 31.5), ylim=(31.5, -0.5))
    for ax, name in zip(axes[:, 0], ("digit", "covered", "slope says"), strict=True):
        ax.set_ylabel(name, fontsize=12)
    for row, image in zip(axes[1:], images, strict=False):
        fig.colorbar(image, ax=row, aspect=12, label="change of the lead")
    headline(fig, "Covering finds the ink that decides; the slope tells of other, small changes")
    plt.show()


@plt.rc_context(LARGE)
def curves(amounts, errors):
    """Draw the error of networks by kind and amount of change: mean, and band over the seeds.

    Parameters
    ----------
    amounts : {kind: list}
    errors : {recipe: {kind: list of lists, one error in per cent a seed}}
    """
    fig, axes = plt.subplots(3, 2, figsize=(WIDTH, 8.4), sharey=True)
    for ax, (kind, name) in zip(axes.flat, KINDS.items(), strict=False):
        x = np.array(amounts[kind]) * (100 if kind == "speckle" else 1)
        for (_, found), colour, marker, line in looks(errors):
            runs = np.array(found[kind])
            ax.fill_between(x, runs.min(1), runs.max(1), color=colour, alpha=0.2, lw=0)
            ax.plot(x, runs.mean(1), line, color=colour, marker=marker, markersize=5)
        ax.axhline(CHANCE, color=GREY, ls=":", lw=1.3)
        ax.set(xlabel=name, ylim=(0, 100))
        if kind == "turn":
            ax.set(xticks=[-180, -90, 0, 90])
    for ax in axes[:, 0]:
        ax.set_ylabel("error, %")
    key(axes[2, 1], errors)
    headline(fig, "Distorted digits in training: wide valleys, and more harm by speckle")
    plt.show()


def looks(errors):
    """Pair each recipe with its colour, marker and line."""
    return zip(errors.items(), (GREEN, BLUE, RED), MARKERS, ("-.", "--", "-"), strict=False)


def key(ax, errors):
    """Name the lines on an empty panel."""
    blank(ax)
    ax = ax.inset_axes([0, 0, 1, 1])  # the panel shares its axis with the others
    blank(ax)
    for row, ((recipe, _), colour, marker, line) in enumerate(looks(errors)):
        ax.plot([0, 0.25], [-row, -row], line, color=colour, marker=marker)
        ax.text(0.32, -row, recipe, va="center", color=colour)
    ax.plot([0, 0.25], [-len(errors)] * 2, ":", color=GREY, marker="")
    ax.text(0.32, -len(errors), "guessing", va="center", color=GREY)
    ax.set(xlim=(0, 1), ylim=(-len(errors) - 1, 1))
