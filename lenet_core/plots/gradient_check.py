"""The pictures of the chapter on checking gradients."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLACK, BLUE, GREEN, ORANGE, RED, SKY, WIDTH


def tangent_and_secants(f, slope, x, h):
    """Draw a curve with its tangent at x and the two secants that estimate it.

    Parameters
    ----------
    f, slope : functions of a number or an array, the curve and its derivative
    x, h : float, the point and the step
    """
    _, ax = plt.subplots(figsize=(WIDTH, 3.6))
    t = np.linspace(x - 1.6 * h, x + 1.6 * h, 200)
    ax.plot(t, f(t), color=BLACK, marker="", linewidth=2)
    forward, central = (f(x + h) - f(x)) / h, (f(x + h) - f(x - h)) / (2 * h)
    lines = [
        (x, slope(x), GREEN, "-", "tangent"),
        (x + h, central, BLUE, "--", "central secant"),
        (x, forward, RED, ":", "forward secant"),
    ]
    for at, rise, colour, dashes, name in lines:
        y = f(at) + rise * (t - at)
        ax.plot(t, y, dashes, color=colour, marker="", label=f"{name}: slope {rise:g}")
    shifts = {"x - h": (-16, 12), "x": (8, -12), "x + h": (8, -10)}
    for place, (name, shift) in zip((x - h, x, x + h), shifts.items(), strict=True):
        ax.plot(place, f(place), "o", color=BLACK, markersize=6)
        ax.annotate(name, (place, f(place)), shift, textcoords="offset points")
    ax.set_title("The central secant runs nearly parallel to the tangent")
    ax.set(xlabel="x", ylabel="f(x)", ylim=(f(t[0]) - 1, f(t[-1])))
    ax.legend(loc="upper left")
    plt.show()


def v_curve(steps, errors, chosen):
    """Draw the relative error of central differences over the step.

    Parameters
    ----------
    steps : array of h
    errors : {name of a type: array of errors}
    chosen : float, the step that the book uses
    """
    _, ax = plt.subplots()
    for name, values in errors.items():
        ax.loglog(steps, values, label=name)
    ax.axvline(chosen, color=BLACK, linestyle=":", linewidth=1)
    ax.annotate(f" h = {chosen:g}", (chosen, 0.3))
    ax.annotate("the curve's bend: h²", (2e-3, 3e-9), color=BLACK)
    ax.annotate("rounding: 1/h", (2e-10, 2e-6), color=BLACK)
    ax.set(
        title="Too large a step meets the bend, too small a step meets rounding",
        xlabel="step h",
        ylabel="relative error",
    )
    ax.legend(loc="lower left")
    plt.show()


def projection_errors(right, wrong, limit):
    """Draw the errors of checks along random directions, of right and of wrong gradients.

    Parameters
    ----------
    right, wrong : arrays of float, one error for each seed
    limit : float, between them
    """
    _, ax = plt.subplots(figsize=(WIDTH, 2.4))
    for row, (values, marker, colour) in enumerate([(wrong, "s", RED), (right, "o", BLUE)]):
        ax.plot(values, np.full(len(values), row), marker, color=colour, alpha=0.6, markersize=7)
    ax.axvline(limit, color=BLACK, linestyle="--", linewidth=1)
    ax.annotate(f" limit {limit:g}", (limit, 0.5), va="center")
    ax.set_xscale("log")
    ax.set(
        title="One number tells one wrong sign among thousands",
        xlabel="largest relative error along three random directions",
        yticks=[0, 1],
        ylim=(-0.5, 1.5),
    )
    ax.set_yticklabels(["one sign flipped", "right gradient"])
    plt.show()


VERDICTS = {  # (the part is right, the test passes): (word, fill, hatch)
    (False, False): ("caught", SKY, ""),
    (False, True): ("–", "white", ""),
    (True, False): ("false\nalarm", ORANGE, "//"),
    (True, True): ("–", "white", ""),
}


def verdict_matrix(titles, right, tests, passed):
    """Draw which test catches which exhibit, in words and colours.

    Parameters
    ----------
    titles : list of str, of the exhibits
    right : list of bool, whether the exhibit is right code
    tests : list of str, the names of the tests
    passed : bool array (exhibits, tests)
    """
    size = 12  # points: the largest letters that fit, for a phone shrinks the picture
    fig, ax = plt.subplots(figsize=(WIDTH, 0.42 * len(titles) + 1))
    for (row, column), verdict in np.ndenumerate(passed):
        word, fill, hatch = VERDICTS[right[row], bool(verdict)]
        ax.add_patch(
            plt.Rectangle((column, row), 1, 1, facecolor=fill, edgecolor="#444444", hatch=hatch)
        )
        at = column + 0.5, row + 0.53
        box = {"facecolor": fill, "edgecolor": "none", "pad": 0} if hatch else None
        ax.text(*at, word, ha="center", va="center", size=size, linespacing=0.95, bbox=box)
    names = [f"{title}  {row + 1}" for row, title in enumerate(titles)]
    ax.set_yticks(np.arange(len(titles)) + 0.5, names, fontsize=size)
    narrow = [test.replace(" ", "\n") for test in tests]
    ax.set_xticks(np.arange(len(tests)) + 0.5, narrow, fontsize=size)
    ax.tick_params(length=0, pad=2, labeltop=True, labelbottom=False)
    ax.set(xlim=(0, len(tests)), ylim=(len(titles), 0))
    fig.suptitle(
        "No test catches every wrong exhibit; together they do", fontsize=size, fontweight="bold"
    )
    plt.show()
