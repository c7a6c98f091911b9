"""Pictures of the chapter "Ask how good is good"."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, GREEN, RED, WIDTH, blank, enlarge, headline, number_grid

LARGE = {"font.size": 12}  # to be read on a phone as well
CHANGED = "#F9DDB1"  # a light orange, on which black text is easy to read
SERIES = {  # marker, colour and how far above its row each series of the ladder stands
    "4,000": ("o", BLUE, -0.2),
    "60,000": ("s", GREEN, 0.05),
    "paper": ("X", RED, 0.3),
}


@plt.rc_context(LARGE)
def two_ideas(new, labels, means, mean_labels, stored, stored_labels):
    """Draw new digits, each beside its nearest class mean and its nearest stored digit.

    Parameters
    ----------
    new, means, stored : arrays (2, 28, 28)
    labels, mean_labels, stored_labels : the classes of each
    """
    fig, axes = plt.subplots(len(new), 5, figsize=(WIDTH, 3.6))
    for row, ax in enumerate(axes):
        picture(ax[0], new[row], f"new: a {labels[row]}")
        for place, image, answer in (
            (1, means[row], mean_labels[row]),
            (3, stored[row], stored_labels[row]),
        ):
            name = "mean" if place == 1 else "stored"
            verdict = "right" if answer == labels[row] else "wrong"
            picture(ax[place], image, f"{name} {answer}\n{verdict}")
            difference(ax[place + 1], new[row] - image, "difference")
    headline(fig, "Compare with ten means, or with every stored digit")
    plt.show()


def picture(ax, image, title):
    """Draw a digit."""
    ax.imshow(image)
    blank(ax, title)
    ax.title.set_fontsize(12)


def difference(ax, values, title):
    """Draw what one image has more than another one: red more, blue less, and return it."""
    shown = ax.imshow(values, cmap="RdBu_r", vmin=-255, vmax=255)
    blank(ax, title)
    ax.title.set_fontsize(12)
    return shown


def hand_example(new, stored, names, labels, distances):
    """Draw the new 2x2 digit and the stored ones; cells that differ from it are coloured.

    Parameters
    ----------
    new : array (2, 2)
    stored : array (m, 2, 2)
    names, labels, distances : what to write at each; a distance of None is left to the reader
    """
    fig, axes = plt.subplots(1, len(stored) + 1, figsize=(WIDTH, 2.2))
    number_grid(axes[0], new, title="new: ?")
    for ax, image, name, label, distance in zip(
        axes[1:], stored, names, labels, distances, strict=True
    ):
        fills = {place: CHANGED for place in zip(*np.nonzero(image != new), strict=True)}
        number_grid(ax, image, title=f"{name}: a {label}", fills=fills)
        text = "?" if distance is None else distance
        ax.text(1, 2.35, f"distance² {text}", ha="center", va="center")
        ax.set_ylim(2.6, -0.05)
    axes[0].set_ylim(2.6, -0.05)
    enlarge(fig)
    headline(fig, "Fewer changed cells do not mean nearer")
    plt.show()


@plt.rc_context(LARGE)
def blurred_means(means, pair):
    """Draw the ten class means, and the difference of two of them.

    Parameters
    ----------
    means : array (10, 28, 28)
    pair : two classes; the second is taken from the first
    """
    a, b = pair
    fig, axes = plt.subplot_mosaic(
        [[*range(5), "two", "two"], [*range(5, 10), "two", "two"]], figsize=(WIDTH, 2.6)
    )
    for c, mean in enumerate(means):
        axes[c].imshow(mean)
        blank(axes[c], str(c))
    shown = difference(axes["two"], means[a] - means[b], f"mean {a} minus mean {b}")
    axes["two"].text(14, 29.6, f"red: more ink in {a}", ha="center", va="center")
    axes["two"].set_ylim(31, -0.5)
    shown.set_clim(-160, 160)
    headline(fig, f"A mean is a blur; {a} and {b} differ in a few places")
    plt.show()


@plt.rc_context(LARGE)
def ladder(errors):
    """Draw the errors of methods, one a row, with bars of two standard errors to each side.

    Parameters
    ----------
    errors : {method: {series: (error, standard error)}}, in per cent; the series are those of
        SERIES, and any may be missing
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 0.62 * len(errors) + 1.3))
    names = {"4,000": "4,000 digits", "60,000": "60,000 digits", "paper": "60,000, the paper"}
    for series, (marker, colour, offset) in SERIES.items():
        places = [row for row, found in enumerate(errors.values()) if series in found]
        values = np.array([f[series] for f in errors.values() if series in f]).reshape(-1, 2)
        ax.errorbar(
            values[:, 0], np.array(places) + offset, xerr=2 * values[:, 1], fmt=marker,
            color=colour, capsize=3, markersize=6, label=names[series],
        )  # fmt: skip
    ax.set(xscale="log", xlabel="error in %", ylim=(len(errors) - 0.4, -0.6))
    ax.set_xticks([1, 2, 5, 10, 20, 50, 90], ["1", "2", "5", "10", "20", "50", "90"])
    ax.minorticks_off()
    ax.set_yticks(range(len(errors)), list(errors))
    ax.tick_params(axis="y", length=0)
    for row in range(len(errors) - 1):
        ax.axhline(row + 0.55, color="#dddddd", lw=0.8, zorder=0)
    fig.legend(loc="outside lower center", ncols=3, handletextpad=0.2, columnspacing=1)
    headline(fig, "With 60,000 digits LeNet-5 is ahead; with 4,000 it is not")
    plt.show()


def table(titles, rows):
    """Return a Markdown table whose first column is text and whose others are numbers."""
    from IPython.display import Markdown  # only notebooks have IPython

    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))
