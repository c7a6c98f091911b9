"""Pictures of the chapter "Score an answer"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba

from ..layers import Softmax
from .style import BLACK, BLUE, GREEN, ORANGE, RED, WIDTH, blank, headline, number_grid

LETTERS = {"font.size": 13, "axes.titlesize": 13}  # to be read on a phone as well
TRUE, CHOSEN = to_rgba(GREEN, 0.6), to_rgba(ORANGE, 0.6)


def price(digit, scores, label):
    """Draw a digit, its scores, their probabilities, and what each class would cost if true.

    Parameters
    ----------
    digit : array (32, 32)
    scores : array (10,)
    label : int, the true class; not the one of the largest score
    """
    p = Softmax().forward(np.asarray(scores, dtype=float))
    with plt.rc_context(LETTERS):
        fig, axes = plt.subplot_mosaic(
            [["digit", "scores", "p"], ["price"] * 3], figsize=(WIDTH, 6.4),
            width_ratios=[0.75, 1, 1], height_ratios=[1, 0.95],
        )  # fmt: skip
        axes["digit"].imshow(digit)
        blank(axes["digit"], f"label: {label}")
        class_bars(axes["scores"], scores, "scores", label, "{:.1f}")
        class_bars(axes["p"], p, "probabilities", label, "{:.2f}")
        price_curve(axes["price"], p, label)
        headline(fig, "The price is set by the probability of the true class alone")
    plt.show()


def class_bars(ax, values, name, label, fmt):
    """Draw one bar a class, the true one hatched, the largest in its own colour."""
    values = np.asarray(values, dtype=float)
    colours, hatches = ["#dddddd"] * len(values), [""] * len(values)
    colours[int(values.argmax())] = CHOSEN
    colours[label], hatches[label] = TRUE, "//"
    ax.barh(range(len(values)), values, color=colours, hatch=hatches, edgecolor="#444444")
    for k in (label, int(values.argmax())):
        ax.text(values[k], k, " " + fmt.format(values[k]), va="center", fontsize=12)
    ax.set(yticks=range(len(values)), xticks=[], xlim=(None, values.max() * 1.5))
    ax.invert_yaxis()
    ax.set_title(name, loc="center", fontsize=13, fontweight="normal")
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def price_curve(ax, p, label):
    """Draw -ln p, with the true class and the class of the largest probability on it."""
    curve = np.linspace(0.01, 1, 400)
    ax.plot(curve, -np.log(curve), color=BLACK, marker="")
    chosen = int(p.argmax())
    ax.plot(p[label], -np.log(p[label]), "s", color=GREEN, markersize=10)
    note(ax, f"true class {label}: costs {-np.log(p[label]):.2f}", (p[label], -np.log(p[label])))
    ax.plot(p[chosen], -np.log(p[chosen]), "o", color=ORANGE, markersize=10)
    note(ax, f"if it were a {chosen}: {-np.log(p[chosen]):.2f}", (p[chosen], -np.log(p[chosen])))
    ax.set(xlabel="probability of the true class", ylabel="price, $-\\ln p$", ylim=(0, 4.6))
    ax.set_xlim(0, 1.02)


def note(ax, text, place, offset=(12, 12), **how):
    """Write `text` beside a point, `offset` in points from it."""
    ax.annotate(text, place, offset, textcoords="offset points", fontsize=13, **how)


def collapse(p, label):
    """Draw softmax's matrix of slopes times the slopes of the loss, in whole numbers.

    Parameters
    ----------
    p : array (3,), probabilities in eighths
    label : int, the true class
    """
    shares = np.rint(8 * np.asarray(p)).astype(int)  # the eighths
    matrix = np.diag(8 * shares) - np.outer(shares, shares)
    dp = np.full((len(p), 1), "0", dtype=object)
    dp[label] = f"−8/{shares[label]}"
    ds = (shares - 8 * (np.arange(len(p)) == label))[:, None]
    fig, axes = plt.subplots(1, 5, figsize=(WIDTH, 2.9), width_ratios=[3, 0.6, 1.1, 1.1, 1])
    lit = {(r, label): TRUE for r in range(len(p))}
    number_grid(axes[0], matrix, title="slopes of p\n1/64 of", fills=lit, fontsize=15)
    number_grid(axes[2], dp, title="dp", fills={(label, 0): TRUE}, fmt="{}", fontsize=13)
    number_grid(axes[4], ds, title="ds\n1/8 of", fontsize=15)
    for ax, sign in zip(axes[1::2], ["×", "="], strict=True):
        blank(ax)
        ax.text(0.5, 0.5, sign, ha="center", va="center", fontsize=16, transform=ax.transAxes)
    for ax in axes:
        ax.title.set_fontsize(13)
    headline(fig, f"One column counts, and its factor {shares[label]}/8 cancels")
    plt.show()


def prices_and_slopes(lead=8):
    """Draw both losses of two classes, and their slopes, against the lead of the true score."""
    d = np.linspace(-lead, lead, 400)
    with plt.rc_context(LETTERS):
        fig, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 6.0), sharex=True)
        for ax, values in zip((above, below), two_class_curves(d), strict=True):
            ax.plot(d, values[0], color=BLUE, marker="", linewidth=2)
            ax.plot(d, values[1], color=RED, marker="", linewidth=2, linestyle="--")
            ax.axvline(0, color="#888888", linewidth=0.8, linestyle=":")
        above.set_title("price", fontweight="normal")
        above.text(-lead * 0.7, lead * 0.8, "cross-entropy", color=BLUE)
        above.text(-lead * 0.95, 2.5, "squared error", color=RED)
        below.set_title("slope by the true score", fontweight="normal")
        below.text(-lead * 0.95, -0.93, "cross-entropy", color=BLUE)
        below.text(-lead * 0.95, -0.16, "squared error", color=RED)
        below.set(xlabel="true score less the other score", ylim=(-1.1, 0.1))
        below.text(-lead * 0.95, -0.62, "surely wrong", style="italic")
        below.text(lead * 0.95, -0.62, "surely right", style="italic", ha="right")
        headline(fig, "Surely wrong: one slope stays, the other is gone")
    plt.show()


def two_class_curves(d):
    """Return [(prices), (slopes)] of cross-entropy and squared error for the leads `d`.

    p = 1 / (1 + exp(-d)) is the true class's probability, the squared error 2 (1 - p)^2.
    """
    p = 1 / (1 + np.exp(-d))
    q = 1 / (1 + np.exp(d))  # 1 - p, without the loss of digits
    return [(-np.log(p), 2 * q**2), (-q, -4 * q * q * p)]


def reliability(networks):
    """Draw how often answers are right against how sure they are.

    Parameters
    ----------
    networks : {name: list of (mean confidence, share right, number of digits)}
    """
    card = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # hides the diagonal
    with plt.rc_context(LETTERS):
        fig, axes = plt.subplots(1, len(networks), figsize=(WIDTH, 4.0), sharey=True)
        looks = zip(np.ravel(axes), networks.items(), (BLUE, RED), "os", strict=True)
        for ax, (name, rows), colour, marker in looks:
            ax.plot([0.3, 1], [0.3, 1], color="#888888", marker="", linestyle="--")
            sure, right, n = np.transpose(rows)
            bars = two_standard_errors(right, n)
            ax.errorbar(sure, right, bars, fmt=marker, color=colour, markersize=8)
            for place, (x, y, count) in enumerate(rows, 1):
                lift = 10 if place == len(rows) else 0  # the surest groups lie close together
                note(ax, f"{count}", (x, y), (-8, lift), ha="right", va="center", bbox=card)
            ax.set_title(name, loc="center", fontweight="normal")
            ax.set(xlabel="mean confidence", xlim=(0.3, 1.08), ylim=(0.3, 1.08), aspect="equal")
            ax.set(xticks=[0.4, 0.6, 0.8, 1], yticks=[0.4, 0.6, 0.8, 1])
        np.ravel(axes)[0].set_ylabel("share of right answers")
        headline(fig, "One network trusts itself too much, the other too little")
    plt.show()


def two_standard_errors(right, n):
    """Return (down, up) from the shares `right` of `n`, no bar above 1 or below 0."""
    reach = 2 * np.sqrt(right * (1 - right) / n)
    return np.minimum(reach, right), np.minimum(reach, 1 - right)
