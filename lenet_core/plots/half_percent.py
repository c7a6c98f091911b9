"""The pictures of the chapter "Go from 93 to 99.5"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.transforms import blended_transform_factory

from ..published import (
    BOOSTED_LENET4_TEST_ERROR,
    LENET5_DISTORTED_TEST_ERROR,
    LENET5_TEST_ERROR,
)
from ..schedules import SCHEDULES
from .style import BLACK, BLUE, GREEN, LARGE, MARKERS, RED, WIDTH
from .training import every_fifth, label, plain_numbers

PAPER = {  # what the lines across the ladder are
    "1998: LeNet-5": LENET5_TEST_ERROR,
    "1998: with distortions": LENET5_DISTORTED_TEST_ERROR,
    "1998: boosted LeNet-4": BOOSTED_LENET4_TEST_ERROR,
}
GREY = "#555555"
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


def variants(digit, changed, across=3):
    """Draw a digit (1, 32, 32) and changed ones (N, 1, 32, 32), in rows of `across`."""
    down = -(-(len(changed) + 1) // across)
    size = 0.7 * WIDTH
    _, axes = plt.subplots(down, across, figsize=(size, 1.08 * size * down / across))
    for place, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if place <= len(changed):
            show(ax, changed[place - 1, 0] if place else digit[0])
            ax.set_title("as it is" if not place else f"changed, {place}", fontsize=10,
                         fontweight="normal", loc="center")  # fmt: skip
    plt.show()


def show(ax, image):
    """Draw an image with a thin frame, which a moved digit does not move."""
    ax.imshow(image, cmap="gray_r", interpolation="nearest")
    ax.set_axis_on()
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color="#999999", lw=0.6)


def push_and_look_up(pushed, looked_up):
    """Draw the same digit stretched in two ways, (32, 32) each."""
    _, axes = plt.subplots(1, 2, figsize=(0.8 * WIDTH, 0.47 * WIDTH))
    for ax, image, title in zip(
        axes, (pushed, looked_up), ("pushed: holes", "looked up: none"), strict=True
    ):
        show(ax, image)
        ax.set_title(title, loc="center", fontsize=11)
    plt.show()


@plt.rc_context(LARGE)
def schedules():
    """Draw the factor of every schedule over a run."""
    _, ax = plt.subplots(figsize=(WIDTH, 3.8))
    t = np.linspace(0, 1, 400, endpoint=False)
    looks = [(GREY, ":"), (GREEN, "-."), (BLUE, "--"), (RED, "-")]
    places = {"constant": (0.86, 1.04), "step": (0.51, 0.15), "cosine": (0.26, 0.53),
              "one_cycle": (0.55, 0.82)}  # fmt: skip
    for (name, schedule), (colour, line) in zip(SCHEDULES.items(), looks, strict=True):
        ax.plot(t, [schedule(part) for part in t], line, color=colour, marker="", lw=2)
        ax.text(*places[name], name, color=colour)
    ax.set(xlabel="part of the run that is done", ylabel="share of the rate", ylim=(0, 1.12))
    ax.set_title("Large steps to get far, small ones to come to rest")
    plt.show()


@plt.rc_context(LARGE)
def ladder(errors):
    """Draw {rung: errors of its seeds, in per cent}: a dot for each, a bar for the mean.

    The paper's results cross the picture as lines, each with its name.
    """
    _, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.5 * len(errors)))
    for row, found in enumerate(errors.values()):
        ax.plot(found, np.full(len(found), row), "o", color=BLUE, markersize=6, alpha=0.6)
        mean = float(np.mean(found))
        ax.plot([mean, mean], [row - 0.3, row + 0.3], "-", color=BLACK, lw=2.5, marker="")
        ax.annotate(f"{mean:.2f}", (max(found), row), (10, 0), textcoords="offset points",
                    va="center", weight="bold", bbox=WHITE)  # fmt: skip
    paper_lines(ax, len(errors))
    ax.set(yticks=range(len(errors)), xscale="log", xlabel="held-out error in per cent")
    ax.set_yticklabels(errors)
    ax.set(ylim=(len(errors) - 0.4, -2.9), xlim=(0.3, 1.5 * max(map(max, errors.values()))))
    ax.spines["left"].set_bounds(len(errors) - 0.4, -0.6)
    ax.set_title("One network, trained in other ways")
    plain_numbers(ax, [0.4, 0.6, 1, 2, 5], axis="x")
    plt.show()


def paper_lines(ax, rows):
    """Draw a line for each result of the paper, its name on a step of its own at the top."""
    for step, ((name, error), line) in enumerate(zip(PAPER.items(), ("-", "--", ":"), strict=True)):
        height = -1 - 0.7 * step  # the leftmost is the highest: no line crosses a name
        ax.plot([error, error], [height, rows - 0.4], line, color=GREY, lw=1.3, marker="")
        ax.annotate(f"{name}, test error {error:g}", (error, height), (6, 0),
                    textcoords="offset points", va="center", color=GREY, fontsize=12)  # fmt: skip


@plt.rc_context(LARGE)
def run(rates, history):
    """Draw the learning rate of every step of a run, and its held-out error by epoch."""
    _, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 5.2), sharex=True)
    epochs = np.arange(1, len(history) + 1)
    x = np.arange(len(rates)) * len(history) / len(rates)
    above.plot(x, rates, "-", color=BLACK, marker="", lw=2)
    above.set(ylabel="learning rate", ylim=(0, None))
    above.set_title("The error comes to rest with the rate")
    below.plot(epochs, history.validation_error, "s--", color=RED)
    below.set(ylabel="held-out error, %", xlabel="epoch", yscale="log")
    below.set(xticks=every_fifth(epochs))
    plain_numbers(below, [1, 2, 5, 10, 20, 50])
    plt.show()


@plt.rc_context(LARGE)
def flattery(counts, curves, true):
    """Draw how low the best of several equal networks looks.

    Parameters
    ----------
    counts : how many networks were compared
    curves : {name: error of the best, in per cent, one for each count}
    true : the error that all of them have
    """
    _, ax = plt.subplots(figsize=(WIDTH, 4))
    ax.axhline(true, color=GREY, lw=1.3)
    across = blended_transform_factory(ax.transAxes, ax.transData)
    ax.annotate("true error of every one", (0.98, true), (0, 5), xycoords=across,
                textcoords="offset points", ha="right", color=GREY)  # fmt: skip
    looks = zip(curves.items(), MARKERS, ("-", "--"), (BLUE, RED), strict=False)
    for (name, errors), marker, line, colour in looks:
        ax.plot(counts, errors, line, marker=marker, color=colour, markersize=6)
        label(ax, counts, errors, name, colour, (0, -13))
    lowest = min(min(errors) for errors in curves.values())
    ax.set(xscale="log", xlabel="networks compared", ylabel="error of the best, %")
    ax.set(ylim=(lowest - 0.25 * (true - lowest), true + 0.2 * (true - lowest)))
    ax.set_title("The best of many looks better than it is")
    plain_numbers(ax, counts, axis="x")
    plt.show()
