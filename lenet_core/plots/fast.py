"""The pictures of the chapter "Make it fast"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from .style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    WIDTH,
    blank,
    enlarge,
    headline,
    number_grid,
)

POINTS = 13  # of lettering: still readable on a phone, where a picture shrinks by half
MEBI = 2**20
LINE = 64  # bytes that a cache fetches together
SETS = 64  # places of the smallest cache on most machines: lines 4,096 bytes apart share one
WAYS = 8  # lines that one place holds, on many machines
BLOCKS = [(ORANGE, "//"), (BLUE, ".."), (GREEN, "\\\\"), (PURPLE, "xx")]


def nested_areas(sizes, yardstick=MEBI):
    """Draw squares in one corner whose areas are numbers of bytes, and a dashed one to compare.

    Parameters
    ----------
    sizes : {label: bytes}, the largest first
    yardstick : bytes of the dashed square
    """
    _, ax = plt.subplots(figsize=(WIDTH, 4.3))
    top = max(sizes.values()) ** 0.5
    places = np.linspace(0.93, 0.08, len(sizes) + 1) * top
    shown = sorted([*sizes.items(), ("for comparison", yardstick)], key=lambda pair: -pair[1])
    for (name, size), at in zip(shown, places, strict=True):
        side, dashed = size**0.5, name == "for comparison"
        colour, hatch = ("none", "") if dashed else BLOCKS[list(sizes).index(name)]
        ax.add_patch(
            Rectangle((0, 0), side, side, facecolor="none" if dashed else to_rgba(colour, 0.25),
                      edgecolor=BLACK if dashed else colour, hatch=hatch, linewidth=1.4,
                      linestyle="--" if dashed else "-", zorder=2 + dashed)
        )  # fmt: skip
        ax.plot([side, 1.12 * top], [side, at], color="#555555", linewidth=0.8, marker="", zorder=5)
        ax.text(1.14 * top, at, f"{name}\n{mebibytes(size)}", va="center", fontsize=POINTS)
    blank(ax)
    ax.set(xlim=(-0.02 * top, 2.0 * top), ylim=(-0.02 * top, 1.05 * top), aspect="equal")
    title(ax, "The same products need far less memory")
    plt.show()


def mebibytes(size):
    """Spell a number of bytes in MiB, to two digits."""
    return f"{size / MEBI:.2g} MiB"


def runs_of_memory(layouts):
    """Draw memory as strips, with what one kernel entry reads of it in coloured runs.

    Parameters
    ----------
    layouts : list of (title, places, size, longest)
        The numbers that are read, by their place in memory; bytes of one number; how many
        neighbours are read together at most.
    """
    fig, axes = plt.subplots(len(layouts), 1, figsize=(WIDTH, 1.15 * len(layouts) + 0.3))
    width = max(size * (1 + max(places)) for _, places, size, _ in layouts)
    for ax, (name, places, size, longest), (colour, hatch) in zip(
        axes, layouts, BLOCKS, strict=False
    ):
        runs = in_runs(places, longest)
        ax.add_patch(
            Rectangle((0, 0), (max(places) + 1) * size, 1, facecolor="#eeeeee", edgecolor="#999999")
        )
        for start, stop in runs:
            ax.add_patch(
                Rectangle((start * size, 0), (stop - start) * size, 1, edgecolor=colour,
                          facecolor=to_rgba(colour, 0.4), hatch=hatch, linewidth=1.2)
            )  # fmt: skip
        lengths = {stop - start for start, stop in runs}
        what = "numbers, each alone" if lengths == {1} else f"runs of {max(lengths)} numbers"
        ax.text(0, 1.2, f"{name}: {len(runs)} {what}", fontsize=POINTS, va="bottom")
        blank(ax)
        ax.set(xlim=(-0.01 * width, 1.01 * width), ylim=(-0.1, 2.3))
    headline(fig, "The same numbers, in fewer and longer runs")
    plt.show()


def in_runs(places, longest):
    """Return the (start, stop) of runs of neighbours, none longer than `longest`."""
    runs = []
    for place in places:
        if runs and runs[-1][1] == place and place - runs[-1][0] < longest:
            runs[-1][1] = place + 1
        else:
            runs.append([place, place + 1])
    return [tuple(run) for run in runs]


def rows_forward(X, widened, K, Y):
    """Draw the image, its widened rows with the overlapping blocks, the kernel, and the output.

    Parameters
    ----------
    X : array (H, W)
    widened : array (H, kw, OW)
    K : array (kh, kw)
    Y : array (OH, OW), None where the reader is to work it out
    """
    (h, kw, ow), kh, oh = widened.shape, len(K), len(Y)
    fig, axes = plt.subplots(1, 3, figsize=(WIDTH, 4.9), width_ratios=[3.2, 5.6, 2.4])
    number_grid(axes[0], X, title=f"X {X.shape}")
    number_grid(axes[1], widened.reshape(h * kw, ow), title=f"rows, widened\n({h}, {kw}, {ow})")
    for row in range(1, h):
        axes[1].plot([0, ow], [row * kw] * 2, color=BLACK, linewidth=2, marker="")
    for i in range(oh):
        block(axes[1], ow + 0.25 + 0.75 * i, i * kw, (i + kh) * kw, i, f"row {i}")
    axes[1].set(xlim=(-0.05, ow + 0.4 + 0.75 * oh))
    fills = {(i, j): to_rgba(BLOCKS[i][0], 0.35) for i, j in np.ndindex(oh, ow)}
    shown = np.array([["?" if y is None else y for y in row] for row in Y], dtype=object)
    number_grid(axes[2], shown, title=f"Y {shown.shape}", fills=fills, fmt="{}")
    for i in range(oh):
        axes[2].text(-0.2, i + 0.5, f"row {i}", ha="right", va="center")
    axes[2].set(xlim=(-1.6, ow + 0.05))
    enlarge(fig, POINTS)
    kernel = "  ".join(f"{value:g}".replace("-", "−") for value in K.ravel())
    fig.supxlabel(f"each block, times the kernel  {kernel},  plus b", fontsize=POINTS)
    headline(fig, "Kernel rows lie together: blocks overlap, nothing is copied")
    plt.show()


def block(ax, x, top, bottom, number, label):
    """Draw a bracket beside the rows of a block, with its name."""
    colour, hatch = BLOCKS[number]
    ax.add_patch(
        Rectangle((x, top + 0.08), 0.5, bottom - top - 0.16, facecolor=to_rgba(colour, 0.35),
                  edgecolor=colour, hatch=hatch)
    )  # fmt: skip
    ax.text(x + 0.25, (top + bottom) / 2, label, rotation=90, ha="center", va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def rows_backward(framed, kernel, dcolumns, shifted, row):
    """Draw how one input row gets its gradient: block, product, memory, and the shifted view.

    Parameters
    ----------
    framed : array (H + kh - 1, OW), dY between rows of zeros
    kernel : array (kw, kh), its rows last to first
    dcolumns : array (kw, OW) of the input row
    shifted : array (kw, W) of the input row
    row : int, the input row
    """
    kh = kernel.shape[1]
    fig = plt.figure(figsize=(WIDTH, 7.2))
    above, below = fig.subfigures(2, 1, height_ratios=[1.15, 1])
    axes = above.subplots(1, 5, width_ratios=[2.4, 0.5, 3.3, 0.5, 2.4])
    number_grid(axes[0], kernel, title="K's columns,\nlast row first")
    lit = {
        (r, c): to_rgba(BLUE, 0.35) for r in range(row, row + kh) for c in range(framed.shape[1])
    }
    number_grid(axes[2], framed, title="dY, framed", fills=lit)
    axes[2].text(-0.2, row + kh / 2, f"block {row}", ha="right", va="center", rotation=90)
    axes[2].set(xlim=(-0.9, framed.shape[1] + 0.05))
    fills = {place: tint(place[0]) for place in np.ndindex(dcolumns.shape)}
    number_grid(axes[4], dcolumns, title=f"dcolumns[{row}]", fills=fills)
    for ax, sign in ((axes[1], "@"), (axes[3], "=")):
        blank(ax)
        ax.text(0.5, 0.5, sign, ha="center", va="center", transform=ax.transAxes)
    _skew(below, dcolumns, shifted)
    for part in (above, below):
        enlarge(part)
    headline(fig, f"Input row {row}: one product, then one sum")
    plt.show()


def _skew(fig, dcolumns, shifted):
    """Draw the memory of the columns as a strip, read with a step that is one number shorter."""
    (kw, ow), width = dcolumns.shape, shifted.shape[1]
    strip = np.zeros((1, kw * (width + 1)), dcolumns.dtype)
    for j in range(kw):
        strip[0, j * (width + 1) : j * (width + 1) + ow] = dcolumns[j]
    axes = fig.subplots(2, 1, height_ratios=[1.3, 2.4])
    fills = {(0, j * (width + 1) + k): tint(j) for j in range(kw) for k in range(ow)}
    number_grid(axes[0], strip, title="its memory: the numbers of each row, then zeros",
                fills=fills)  # fmt: skip
    for j in range(kw):
        start, shift = j * width, 0.12 * j
        line = {"linewidth": 3, "marker": "", "linestyle": "-" if j % 2 == 0 else (0, (2, 1))}
        ends = [start + 0.1, start + width - 0.1]
        axes[0].plot(ends, [1.3 + shift] * 2, color=BLOCKS[j + 2][0], **line)
        axes[0].text(start + width / 2, 1.45 + shift, f"read {j}", ha="center", va="top")
    axes[0].set(ylim=(2.35, -0.05))
    rows = np.vstack([shifted, shifted.sum(axis=0)])
    moved = {(j, j + k): tint(j) for j in range(kw) for k in range(ow)}
    number_grid(axes[1], rows, fills=moved)
    for j, name in enumerate([*(f"read {j}" for j in range(kw)), "sum: dX"]):
        axes[1].text(-0.2, j + 0.5, name, ha="right", va="center")
    axes[1].plot([0, width], [kw] * 2, color=BLACK, linewidth=2.5, marker="")
    axes[1].set(xlim=(-2.6, width + 2.6))


def tint(number):
    """Return the light colour of a kernel column."""
    return to_rgba(BLOCKS[number + 2][0], 0.35)


def cache_places(spacings, lines=32):
    """Draw into which places of a cache the same pixel of all samples falls.

    Parameters
    ----------
    spacings : {label: bytes from one sample to the next}
    lines : int, the number of samples
    """
    fig, axes = plt.subplots(len(spacings), 1, figsize=(WIDTH, 4.2), sharex=True, sharey=True)
    for ax, (label, spacing), colour in zip(axes, spacings.items(), (RED, BLUE), strict=True):
        counts = places_taken(spacing, lines)
        ax.bar(np.arange(SETS), counts, width=1, color=to_rgba(colour, 0.6), edgecolor=colour)
        ax.axhline(WAYS, color=BLACK, linestyle="--", linewidth=1, marker="")
        ax.text(SETS - 0.5, WAYS + 1, f"room for {WAYS}", ha="right", va="bottom", fontsize=POINTS)
        ax.text(3, 0.82 * lines, label, fontsize=POINTS, va="center")
        ax.set(ylim=(0, lines + 2), yticks=[0, WAYS, lines])
        ax.tick_params(labelsize=POINTS - 1)
    axes[-1].set(xlabel="place in the cache", xticks=[0, 16, 32, 48, 63])
    axes[-1].xaxis.label.set_size(POINTS)
    fig.supylabel("lines that want it", fontsize=POINTS)
    headline(fig, f"One pixel of {lines} samples: one place, or {lines}")
    plt.show()


def places_taken(spacing, lines):
    """Return how many of the lines, `spacing` bytes apart, fall into each place of the cache."""
    return np.bincount(np.arange(lines) * spacing // LINE % SETS, minlength=SETS)


def shared_batch(turns):
    """Draw who computes which piece when, and the slots of the board that are added in order.

    Parameters
    ----------
    turns : list of (worker, start, stop), by piece
    """
    _, ax = plt.subplots(figsize=(WIDTH, 5.3))
    end = max(stop for _, _, stop in turns)
    size = end / len(turns)
    workers = 1 + max(worker for worker, _, _ in turns)
    ax.text(0, 0.1, "the batch, in pieces", fontsize=POINTS)
    ax.text(0, 7.0, "the board: a gradient for each piece", fontsize=POINTS)
    for piece, (worker, start, stop) in enumerate(turns):
        colour, hatch = BLOCKS[worker]
        look = {"facecolor": to_rgba(colour, 0.35), "edgecolor": colour, "hatch": hatch}
        middle, line = (piece + 0.5) * size, 3.0 + 1.6 * worker
        ax.add_patch(Rectangle((piece * size, 0.4), size, 0.9, facecolor="white", edgecolor=BLACK))
        boxed(ax, middle, 0.85, f"piece {piece}")
        ax.add_patch(Rectangle((start, line), stop - start, 0.9, **look))
        boxed(ax, (start + stop) / 2, line + 0.45, f"{piece}")
        ax.add_patch(Rectangle((piece * size, 7.3), size, 0.9, **look))
        boxed(ax, middle, 7.75, f"gradient {piece}")
        if piece:
            boxed(ax, piece * size, 9.1, "+")
        boxed(ax, middle, 9.1, f"{piece}")
    for worker in range(workers):
        ax.text(0, 2.9 + 1.6 * worker, f"worker {worker}", fontsize=POINTS, va="bottom")
    ax.text(end, 6.15, "time →", fontsize=POINTS, ha="right", va="center")
    boxed(ax, 0.02 * end, 9.1, "sum:")
    blank(ax)
    ax.set(xlim=(-0.02 * end, 1.02 * end), ylim=(9.6, -0.5))
    title(ax, "Who computes a piece may change; the order of the sum may not")
    plt.show()


def boxed(ax, x, y, text):
    """Write text on a white ground, readable over a hatch."""
    ax.text(x, y, text, ha="center", va="center", fontsize=POINTS,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def ladder(names, seconds, lines):
    """Draw the seconds of each rung as a bar on a log axis, and others as lines across.

    Parameters
    ----------
    names : {key: label}, in the order of the rungs
    seconds : {key: seconds}
    lines : {label: seconds}
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 6.6))
    values = [seconds[key] for key in names]
    left = 0.5 * min([*values, *lines.values()])
    card = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # text that lines may not cross
    for place, (key, label) in enumerate(names.items()):
        ax.plot([left, seconds[key]], [place] * 2, color=BLUE, linewidth=1.2, marker="")
        ax.plot(seconds[key], place, "o", color=BLUE, markersize=9)
        ax.text(left * 1.06, place - 0.16, f"{place}  {label}", va="bottom", fontsize=POINTS - 1,
                bbox=card)  # fmt: skip
        ax.text(seconds[key] * 1.2, place, spell(seconds[key]), va="center", fontsize=POINTS,
                weight="bold", bbox=card)  # fmt: skip
    for (label, value), colour, dash in zip(
        lines.items(), [RED, PURPLE, BLACK], ["--", "-.", ":"], strict=False
    ):
        ax.axvline(value, color=colour, linestyle=dash, linewidth=1.8, marker="", zorder=0,
                   label=f"{label}: {spell(value)}")  # fmt: skip
    ax.set(xscale="log", xlim=(left, 4 * max(values)), ylim=(len(names) - 0.5, -0.8), yticks=[])
    ax.set_xlabel("seconds for an epoch of 60,000 digits", fontsize=POINTS)
    ticks = [tick for tick in (0.1, 1, 10, 100, 1000) if left <= tick <= 4 * max(values)]
    ax.xaxis.set_ticks(ticks, [f"{tick:,g}" for tick in ticks], fontsize=POINTS)
    ax.xaxis.set_minor_formatter("")
    ax.spines["left"].set_visible(False)
    ax.legend(loc="lower right", fontsize=POINTS - 1, handlelength=2.4)
    headline(fig, "Every rung is faster than the one before")
    plt.show()


def spell(value):
    """Spell a number to two digits, without an exponent."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def by_layer(before, after):
    """Draw the seconds of each layer, before and after, forward and backward.

    Parameters
    ----------
    before, after : {layer: (forward, backward)}, the same layers
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 0.75 * len(before) + 1.6))
    for place, name in enumerate(before):
        for shift, found, colour in [(-0.2, before, ORANGE), (0.2, after, BLUE)]:
            forward, back = found[name]
            ax.barh(place + shift, forward, height=0.36, color=to_rgba(colour, 0.75),
                    edgecolor=colour)  # fmt: skip
            ax.barh(place + shift, back, left=forward, height=0.36, color=to_rgba(colour, 0.2),
                    edgecolor=colour, hatch="//")  # fmt: skip
            ax.text(forward + back, place + shift, f" {forward + back:.2f}", va="center",
                    fontsize=POINTS - 1)  # fmt: skip
    keys = [
        (f"{who}, {way}", colour, alpha, hatch)
        for who, colour in (("clear layers", ORANGE), ("twins", BLUE))
        for way, alpha, hatch in (("forward", 0.75, ""), ("backward", 0.2, "//"))
    ]
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=to_rgba(colour, alpha), edgecolor=colour, hatch=hatch,
                  label=label)
        for label, colour, alpha, hatch in keys
    ]  # fmt: skip
    ax.legend(handles=handles, fontsize=POINTS - 1, loc="lower right")
    ax.set_yticks(range(len(before)), before, fontsize=POINTS)
    ax.set(ylim=(len(before) - 0.4, -0.6), xlim=(0, 1.12 * max(sum(v) for v in before.values())))
    ax.tick_params(axis="x", labelsize=POINTS - 1)
    ax.set_xlabel("seconds for 60,000 digits, one process", fontsize=POINTS)
    headline(fig, "The convolutions took most of the time, and gained most")
    plt.show()


def grouped(layers):
    """Return {name: (forward, backward)} of a record's layers; all tanh and all dense in one."""
    together = {"Tanh": "tanh, all five", "Dense": "F6, output"}
    found = {}
    for entry in layers:
        if entry["kind"] != "Flatten":
            name = together.get(entry["kind"], entry["layer"])
            forward, back = found.get(name, (0.0, 0.0))
            found[name] = (forward + entry["forward"], back + entry["backward"])
    return found


def title(ax, text):
    """Write what a picture of one part shows above it."""
    ax.set_title(text, loc="left", fontsize=11, fontweight="bold")
