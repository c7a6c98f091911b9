"""What all pictures share: sizes, colours, and arrays drawn as tables of numbers."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

# Okabe and Ito's palette: told apart with every kind of colour vision. Colour is never alone:
# each series has its marker or hatch or label as well.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
CYCLE = [BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
HATCHES = ["//", "..", "xx", "--", "\\\\", "oo", "++"]
WIDTH = 6.4  # inches: the width of a page's text
LARGE = {
    "font.size": 13,
    "axes.titlesize": 13,
}  # to be read on a phone as well

SETTINGS = {
    "figure.figsize": (WIDTH, 3.4),
    "figure.dpi": 200,
    "figure.facecolor": "white",  # a white card, in dark mode too
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.prop_cycle": plt.cycler(color=CYCLE, marker=MARKERS),
    "lines.markersize": 4,
    "legend.frameon": False,
    "image.cmap": "gray_r",
    "hatch.linewidth": 0.6,
}


def style():
    """Set matplotlib up for a chapter: called once, in its first cell."""
    plt.rcParams.update(SETTINGS)


def number_grid(ax, values, *, title="", fills=None, fmt="{:g}", fontsize=12):
    """Draw a small matrix as a table of numbers on `ax`.

    Parameters
    ----------
    values : array (rows, columns)
    fills : {(row, column): colour} of cells to colour in
    fmt : format of a number
    """
    values, fills = np.asarray(values), fills or {}
    rows, columns = values.shape
    for (r, c), value in np.ndenumerate(values):
        ax.add_patch(
            Rectangle((c, r), 1, 1, facecolor=fills.get((r, c), "white"), edgecolor="#444444")
        )
        ax.text(c + 0.5, r + 0.5, fmt.format(value), ha="center", va="center", fontsize=fontsize)
    blank(ax, title)
    ax.set(xlim=(-0.05, columns + 0.05), ylim=(rows + 0.05, -0.05), aspect="equal")


def blank(ax, title=""):
    """Take the axes' frame and ticks away."""
    ax.set_axis_off()
    ax.set_title(title, loc="center", fontsize=10, fontweight="normal")


def headline(fig, text):
    """Write what a figure of several parts shows above it."""
    fig.suptitle(text, x=0.01, ha="left", fontsize=11, weight="bold")


def enlarge(fig, points=14):
    """Make the lettering inside a figure large enough for a phone, where it shrinks by half."""
    for ax in fig.axes:
        for text in [ax.title, *ax.texts]:
            text.set_fontsize(points)
