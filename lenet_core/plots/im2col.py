"""Pictures of the chapter "Unroll an image"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from .style import BLUE, GREEN, ORANGE, PURPLE, RED, WIDTH, blank, enlarge, headline, number_grid

ROW, COLUMN = ORANGE, BLUE  # a row of the columns, and one of its columns, on every picture


def rows_and_columns(digit, columns, row, column):
    """Draw a digit, its columns as a grey picture, and one row and one column of them.

    Parameters
    ----------
    digit : array (32, 32)
    columns : array (25, 784), im2col of the digit with a 5x5 kernel
    row, column : int, which ones to take out
    """
    fig, axes = plt.subplot_mosaic(
        [["digit", "matrix"], ["row", "column"]], figsize=(WIDTH, 5.9), width_ratios=[1, 1.25]
    )
    (u, v), (i, j) = divmod(row, 5), divmod(column, 28)
    axes["digit"].imshow(digit)
    blank(axes["digit"], "digit: 32 × 32")
    axes["digit"].add_patch(Rectangle((-0.5, -0.5), 32, 32, fill=False, edgecolor="#888888"))
    outline(axes["digit"], (v - 0.5, u - 0.5), 28, 28, ROW, "-")
    outline(axes["digit"], (j - 0.5, i - 0.5), 5, 5, COLUMN, "--")
    axes["matrix"].imshow(columns, aspect="auto", interpolation="nearest")
    blank(axes["matrix"], "columns: 25 × 784")
    outline(axes["matrix"], (-0.5, row - 0.5), 784, 1, ROW, "-")
    outline(axes["matrix"], (column - 3, -0.5), 6, 25, COLUMN, "--")
    framed(axes["row"], columns[row].reshape(28, 28), f"row {row}: 28 × 28", ROW, "-")
    framed(
        axes["column"], columns[:, column].reshape(5, 5), f"column {column}: 5 × 5", COLUMN, "--"
    )
    enlarge(fig)
    headline(fig, "A row is the digit, cut at another place; a column is one window")
    plt.show()


def outline(ax, corner, width, height, colour, linestyle):
    """Draw a rectangle without filling; `corner` is (x, y)."""
    ax.add_patch(
        Rectangle(
            corner, width, height, fill=False, edgecolor=colour, linewidth=2.2,
            linestyle=linestyle, clip_on=False, zorder=3,
        )
    )  # fmt: skip


def framed(ax, image, title, colour, linestyle):
    """Draw an image in a frame of the colour that marks where it comes from."""
    h, w = image.shape
    ax.imshow(image, vmin=-0.1, vmax=1.175)
    blank(ax, title)
    outline(ax, (-0.5, -0.5), w, h, colour, linestyle)


def index_picture(x, columns, row, column, asked):
    """Draw two small images above their columns, one row and one column lit, one row asked for.

    Parameters
    ----------
    x : array (2, 1, 3, 4) of whole numbers
    columns : array (6, 8), im2col of x with a kernel of 2x3
    row, column : int, the ones to light
    asked : int, a row to be drawn as question marks
    """
    fig, axes = plt.subplot_mosaic(
        [["image 0", "image 1"], ["columns", "columns"]],
        figsize=(WIDTH, 5.6), height_ratios=[1, 2.1],
    )  # fmt: skip
    places = np.arange(columns.shape[1])
    window, image_of = places // len(x), places % len(x)
    for n, image in enumerate(x[:, 0]):
        lit = {}
        for w in window[image_of == n]:
            lit[pixel_of(row, w)] = tint(ROW)
        if image_of[column] == n:
            border = [pixel_of(r, window[column]) for r in range(len(columns))]
            surround(axes[f"image {n}"], border, COLUMN)
        number_grid(axes[f"image {n}"], image, title=f"image {n}", fills=lit, fmt="{:d}")
    cells = columns.astype(object)
    cells[asked] = "?"
    fills = {(row, c): tint(ROW) for c in places}
    ax = axes["columns"]
    number_grid(ax, cells, fills=fills, fmt="{}")
    surround(ax, [(r, column) for r in range(len(columns))], COLUMN)
    enlarge(fig)
    write_heads(ax, columns.shape, len(x))
    place = pixel_of(row, 0)
    headline(fig, f"Row {row}: each image from pixel {place} on. Column {column}: one window")
    plt.show()


def pixel_of(row, window, kw=3, ow=2):
    """Return the (row, column) of the pixel that a window of the example has at an entry."""
    (u, v), (i, j) = divmod(row, kw), divmod(window, ow)
    return int(i + u), int(j + v)


def surround(ax, places, colour):
    """Draw one dashed frame around a block of cells."""
    (top, left), (bottom, right) = np.min(places, axis=0), np.max(places, axis=0) + 1
    outline(ax, (left, top), right - left, bottom - top, colour, "--")


def write_heads(ax, shape, n_images):
    """Write beside each row its kernel entry, and above each column its place and image."""
    for r in range(shape[0]):
        u, v = divmod(r, 3)
        ax.text(-0.15, r + 0.5, f"{u},{v}", ha="right", va="center", fontsize=12)
    for c in range(shape[1]):
        w, n = divmod(c, n_images)
        i, j = divmod(w, 2)
        ax.text(c + 0.5, -0.12, f"{i},{j}\nn={n}", ha="center", va="bottom", fontsize=11)
    ax.text(-0.15, -0.12, "u,v", ha="right", va="bottom", fontsize=12, style="italic")
    ax.text(shape[1] + 0.1, -0.12, "i,j", ha="left", va="bottom", fontsize=12, style="italic")
    ax.set(xlim=(-0.8, shape[1] + 0.6), ylim=(shape[0] + 0.05, -1.0))


def memory_strip(image, windows, shown):
    """Draw the memory of an image as a strip, and under it the cells that some windows read.

    Parameters
    ----------
    image : array (H, W), in one run of memory
    windows : array (OH, OW, kh, kw), a view of it
    shown : list of (i, j), the windows to draw
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 2.9))
    for k, value in enumerate(image.ravel()):
        ax.add_patch(Rectangle((k, 0), 1, 1, facecolor="white", edgecolor="#444444"))
        ax.text(k + 0.5, 0.5, f"{value:g}", ha="center", va="center", fontsize=14)
        ax.text(k + 0.5, -0.1, f"{k * image.itemsize}", ha="center", va="bottom", fontsize=11)
    ax.text(-0.15, -0.1, "byte", ha="right", va="bottom", fontsize=11)
    ax.text(-0.15, 0.5, "memory", ha="right", va="center", fontsize=12)
    for line, ((i, j), colour) in enumerate(zip(shown, [ORANGE, BLUE, GREEN], strict=False)):
        read = cells_read(image, windows[i, j])
        y = 1.35 + 0.95 * line
        ax.text(-0.15, y + 0.35, f"window {i},{j}", ha="right", va="center", fontsize=12)
        for k in read:
            ax.add_patch(
                Rectangle((k + 0.04, y), 0.92, 0.7, facecolor=tint(colour), edgecolor=colour)
            )
            ax.text(k + 0.5, y + 0.35, f"{image.flat[k]:g}", ha="center", va="center", fontsize=12)
    blank(ax)
    ax.set(xlim=(-2.4, image.size + 0.1), ylim=(1.35 + 0.95 * len(shown), -0.55))
    shared = set.intersection(*[set(cells_read(image, windows[w])) for w in shown])
    headline(fig, f"{len(shown)} windows, one memory: {len(shared)} numbers stand in all of them")
    plt.show()


def cells_read(image, window):
    """Return which numbers of an image's memory a window reads, in the order of memory."""
    start = window.__array_interface__["data"][0] - image.__array_interface__["data"][0]
    steps = [start + sum(np.multiply(at, window.strides)) for at in np.ndindex(window.shape)]
    return sorted(int(step) // image.itemsize for step in steps)


def matrices(cases):
    """Draw im2col of a row of pixels as a matrix A for several strides, with its column sums.

    Parameters
    ----------
    cases : {title: A}, each (entries of the columns, pixels)
    """
    tallest = max(len(A) for A in cases.values())
    fig, axes = plt.subplots(1, len(cases), figsize=(WIDTH, 4.6))
    for ax, (title, A) in zip(axes, cases.items(), strict=True):
        rows, pixels = A.shape
        for (r, p), value in np.ndenumerate(A):
            fill = tint(ROW) if value else "white"
            ax.add_patch(Rectangle((p, r), 1, 1, facecolor=fill, edgecolor="#888888"))
            if value:
                ax.text(p + 0.5, r + 0.5, "1", ha="center", va="center")
        for p, count in enumerate(A.sum(axis=0).astype(int)):
            colour = {0: tint(RED), 1: tint(GREEN)}.get(count, tint(PURPLE))
            box = Rectangle((p, rows + 0.4), 1, 1, facecolor=colour, edgecolor="black")
            ax.add_patch(box)
            ax.text(p + 0.5, rows + 0.9, f"{count}", ha="center", va="center", weight="bold")
        blank(ax, title)
        ax.text(0, rows + 1.6, "counts", ha="left", va="top")
        ax.set(xlim=(-0.1, pixels + 0.1), ylim=(tallest + 2.6, -0.1), aspect="equal")
    enlarge(fig)
    headline(fig, "One 1 in each row; the column sums count the copies of a pixel")
    plt.show()


def tint(colour):
    """Return a light colour, on which black text is easy to read."""
    return to_rgba(colour, 0.35)
