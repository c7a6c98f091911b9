"""The pictures of the chapter on training."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from ..published import COMMON_NOTEBOOK_TEST_ERROR, FIG5_TEST_ERROR, FIG5_TRAIN_ERROR
from .style import BLACK, BLUE, LARGE, RED, WIDTH, blank

STAGES = {  # of one training step: name and what it hands on, in the order of the loop
    "batch": "32 digits and labels",
    "forward": "10 scores a digit",
    "loss": "one number",
    "backward": "one slope a weight",
    "step": "new weights",
}


def loop():
    """Draw the loop of training: five boxes in a row, and the way back to the next batch."""
    _, ax = plt.subplots(figsize=(WIDTH, 2.1))
    for place, (name, result) in enumerate(STAGES.items()):
        ax.add_patch(
            Rectangle((place - 0.36, 0.85), 0.72, 0.3, facecolor="#e8f1f8", edgecolor=BLUE)
        )
        ax.text(place, 1, name, ha="center", va="center", fontsize=10, weight="bold")
        ax.text(place, 0.78, result.replace(" and ", "\nand "), ha="center", va="top", fontsize=9)
        if place:
            arrow(ax, (place - 0.64, 1), (place - 0.36, 1))
    arrow(ax, (4, 1.15), (0, 1.15), connectionstyle="arc3,rad=0.17")
    ax.text(2, 1.6, "next batch, until every digit had its turn: one epoch", ha="center")
    blank(ax)
    ax.set(xlim=(-0.5, 4.5), ylim=(0.45, 1.75))
    ax.set_title("Training is five steps, many times over", fontsize=11, weight="bold", loc="left")
    plt.show()


def arrow(ax, start, end, **how):
    """Draw an arrow whose ends touch `start` and `end`."""
    look = {"arrowstyle": "-|>", "color": "#333333", "lw": 1.3, "shrinkA": 1, "shrinkB": 1}
    ax.annotate("", end, start, arrowprops=look | how)


def curves(history):
    """Draw the loss and both errors of a `History` by epoch."""
    _, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 4.8), sharex=True)
    epochs = np.arange(1, len(history) + 1)
    above.plot(epochs, history.loss, color=BLACK, marker=".")
    above.set(ylabel="mean loss", yscale="log")
    above.set_title("The loss falls to the end; the held-out error stops falling before")
    shown = np.maximum(history.train_error, 0.01)  # a log axis has no place for 0
    below.plot(epochs, shown, "o-", color=BLUE)
    place = 2 * len(history) // 3 - 1
    label(below, epochs, shown, "training digits, on the fly", BLUE, (-8, -10), place)
    below.plot(epochs, history.validation_error, "s--", color=RED)
    label(below, epochs, history.validation_error, "held-out digits", RED, (0, 9))
    below.set(ylabel="error in per cent", xlabel="epoch", yscale="log", xticks=every_fifth(epochs))
    plain_numbers(above, [0.01, 0.1, 1])
    plain_numbers(below, [0.1, 1, 10])
    plt.show()


def label(ax, x, y, text, colour, offset, place=-1):
    """Write the name of a curve beside one of its points; `offset` to it in points."""
    ax.annotate(text, (x[place], y[place]), offset, textcoords="offset points",
                ha="right", va="center", color=colour)  # fmt: skip


def every_fifth(epochs):
    """Return the ticks 1, 5, 10 ... for an axis of epochs."""
    return [1, *range(5, len(epochs) + 1, 5)]


def plain_numbers(ax, ticks, axis="y"):
    """Give a log axis ticks that read 0.1, 1, 10 and not powers of ten."""
    of_axis = getattr(ax, f"{axis}axis")
    of_axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    of_axis.set_minor_formatter("")


def confusion(matrix):
    """Draw a confusion matrix (10, 10): true classes down, answers across, mistakes tinted."""
    _, ax = plt.subplots(figsize=(WIDTH, 5.2))
    wrong = matrix * (1 - np.eye(len(matrix), dtype=int))
    ax.imshow(wrong, cmap="Oranges", vmin=0, vmax=1.6 * max(wrong.max(), 1))
    for (row, col), count in np.ndenumerate(matrix):
        right = row == col
        ax.text(
            col, row, f"{count:d}" if count else "·", ha="center", va="center",
            color=BLUE if right else BLACK, weight="bold" if right or count else "normal",
        )  # fmt: skip
    ax.set(xticks=range(10), yticks=range(10), xlabel="answer", ylabel="true digit")
    ax.set_title(most_frequent(wrong))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    plt.show()


def most_frequent(wrong):
    """Say which mistake is the most frequent one, or which are: two are named, more counted."""
    most = wrong.max()
    if not most:
        return "No mistakes"
    pairs = [f"{true} read as {answer}" for true, answer in np.argwhere(wrong == most)]
    if len(pairs) == 1:
        return f"Most frequent mistake: {pairs[0]}, {'once' if most == 1 else f'{most} times'}"
    listed = ", ".join(pairs[:2])
    if len(pairs) > 2:
        listed = f"\n{listed} and {len(pairs) - 2} more"
    return f"Most frequent mistakes, {most} each: {listed}"


def mistakes(X, across=4):
    """Draw digits (N, 1, 32, 32) in rows of `across`, numbered from 1."""
    down = -(-len(X) // across)
    _, axes = plt.subplots(down, across, figsize=(WIDTH, 1.02 * WIDTH * down / across))
    for place, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if place < len(X):
            ax.imshow(X[place, 0], cmap="gray_r", interpolation="nearest")
            ax.text(0, 0, place + 1, fontsize=15, weight="bold", color=RED, va="top")
    plt.show()


@plt.rc_context(LARGE)
def beside_paper(records):
    """Draw the errors of these runs by epoch, and the curves of LeCun et al. (1998), fig. 5."""
    _, ax = plt.subplots(figsize=(WIDTH, 4.6))
    passes = np.arange(1, len(FIG5_TEST_ERROR) + 1)
    grey = {"color": "#777777", "lw": 1, "markersize": 3.5}
    ax.plot(passes, FIG5_TEST_ERROR, "D--", **grey)
    label(ax, passes, FIG5_TEST_ERROR, "1998: test", "#555555", (0, -10))
    ax.plot(passes, FIG5_TRAIN_ERROR, "v-", **grey)
    label(ax, passes, FIG5_TRAIN_ERROR, "1998: training", "#555555", (0, -10))
    x, y = band(ax, records, "validation_error", RED, "s--")
    label(ax, x, y, "this book: test", RED, (0, 12))
    x, y = band(ax, records, "train_error", BLUE, "o-")
    label(ax, x, y, "this book: training", BLUE, (-10, -4), place=13)
    ax.set(xlabel="pass over the 60,000 digits", ylabel="error in per cent", yscale="log")
    ax.set(title="The test errors meet, the training errors do not", xticks=every_fifth(passes))
    plain_numbers(ax, [0.01, 0.1, 1, 10])
    plt.show()


def band(ax, records, column, colour, line, x=None):
    """Draw the mean of a column of several records, in a band from least to most.

    Parameters
    ----------
    x : array; epochs unless given

    Returns
    -------
    x, mean : the curve
    """
    values = np.array([record["history"][column] for record in records])
    x = np.arange(1, values.shape[1] + 1) if x is None else x
    ax.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, lw=0)
    ax.plot(x, values.mean(axis=0), line, color=colour, markersize=3.5)
    return x, values.mean(axis=0)


@plt.rc_context(LARGE)
def step_sizes(classic, momentum, spent):
    """Draw the test errors of two recipes, by epoch and by the sum of their steps.

    Parameters
    ----------
    classic, momentum : lists of run records
    spent : function of a run record and an array of epochs
        What the horizontal axis below is to show.
    """
    _, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 7), sharey=True)
    for records, colour, line, name in [
        (classic, BLUE, "o-", "no momentum"),
        (momentum, RED, "^--", "momentum 0.9"),
    ]:
        x, y = band(above, records, "validation_error", colour, line)
        label(above, x, y, name, colour, (0, 18))
        x, y = band(below, records, "validation_error", colour, line, spent(records[0], x))
        label(below, x, y, name, colour, (-10, -12), place=3 * len(x) // 8)
    published(above)
    above.set(xlabel="epoch", ylabel="test error in per cent", yscale="log")
    above.set(title="By epoch, momentum is far ahead ...", xticks=every_fifth(range(40)))
    below.set(xlabel="learning rate × steps / (1 − momentum)", xscale="log")
    below.set(title="... by the sum of the steps, it is not", ylabel="test error in per cent")
    plain_numbers(above, [3, 5, 10, 20, 40])
    plain_numbers(below, [1, 10, 100], axis="x")
    plt.show()


def published(ax):
    """Mark where the common notebook says it ends, after 40 epochs."""
    ax.plot(40, COMMON_NOTEBOOK_TEST_ERROR, "*", color=BLACK, markersize=11)
    label(ax, [40], [COMMON_NOTEBOOK_TEST_ERROR], "published", BLACK, (-8, -9))
