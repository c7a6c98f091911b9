"""Pictures of the chapter "Give every weight its own step"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from ..published import STEP_RANGE
from .step import walks
from .style import BLACK, BLUE, GREEN, LARGE, MARKERS, ORANGE, PURPLE, RED, SKY, WIDTH, headline

GREY = "#777777"
ARRAYS = {  # place and kind in a LeNet5_1998: how a page calls it
    f"{place}.{kind}": f"{layer} {word}"
    for place, layer, kinds in [
        (0, "C1", "W"),
        (2, "S2", "w"),
        (4, "C3", "W"),
        (6, "S4", "w"),
        (8, "C5", "W"),
        (11, "F6", "W"),
    ]
    for kind, word in ((kinds, "coefficients" if kinds == "w" else "weights"), ("b", "biases"))
}
LAYERS = {"C1": RED, "S2": ORANGE, "C3": GREEN, "S4": PURPLE, "C5": SKY, "F6": BLUE}


@plt.rc_context(LARGE)
def two_walks(start, curvatures, lr, eta, mu, steps):
    """Draw the steps of two weights in a valley: one rate for both, and a step for each.

    Parameters
    ----------
    start, curvatures : arrays (2,)
    lr : float, the one rate
    eta, mu : float; a weight's own rate is eta / (mu + its curvature)
    steps : int
    """
    own = eta / (mu + np.asarray(curvatures, dtype=float))
    plans = [
        (f"one rate for both, {lr:g}", lr, 0.0, RED, "s"),
        ("a step for each: $\\eta\\,/\\,(\\mu + h)$", own, 0.0, BLUE, "o"),
    ]
    fig, ends = walks(start, curvatures, plans, steps)
    headline(fig, verdict(*ends))
    plt.show()


def verdict(one, own):
    """Say in the title which of two walks ended nearer to the lowest point."""
    if own < one:
        return "One rate suits one of two weights; own steps suit both"
    return "Here own steps gain nothing"


@plt.rc_context(LARGE)
def chain(names, values, slopes, bends, factors):
    """Draw a chain of numbers, and below them what two backward passes bring to each.

    Parameters
    ----------
    names : list of str, from the input to the loss
    values : list of numbers
    slopes, bends : lists of numbers, the first and second derivatives; None where there is none
    factors : {place: number}, by which a slope is multiplied on its way to that place
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 3.7))
    rows = [(values, "value", "#e8e8e8", ">"), (slopes, "slope", "#cfe4f2", "<"),
            (bends, "curvature", "#f7d9c4", "<")]  # fmt: skip
    for row, (numbers, word, colour, arrow) in enumerate(rows):
        ax.text(-0.62, -row, word, ha="right", va="center")
        for place, number in enumerate(numbers):
            if number is None:
                continue
            corner = (place - 0.36, -row - 0.27)
            ax.add_patch(FancyBboxPatch(corner, 0.72, 0.54, facecolor=colour, edgecolor="#444444",
                                        boxstyle="round,pad=0,rounding_size=0.08"))  # fmt: skip
            ax.text(place, -row, f"{number:g}", ha="center", va="center")
            if place and numbers[place - 1] is not None:
                ax.plot(place - 0.5, -row, arrow, color="#444444", markersize=6)
    for place, factor in factors.items():
        for row, power in ((1, ""), (2, "²")):
            ax.text(place + 0.5, -row + 0.42, f"·{factor}{power}", ha="center", va="center")
    for place, name in enumerate(names):
        ax.text(place, 0.5, name, ha="center", va="center")
    ax.set(xlim=(-1.85, len(names) - 0.6), ylim=(-2.4, 0.75))
    ax.set_axis_off()
    headline(fig, "The curvature goes back as the slope does, with squares")
    plt.show()


@plt.rc_context(LARGE)
def agreement(found):
    """Draw the curvature that is passed back, and the true one, against exact Gauss-Newton.

    Parameters
    ----------
    found : {name of an array of parameters: array (k, 3)}
        Rows: passed back, exact Gauss-Newton, true second derivative.
    """
    fig, axes = plt.subplots(2, 1, figsize=(WIDTH, 9.4), sharex=True)
    every = np.concatenate(list(found.values()))
    ends = np.array([every[:, 1].min() / 1.5, every[:, 1].max() * 1.5])
    for part in (1, 4, 16):
        style = dict(color=GREY, linewidth=1, linestyle="-" if part == 1 else "--", marker="")
        axes[0].plot(ends, ends / part, **style)
        name = "equal" if part == 1 else f"1/{part}"
        axes[0].annotate(name, (ends[1], ends[1] / part), (4, 0), textcoords="offset points",
                         va="center", color="#555555")  # fmt: skip
    axes[1].plot(ends, ends, color=GREY, linewidth=1, marker="")
    axes[1].annotate("equal", (ends[1], ends[1]), (4, 0), textcoords="offset points",
                     va="center", color="#555555")  # fmt: skip
    for (layer, rows), marker in zip(by_layer(found).items(), MARKERS, strict=False):
        ours, exact, true = rows.T
        how = dict(color=LAYERS[layer], marker=marker, linestyle="", markersize=6)
        axes[0].plot(exact, ours, label=layer, **how)
        axes[1].plot(exact[true > 0], true[true > 0], **how)
        axes[1].plot(exact[true <= 0], -true[true <= 0], **{**how, "markerfacecolor": "white"})
    axes[0].set_title("passed back by eqs. 23 to 27", weight="normal")
    axes[1].set_title("true second derivative; hollow: negative", weight="normal")
    axes[1].set(xlabel="exact Gauss-Newton diagonal")
    for ax, columns in zip(axes, (every[:, 0], every[:, 1:]), strict=True):
        ax.set(xscale="log", yscale="log", ylim=(np.abs(columns).min() / 1.5, 1.5 * ends[1]))
        ax.tick_params(labelbottom=True)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6,
               columnspacing=1, handletextpad=0.1)  # fmt: skip
    headline(fig, "Each subsampling on the way out costs about a factor of 4")
    plt.show()


def by_layer(found):
    """Put weights and biases of a layer together: {layer: rows}."""
    return {
        layer: np.concatenate([rows for name, rows in found.items() if ARRAYS[name][:2] == layer])
        for layer in LAYERS
    }


@plt.rc_context(LARGE)
def spreads(starts, eta, mu):
    """Draw the least, the middle and the largest curvature of every array, for each start.

    Parameters
    ----------
    starts : {name of the start: {name of an array of parameters: h}}
    eta, mu : float; the axis above has the step sizes eta / (mu + h)
    """
    fig, ax = plt.subplots(figsize=(WIDTH, 7.2))
    high, low = (eta / step - mu for step in STEP_RANGE)
    ax.axvspan(low, high, color="#eeeeee", zorder=0)
    ax.axvline(mu, color=BLACK, linewidth=1, linestyle=":")
    for number, ((start, h), colour, marker) in enumerate(
        zip(starts.items(), (BLUE, RED), "os", strict=False)
    ):
        for row, name in enumerate(ARRAYS):
            least, middle, most = three(h[name])
            height = row + 0.17 * (2 * number - 1)
            ax.plot([least, most], [height] * 2, color=colour, linewidth=2.2, marker="|",
                    markersize=8)  # fmt: skip
            ax.plot(middle, height, marker, color=colour, markersize=7,
                    label=None if row else f'start "{start}"')  # fmt: skip
    ax.set(xscale="log", xlabel="curvature $h$", ylim=(len(ARRAYS) - 0.4, -1.5))
    ax.set_yticks(range(len(ARRAYS)), ARRAYS.values())
    ax.text(2 * np.sqrt(low * high), -0.95, "the paper's\nrange", ha="center", va="center")
    ax.text(low / 1.4, -0.95, "$h = \\mu$", ha="right", va="center")
    step_axis(ax, eta, mu)
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    headline(fig, "One start lies in the paper's range, the other mostly left of it")
    plt.show()


def three(h):
    """Return the least, the middle and the largest of the entries above 0."""
    live = h[h > 0]
    return live.min(), np.median(live), live.max()


def step_axis(ax, eta, mu):
    """Put the step sizes above the axis of curvatures, at a few of its places."""
    above = ax.secondary_xaxis("top")
    low, high = ax.get_xlim()
    steps = [step for step in (0.0002, 0.01) if low < eta / step - mu < high]
    places = [low * 10, *(eta / step - mu for step in reversed(steps))]
    above.set_xticks(places, [f"{eta / mu:g}", *(f"{step:g}" for step in reversed(steps))])
    above.minorticks_off()
    above.set_xlabel("step in pass 1, $\\eta\\,/\\,(\\mu + h)$")


@plt.rc_context(LARGE)
def scan(losses):
    """Draw the error after a pass by the one rate, beside that of twelve and of own steps.

    Parameters
    ----------
    losses : {name of the loss: {rate or name of the steps: list of errors, one a seed}}
    """
    fig, axes = plt.subplots(len(losses), 1, figsize=(WIDTH, 6.6), sharex=True)
    rates = sorted({key for errors in losses.values() for key in errors if key not in OWN})
    for ax, (loss, errors) in zip(axes, losses.items(), strict=True):
        known = [rate for rate in rates if rate in errors]
        ax.plot(known, [np.mean(errors[rate]) for rate in known], color=BLUE, marker="")
        for rate in known:
            ax.plot([rate] * len(errors[rate]), errors[rate], "o", color=BLUE, markersize=6)
        for place, (name, (colour, marker)) in enumerate(OWN.items()):
            x = rates[-1] * 6 * 5**place
            ax.plot([x] * len(errors[name]), errors[name], marker, color=colour, markersize=8)
        ax.axhline(np.mean(errors[list(OWN)[-1]]), color=RED, linewidth=1, linestyle=":")
        ax.set(xscale="log", yscale="log", ylabel="error, %")
        ax.set_yticks([10, 20, 40, 80], ["10", "20", "40", "80"])
        ax.minorticks_off()
        ax.set_title(loss, weight="normal")
        ax.axvline(rates[-1] * 2.4, color="#bbbbbb", linewidth=1)
    places = [rates[-1] * 6 * 5**place for place in range(len(OWN))]
    ticks = [f"{rate:g}" for rate in rates] + list(OWN)
    axes[-1].set_xticks([*rates, *places], ticks, rotation=35, ha="right", rotation_mode="anchor")
    axes[-1].set(xlabel="one rate for all weights              own steps")
    headline(fig, "A scan finds a rate as good, anew for each loss")
    plt.show()


OWN = {"twelve": (PURPLE, "D"), "own": (RED, "s")}


@plt.rc_context(LARGE)
def frozen(medians, errors):
    """Draw the curvature of four layers before each pass, and the errors of the second pass.

    Parameters
    ----------
    medians : {layer: array (seeds, 2)}, the middle curvature before passes 1 and 2
    errors : {name of what is done: list of errors, one a seed}
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 4.4))
    for (layer, values), marker in zip(medians.items(), MARKERS, strict=False):
        for number, seed in enumerate(np.asarray(values)):
            left.plot([1, 2], seed, "-", marker=marker, color=LAYERS[layer], markersize=7,
                      label=None if number else layer)  # fmt: skip
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=4,
               columnspacing=1, handletextpad=0.4)  # fmt: skip
    left.set(yscale="log", xlim=(0.8, 2.2), xlabel="before pass")
    left.set_xticks([1, 2])
    left.set_title("middle curvature", weight="normal")
    for place, (values, colour, marker) in enumerate(
        zip(errors.values(), (RED, BLUE), "so", strict=False)
    ):
        right.plot([place] * len(values), values, marker, color=colour, markersize=9)
    right.set(xlim=(-0.6, len(errors) - 0.4), ylim=(0, None))
    right.set_xticks(range(len(errors)), errors)
    right.set_title("error in pass 2, %", weight="normal")
    headline(fig, "Early curvatures fall; a mean with the old ones is safer")
    plt.show()
