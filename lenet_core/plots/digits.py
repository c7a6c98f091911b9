"""Pictures of the chapter "Turn digits into arrays"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from .style import BLACK, BLUE, RED, SKY, WIDTH, blank, headline, number_grid

CROP = 8  # pixels a side of the part that is shown as numbers


def numbers_of(image, row, column):
    """Draw a digit of bytes (28, 28), and a part of it as numbers.

    Parameters
    ----------
    row, column : the first pixel of the part
    """
    fig, axes = plt.subplots(1, 2, figsize=(WIDTH, 3.3))
    axes[0].imshow(image, vmin=0, vmax=255)
    axes[0].add_patch(Rectangle((column - 0.5, row - 0.5), CROP, CROP, fill=False, edgecolor=BLUE,
                                linewidth=2))  # fmt: skip
    axes[0].add_patch(Rectangle((-0.5, -0.5), 28, 28, fill=False, edgecolor="#999999"))
    blank(axes[0], "28×28 pixels")
    part = image[row : row + CROP, column : column + CROP]
    ink = plt.get_cmap("gray_r")
    fills = {place: ink(0.75 * value / 255) for place, value in np.ndenumerate(part)}
    number_grid(axes[1], part, title="the outlined part", fills=fills, fontsize=10)
    for text, value in zip(axes[1].texts, part.flat, strict=True):
        text.set_color("white" if value > 140 else BLACK)
    headline(fig, "A digit is a table of bytes: 0 is paper, 255 is ink")
    plt.show()


def framed(small, large):
    """Draw a small table of bytes and the same table scaled and framed."""
    fig, axes = plt.subplots(1, 2, figsize=(WIDTH, 2.9), width_ratios=[3, 7])
    number_grid(axes[0], small, title="bytes (3, 3)", fontsize=11)
    inner = {(r, c): SKY for r, c in np.ndindex(large.shape) if 2 <= r < 5 and 2 <= c < 5}
    number_grid(axes[1], large, title="scaled and framed (7, 7)", fills=inner, fontsize=10)
    headline(fig, "Scale the bytes, then put paper around them")
    plt.show()


def samples(X, y, rows=3, columns=10):
    """Draw the first digits of a set, each above its label."""
    fig, axes = plt.subplots(rows, columns, figsize=(WIDTH, 0.75 * rows + 0.4))
    for ax, image, label in zip(axes.flat, X[:, 0], y, strict=False):
        ax.imshow(image)
        blank(ax, str(label))
    headline(fig, "Ten classes, and no two digits alike")
    plt.show()


def pixel_values(X, frame):
    """Draw the share of pixels at each value, and where the ink lies.

    Parameters
    ----------
    X : array (N, 1, 32, 32), in the paper's scaling
    frame : pixels of paper around the field of 28x28
    """
    fig, axes = plt.subplots(1, 2, figsize=(WIDTH, 2.9), width_ratios=[1.5, 1])
    shares, edges = np.histogram(X, bins=16, range=(-0.1, 1.175))
    width = edges[1] - edges[0]
    axes[0].bar(edges[:-1], 100 * shares / X.size, width=width, align="edge", color=SKY,
                edgecolor=BLACK)  # fmt: skip
    axes[0].set(xlabel="value of a pixel", ylabel="share of all pixels, %", yscale="log")
    axes[1].imshow(X.mean(axis=(0, 1)))
    for start, side, colour, dashes, name in [
        (frame, 28, RED, "--", "28×28"), (frame + 4, 20, BLUE, "-", "20×20"),
    ]:  # fmt: skip
        axes[1].add_patch(Rectangle((start - 0.5, start - 0.5), side, side, fill=False,
                                    edgecolor=colour, linestyle=dashes, linewidth=1.5))  # fmt: skip
        axes[1].text(start, start - 0.7, name, color=colour, fontsize=10, va="bottom")
    blank(axes[1], "mean of all digits")
    headline(fig, "Most pixels are paper; the ink keeps to the middle")
    plt.show()
