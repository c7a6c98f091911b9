"""Pictures of the chapter "Aim at ten stylised digits"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from .step import span
from .style import (
    BLACK,
    BLUE,
    GREEN,
    LARGE,
    MARKERS,
    ORANGE,
    PURPLE,
    RED,
    WIDTH,
    blank,
    headline,
    number_grid,
)

SHAPE = (12, 7)  # rows and columns of a code
INK = {"vmin": -1, "vmax": 1, "cmap": "gray_r"}
LOWEST = to_rgba(ORANGE, 0.9)


# ---- the idea
@plt.rc_context(LARGE)
def aim(digit, states, codes, penalties):
    """Draw a digit, the states of F6 as a picture, and the codes with their penalties.

    Parameters
    ----------
    digit : array (32, 32)
    states : array (84,)
    codes : array (10, 84)
    penalties : array (10,)
    """
    fig = plt.figure(figsize=(WIDTH, 7.0))
    above, below = fig.subfigures(2, 1, height_ratios=[0.8, 2])
    left, right = above.subplots(1, 2)
    left.imshow(digit)
    blank(left, "the digit")
    picture(right, states)
    blank(right, "the 84 states of F6")
    axes = below.subplots(2, 5)
    best = int(np.argmin(penalties))
    for k, ax in enumerate(axes.flat):
        picture(ax, codes[k], box=k == best)
        blank(ax, f"{penalties[k]:.0f}" + (": lowest" if k == best else ""))
    for ax in fig.axes:
        ax.title.set_fontsize(14)
    headline(fig, f"The states of F6 are nearest to the code of the {best}")
    plt.show()


def picture(ax, values, *, box=False):
    """Draw 84 numbers as 12 rows of 7 pixels, +1 black and -1 white, in a thin or a thick frame."""
    ax.imshow(np.reshape(values, SHAPE), **INK)
    rows, columns = SHAPE
    ax.add_patch(
        Rectangle(
            (-0.5, -0.5),
            columns,
            rows,
            fill=False,
            lw=4 if box else 0.8,
            edgecolor=LOWEST if box else "#777777",
            clip_on=False,
        )
    )


# ---- by hand
def by_hand(x, codes, names):
    """Draw the small example: the codes, and the squared differences from the states x (4,)."""
    fig, axes = plt.subplots(2, len(codes) + 1, figsize=(WIDTH, 4.6))
    number_grid(axes[0, 0], grid(x), title="states x", fontsize=16)
    blank(axes[1, 0])
    axes[1, 0].text(0.5, 0.5, "squared\ndifferences", ha="center", va="center", fontsize=13,
                    transform=axes[1, 0].transAxes)  # fmt: skip
    penalties = ((x - codes) ** 2).sum(axis=1)
    for code, penalty, name, (above, below) in zip(
        codes, penalties, names, axes[:, 1:].T, strict=True
    ):
        ink = {place: "#c8c8c8" for place in np.ndindex(2, 2) if grid(code)[place] > 0}
        number_grid(above, grid(code), title=f"code {name}", fills=ink, fontsize=16)
        number_grid(below, grid((x - code) ** 2), title=f"sum {penalty:g}", fontsize=16)
    for ax in axes.flat:
        ax.title.set_fontsize(14)
    headline(fig, f"The lowest penalty is that of {names[int(penalties.argmin())]}")
    plt.show()


def grid(values):
    """Return four numbers as two rows of two."""
    return np.reshape(values, (2, 2))


# ---- the ten codes
@plt.rc_context(LARGE)
def distances(D):
    """Draw in how many pixels each pair of the ten codes differs, D (10, 10)."""
    fig, ax = plt.subplots(figsize=(WIDTH, 5.6))
    ax.imshow(np.where(np.eye(len(D)), np.nan, D), cmap="cividis")
    pairs = D[np.triu_indices(len(D), 1)]
    for (r, c), value in np.ndenumerate(D):
        if r == c:
            continue
        ink = "white" if value < pairs.mean() else BLACK
        ax.text(c, r, f"{value}", ha="center", va="center", fontsize=13, color=ink)
        if value in (pairs.min(), pairs.max()):
            ax.add_patch(Rectangle((c - 0.47, r - 0.47), 0.94, 0.94, fill=False, lw=2.5,
                                   edgecolor=RED))  # fmt: skip
    ax.set(xticks=range(len(D)), yticks=range(len(D)), xlabel="digit", ylabel="digit")
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    headline(fig, nearest_and_farthest(D))
    plt.show()


def nearest_and_farthest(D):
    """Say which codes are closest, and how far apart others are."""
    pairs = D + 1000 * np.eye(len(D), dtype=int)
    r, c = np.unravel_index(pairs.argmin(), D.shape)
    return f"{r} and {c} differ in {D[r, c]} pixels of 84, other digits in up to {D.max()}"


# ---- many pictures
@plt.rc_context(LARGE)
def pictures(rows, title):
    """Draw rows of ten pictures of 84 numbers, one for each digit.

    Parameters
    ----------
    rows : {what the row shows: array (10, 84)}
    title : str, what is to be seen
    """
    fig = plt.figure(figsize=(WIDTH, 1.62 * len(rows)))
    parts = np.ravel(fig.subfigures(len(rows), 1))
    for part, (name, values) in zip(parts, rows.items(), strict=True):
        for ax, one in zip(part.subplots(1, 10), values, strict=True):
            picture(ax, one)
            blank(ax)
        part.suptitle(name, x=0.01, ha="left", fontsize=13)
    headline(fig, title)
    plt.show()


# ---- the rubbish class
@plt.rc_context(LARGE)
def rubbish(j, behind, measured):
    """Draw the probabilities as a digit moves away from all codes, and where images lie.

    Above, the second nearest code is `behind` farther than the nearest, wherever that is.

    Parameters
    ----------
    j, behind : float
    measured : {kind of image: array of lowest penalties}
    """
    fig, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 7.0), sharex=True,
                                       height_ratios=[1.2, 1])  # fmt: skip
    low = np.linspace(0, 6, 200)
    nearest, left_over, alone = probabilities(low, j, behind)
    above.plot(low, alone, "--", color=BLACK, marker="")
    above.plot(low, nearest, "-", color=BLUE, marker="", lw=2)
    above.plot(low, left_over, "-.", color=RED, marker="", lw=2)
    for text, at, values, offset, colour in [
        ("nearest, no rubbish", 0, alone, 8, BLACK),
        ("nearest class", 2.1, nearest, 12, BLUE),
        ("rubbish", 3.2, left_over, -26, RED),
    ]:
        point = at, values[np.abs(low - at).argmin()]
        above.annotate(text, point, (0, offset), textcoords="offset points", color=colour)
    above.set(ylabel="probability", ylim=(0, 1.08), yticks=[0, 0.5, 1])
    kinds = zip(measured.values(), [GREEN, ORANGE, PURPLE, RED], MARKERS, strict=False)
    for row, (values, colour, marker) in enumerate(kinds):
        few, middle, most = np.quantile(values, [0.05, 0.5, 0.95])
        below.plot([few, most], [row, row], color=colour, lw=3, marker="")
        below.plot(middle, row, marker, color=colour, markersize=11)
    for ax in (above, below):
        ax.axvline(j, color="#777777", lw=1, linestyle=":")
    below.set_yticks(range(len(measured)), measured)
    below.set(xlabel="lowest penalty", ylim=(len(measured) - 0.5, -0.7))
    below.annotate(f" $j$ = {j:g}", (j, -0.45), color="#555555")
    headline(fig, "Beyond j the answer is rubbish; without it, the leader stays sure")
    plt.show()


def probabilities(low, j, behind):
    """Return those of the nearest class and of rubbish, and the first without rubbish.

    Two classes have the penalties `low` and `low + behind`; rubbish has j.
    """
    two, total = np.exp(-low) * (1 + np.exp(-behind)), np.exp(-j)
    return np.exp(-low) / (two + total), total / (two + total), np.exp(-low) / two


# ---- tables
def table(head, rows):
    """Return a table; the first column names the row, the others hold numbers."""
    from IPython.display import Markdown  # only notebooks have IPython

    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return Markdown("\n".join(lines))


def book_table(rows):
    """Return the table of the code books: {name: (mean pixels apart, least, errors by seed)}."""
    head = ["codes", "pixels apart, mean", "least", "error in %, by seed", "mean"]
    return table(
        head,
        [
            [name, f"{apart:.0f}", f"{least}", ", ".join(f"{e:.1f}" for e in errors),
             f"{np.mean(errors):.1f}"]
            for name, (apart, least, errors) in rows.items()
        ],
    )  # fmt: skip


def loss_table(rows):
    """Return the table of the losses: {name: (errors, distances, pixels with the wrong sign)}."""
    head = ["loss", "error, %", "squared distance from the right code", "wrong pixels of 84"]
    return table(
        head,
        [
            [name, span(errors, ".1f"), span(away, ".0f"), span(wrong, ".0f")]
            for name, (errors, away, wrong) in rows.items()
        ],
    )


def collapse_table(rows):
    """Return the table of the free codes: {name: (losses, distances of codes, errors)}."""
    head = ["codes and loss", "loss, last pass", "squared distance of two codes", "error, %"]
    return table(
        head,
        [
            [name, span(losses, ".2g"), span(apart, ".3g"), span(errors, ".0f")]
            for name, (losses, apart, errors) in rows.items()
        ],
    )


def refused_table(rows, kinds):
    """Return the table of refused images, in %: {network: {kind: shares by seed}}."""
    return table(
        ["refused, %", *kinds],
        [[name, *[span(shares[kind], ".0f") for kind in kinds]] for name, shares in rows.items()],
    )
