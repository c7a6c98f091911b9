"""Pictures of the chapter "Take a step"."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLACK, BLUE, GREEN, LARGE, MARKERS, ORANGE, PURPLE, RED, SKY, WIDTH, headline

COLOURS = [BLACK, BLUE, GREEN, PURPLE, RED, ORANGE]
BOX = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
GREY = "#777777"


@plt.rc_context(LARGE)
def valley(start, curvatures, lr, momentum, steps):
    """Draw the steps of two weights on the contour lines of their loss, seen from above.

    The loss is half the sum of curvature times the square of the weight. Above: steps without
    momentum; below: with it.

    Parameters
    ----------
    start, curvatures : arrays (2,)
    lr, momentum : float
    steps : int
    """
    title = f"momentum {momentum:g}" if momentum else "no momentum"
    plans = [("no momentum", lr, 0.0, RED, "s"), (title, lr, momentum, BLUE, "o")]
    fig, ends = walks(start, curvatures, plans, steps)
    headline(fig, verdict(*ends))
    plt.show()


def walks(start, curvatures, plans, steps):
    """Draw two walks down one valley, one above the other.

    `plans` has a title, rate or rates, momentum, colour and marker for each. Returns the figure,
    and how far from the lowest point each walk ends.
    """
    fig, axes = plt.subplots(2, 1, figsize=(WIDTH, 6.2), sharex=True)
    w1, w2 = np.meshgrid(np.linspace(-1.2, 6, 200), np.linspace(-6, 6, 200))
    loss = (curvatures[0] * w1**2 + curvatures[1] * w2**2) / 2
    ends = []
    for ax, (title, lr, momentum, colour, marker) in zip(axes, plans, strict=True):
        path = walk(start, curvatures, lr, momentum, steps)
        ends.append(np.linalg.norm(path[-1]))
        ax.contour(w1, w2, loss, levels=[0.5, 4, 16, 40, 80, 125], colors="#bbbbbb", linewidths=0.9)
        ax.plot(*path.T, marker=marker, color=colour, linewidth=1.4, markersize=6)
        ax.plot(0, 0, "*", color=BLACK, markersize=13)
        for k, point in enumerate(path[:3]):
            name_point(ax, str(k), point, colour)
        ax.set(ylabel="$w_2$")
        ax.set_title(title, weight="normal")
    axes[-1].set(xlabel="$w_1$")
    return fig, ends


def walk(start, curvatures, lr, momentum, steps):
    """Return the points (steps + 1, 2) of gradient descent in the valley, the start first."""
    w, v = np.array(start, dtype=float), np.zeros(2)
    path = [w]
    for _ in range(steps):
        v = momentum * v - lr * np.asarray(curvatures) * w
        w = w + v
        path.append(w)
    return np.array(path)


def name_point(ax, name, point, colour):
    """Write a name above a point of the upper half, below one of the lower half."""
    up = point[1] > 0
    ax.annotate(name, point, (4, 12 if up else -14), textcoords="offset points", ha="center",
                va="center", color=colour, weight="bold", bbox=BOX)  # fmt: skip


def verdict(plain, momentum):
    """Say in the title which of two paths ended nearer to the lowest point."""
    if momentum < plain:
        return "Across the valley steps cancel; along it momentum adds them up"
    return "Here momentum gains nothing"


@plt.rc_context(LARGE)
def fall(rates, falls, promise, bend):
    """Draw how far the loss falls in one step, beside the promise of the gradient.

    Parameters
    ----------
    rates, falls : arrays (k,), the rates tried and the measured falls
    promise : float, the square of the gradient: the fall for a rate of 1
    bend : float, the curvature along the gradient
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.9))
    large = rates > 0.02  # smaller ones lie on each other
    one_step(left, rates[large], falls[large], promise, bend)
    right.loglog(rates, missing_share(rates, falls, promise), "o", color=BLUE, markersize=6)
    right.loglog(rates, bend * rates / 2, "-", color=ORANGE, marker="")
    right.set(xlabel="learning rate", xticks=[1e-5, 1e-3, 1e-1])
    right.set_title("share that is missing", weight="normal")
    headline(fig, "The gradient keeps its promise for small steps only")
    plt.show()


def one_step(ax, rates, falls, promise, bend):
    """Draw the promised fall, the same with the bend, and the measured one."""
    line, top = np.linspace(0, rates.max(), 100), 1.5 * falls.max()
    parabola = promise * line * (1 - bend * line / 2)
    ax.plot(line, promise * line, "--", color=GREY, marker="")
    ax.plot(line, parabola, "-", color=ORANGE, marker="")
    ax.plot(rates, falls, "o", color=BLUE, markersize=6)
    ax.set(xlabel="learning rate", ylabel="fall of the loss")
    ax.set_ylim(min(0, 1.1 * parabola[-1]), top)
    ax.set_title("one step", weight="normal")
    for text, place, offset, side, colour in [
        ("promise", (0.9 * top / promise, 0.9 * top), (6, 2), "left", "#555555"),
        ("with the bend", (line[86], parabola[86]), (-8, -6), "right", "#9a6a00"),
        ("measured", (rates[-1], falls.max()), (4, 8), "right", BLUE),
    ]:
        ax.annotate(text, place, offset, textcoords="offset points", ha=side, color=colour)


def missing_share(rates, falls, promise):
    """Return by which share of the promise each fall differs from it."""
    return np.abs(1 - falls / (promise * rates))


@plt.rc_context(LARGE)
def signals(places, forward, backward):
    """Draw by layer how large the sums are, and their gradients, a line for each start.

    Parameters
    ----------
    places : list of str, the layers
    forward, backward : {name of the start: list of numbers, one a layer}
    """
    fig, axes = plt.subplots(2, 1, figsize=(WIDTH, 7.6), sharex=True)
    for ax, table in zip(axes, (forward, backward), strict=True):
        for (name, values), colour, marker in zip(table.items(), COLOURS, MARKERS, strict=False):
            line = "--" if "F" in name else "-"
            ax.plot(values, line, color=colour, marker=marker, markersize=6, label=name)
        ax.set(yscale="log")
        ax.set_xticks(range(len(places)), places)
        ax.tick_params(labelbottom=True)
    axes[0].set_title("forwards: spread of the sums from digit to digit", weight="normal")
    axes[1].set_title("backwards: size of the gradient by the sums", weight="normal")
    axes[0].set(ylabel="spread")
    axes[1].set(ylabel="root mean square")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3,
               title="gain of the starting weights")  # fmt: skip
    headline(fig, "A small start loses the signal, both ways")
    plt.show()


@plt.rc_context(LARGE)
def ladder(runs):
    """Draw the loss by step for several runs, on a log axis.

    Parameters
    ----------
    runs : {name: array (steps,)}
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 4.6))
    for (name, values), colour, marker in zip(
        runs.items(), [SKY, BLUE, GREEN, RED, BLACK], MARKERS, strict=False
    ):
        line = "--" if "momentum" in name else "-"
        ax.plot(values, line, color=colour, marker=marker, markevery=6, linewidth=1.2, label=name)
    ax.axhline(np.log(10), color=GREY, linewidth=0.8, linestyle=":")
    ends = max(len(values) for values in runs.values()) - 1
    ax.annotate("a guess: ln 10", (ends, np.log(10)), (0, 6), textcoords="offset points",
                ha="right", color="#555555", bbox=BOX)  # fmt: skip
    ax.set(xlabel="step", ylabel="loss of its batch", yscale="log")
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    fig.legend(loc="outside lower center", ncols=2, title="learning rate")
    headline(fig, "Too small creeps, too large blows up")
    plt.show()


def start_table(rows):
    """Return a table of the starts and of what training made of them.

    Parameters
    ----------
    rows : {name of the start: (loss at the start, saturated units, losses, errors)}
        Saturated units and errors in per cent; losses and errors one for each seed.
    """
    from IPython.display import Markdown  # only notebooks have IPython

    lines = [
        "| gain | loss at the start | F6 units saturated, % | loss of the last pass "
        "| error on held-out digits, % |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, (first, saturated, losses, errors) in rows.items():
        cells = [f"{first:.2f}", f"{saturated:.0f}", span(losses, ".2f"), span(errors, ".1f")]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return Markdown("\n".join(lines))


def span(values, fmt):
    """Spell the least and the greatest of some numbers, or one where both read the same."""
    low, high = (format(end, fmt) for end in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
