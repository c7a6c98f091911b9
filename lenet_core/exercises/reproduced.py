"""Checkers of the chapter "Reproduce 1998"."""

import numpy as np

from .checker import Case, run_cases, same
from .train import check_filled


# ---- a step range, read backwards
def by_hand(smallest_h, largest_h, ceiling):
    """Check what the steps from 2 to 10, with eta = 60 and mu = 5, say; None: not started.

    Parameters
    ----------
    smallest_h, largest_h : the curvatures that the steps belong to
    ceiling : the longest step that eta and mu allow
    """
    answers = {"smallest h": smallest_h, "largest h": largest_h, "ceiling": ceiling}
    check_filled("by hand: replace each None by a number", list(answers.values()))
    right = {"smallest h": 1, "largest h": 25, "ceiling": 12}
    for name, value in answers.items():
        same(name, value, right[name], HAND_HINTS[name], reveal=False)
    print("by hand: all three right")


HAND_HINTS = {
    "smallest h": [
        (25, "the longest step belongs to the smallest curvature"),
        (6, "this is mu + h: take mu away"),
        (11, "eta / step is mu + h: take mu away"),
        (1 / 10, "a step is eta / (mu + h): solve it for h"),
        (4, "divide eta by the step, and take mu away from what comes"),
    ],
    "largest h": [
        (1, "the shortest step belongs to the largest curvature"),
        (30, "this is mu + h: take mu away"),
        (35, "eta / step is mu + h: take mu away"),
        (4, "divide eta by the step, and take mu away from what comes"),
    ],
    "ceiling": [
        (10, "this is the longest step reported: what would one of h = 0 be?"),
        (60, "where h is 0, mu still divides"),
        (300, "divide by mu"),
        (55, "divide by mu"),
    ],
}


# ---- two lists of mistakes
def overlap(function):
    """Check function(a, b, n) -> (how many digits both lists have, how many chance lets expect)."""
    rng = np.random.default_rng(0)

    def drawn(k, n):
        labels, answers = rng.integers(0, 5, k), rng.integers(5, 10, k)
        places = np.sort(rng.choice(n, k, replace=False))
        return np.stack([places, labels, answers], axis=1).tolist()

    examples = {
        "one digit in common, of ten": ([[3, 1, 7], [5, 2, 0]], [[5, 2, 0]], 10),
        "the same digit with other answers": ([[2, 4, 9], [8, 3, 5]], [[2, 4, 1], [6, 6, 0]], 20),
        "nothing in common": ([[1, 4, 9]], [[2, 4, 9], [3, 3, 5], [4, 0, 6]], 30),
        "lists of other lengths": (drawn(40, 200), drawn(25, 200), 200),
        "the size of MNIST's test set": (drawn(82, 10_000), drawn(95, 10_000), 10_000),
    }
    run_cases("overlap", function, [overlap_case(k, *v) for k, v in examples.items()])


def overlap_case(label, a, b, n):
    """Return a case, with what the usual slips come to."""
    A, B = {place for place, *_ in a}, {place for place, *_ in b}
    both, chance = len(A & B), len(a) * len(b) / n
    entries = len({tuple(x) for x in a} & {tuple(x) for x in b})
    hints = [
        ((entries, chance), "compare the places alone: the answers may differ"),
        ((len(A | B), chance), "this counts what either list has: both is `&`"),
        ((both, len(a) * len(b)), "divide by n: each of a's digits is in b with probability b/n"),
        ((both, len(a) * len(b) / n**2), "divide by n once: this is a share of all n digits"),
        ((both, (len(a) + len(b)) / n), "the lengths are multiplied, not added"),
        ((both, min(len(a), len(b))), "this is the most that they could share"),
        ((both / len(a), len(b) / n), "return numbers of digits, not shares"),
        ((chance, both), "the other way around: first what both have, then what chance has"),
    ]
    right = (both, chance)
    return Case(label, (a, b, n), right, tuple(h for h in hints if h[0] != right))


# ---- an error taken on the fly
class Prototypes:
    """A toy in place of a network: a point for each class, which moves halfway to what it learns.

    The penalty of a class is the squared distance from its point.
    """

    def __init__(self, points):
        self.points, self.learned = np.array(points, float), []

    def __repr__(self):
        return f"Prototypes({self.points.tolist()})"

    def forward(self, X):
        """Return the penalties (N, K) of X (N, F)."""
        return ((X[:, None] - self.points) ** 2).sum(axis=2)

    def learn(self, x, label):
        """Move the point of `label` halfway to x (F,)."""
        self.points[label] += (x - self.points[label]) / 2
        self.learned.append(int(label))


def on_the_fly(function):
    """Check function(net, X, y) -> error in per cent of the answers, each before its own step."""
    rng = np.random.default_rng(1)
    examples = {
        "one digit, read wrongly, then learned": ([[0.0], [4.0]], [[3.0]], [0]),
        "five digits of two classes": (
            [[0.0], [4.0]],
            [[1.0], [1.0], [1.0], [1.0], [3.0]],
            [1, 1, 1, 1, 0],
        ),
        "thirty digits of three classes": (
            rng.normal(size=(3, 2)),
            rng.normal(size=(30, 2)) + 2 * np.eye(3)[np.arange(30) % 3][:, :2],
            np.arange(30) % 3,
        ),
    }
    run_cases("on the fly", function, [fly_case(k, *v) for k, v in examples.items()])


def fly_case(label, points, X, y):
    """Return a case, with what the usual slips come to."""
    X, y = np.array(X, float), np.array(y)

    def met(first, pick=np.argmin):
        net, answers = Prototypes(points), []
        for x, right in zip(X, y, strict=True):
            if not first:
                net.learn(x, right)
            answers.append(pick(net.forward(x[None])[0]))
            if first:
                net.learn(x, right)
        return 100 * float(np.mean(np.array(answers) != y)), net

    right, after = met(True)
    before = 100 * float(np.mean(Prototypes(points).forward(X).argmin(axis=1) != y))
    end = 100 * float(np.mean(after.forward(X).argmin(axis=1) != y))
    hints = [
        (met(False)[0], "each digit is read after the step that it caused: read first"),
        (met(True, np.argmax)[0], "these are penalties: the lowest wins"),
        (met(False, np.argmax)[0], "two bugs: read before the step, and the lowest penalty wins"),
        (end, "this is the error at the end of the pass: read each digit when it is met"),
        (before, "nothing was learned on the way: a step for each digit"),
        (100 - right, "this is the share of right answers"),
        (right / 100, "in per cent, please"),
    ]
    return Case(label, (Prototypes(points), X, y), right, tuple(h for h in hints if h[0] != right))


# ---- how many to refuse
def share_refused(function):
    """Check function(gap, wrong, aim) -> smallest share in per cent to refuse."""
    rng = np.random.default_rng(2)
    gap = rng.permutation(200) / 10
    doubtful = rng.random(200) < 0.3 * np.exp(-gap / 4)
    doubtful[gap > 15] = False
    examples = {
        "the five digits of By hand": ([9, 2, 7, 1, 5], [0, 1, 0, 0, 1], 35),
        "nothing has to go": ([3, 1, 2], [0, 0, 0], 0.5),
        "the aim is met exactly": ([4, 1, 2, 3], [1, 1, 0, 0], 50),
        "a wrong one with a wide gap": ([8, 1, 2, 6, 4, 5], [1, 1, 1, 0, 0, 0], 25),
        "two hundred digits": (gap, doubtful, 2),
    }
    run_cases("share refused", function, [refused_case(k, *v) for k, v in examples.items()])


def refused_case(label, gap, wrong, aim):
    """Return a case, with what the usual slips come to."""
    gap, wrong = np.array(gap, float), np.array(wrong, bool)
    n = len(gap)

    def share(order, meets=lambda error: error <= aim, of_all=False):
        kept = wrong[order]
        for r in range(n):
            if meets(100 * kept[r:].sum() / (n if of_all else n - r)):
                return 100 * r / n
        return 100.0

    order = np.argsort(gap)
    right = share(order)
    of_all = share(order, of_all=True)
    hints = [
        (share(order[::-1]), "the smallest gaps go first: they are the most doubtful"),
        (share(np.arange(n)), "sort by the gap first"),
        (share(np.argsort(~wrong)), "nobody knows which are wrong: the gap alone decides"),
        (of_all, "divide by the digits that are left, not by all"),
        (share(order, lambda error: error < aim), "an error equal to the aim is good enough"),
        (right * n / 100, "this is a number of digits: in per cent of all, please"),
        (right / 100, "in per cent, please"),
        (100 - right, "this is the share that is kept"),
    ]
    return Case(label, (gap, wrong, aim), right, tuple(h for h in hints if h[0] != right))


# ---- the fingerprint
def step_range(function):
    """Check function(h, mask, eta, mu) -> (smallest, largest step) of the weights that exist."""
    rng = np.random.default_rng(3)
    mask = np.array([[True, False, True], [True, True, False]])[:, :, None, None]

    def drawn(low, high):
        W = rng.uniform(low, high, (2, 3, 2, 2)) * mask
        return {
            "0.W": rng.uniform(low, high, (4, 3)),
            "4.W": W,
            "4.b": rng.uniform(low, high, 2),
        }

    small = {"0.W": np.array([[1.0, 4.0]]), "4.W": np.array([[[[2.0]], [[0.0]]]])}
    examples = {
        "two arrays": (small, np.array([True, False])[None, :, None, None], 12.0, 2.0),
        "the largest step in C3": (drawn(0.5, 3), mask, 0.5, 0.02),
        "another rate and another mu": (drawn(1, 9), mask, 0.002, 0.4),
    }
    run_cases("step range", function, [range_case(k, *v) for k, v in examples.items()])


def range_case(label, h, mask, eta, mu):
    """Return a case, with what the usual slips come to."""
    alive = {
        name: value[np.broadcast_to(mask, value.shape)] if name == "4.W" else value
        for name, value in h.items()
    }
    some = np.concatenate([value.ravel() for value in alive.values()])
    low, high = eta / (mu + some.max()), eta / (mu + some.min())
    weights = np.concatenate([v.ravel() for k, v in alive.items() if k.endswith("W")])
    hints = [
        ((high, low), "the smallest step first: it belongs to the largest curvature"),
        ((low, eta / mu), "weights that the table leaves out have h = 0, and no step at all"),
        ((float(some.min()), float(some.max())), "these are curvatures: a step is eta / (mu + h)"),
        ((eta / some.max(), eta / some.min()), "mu stands below the line as well"),
        (
            (eta / (mu + weights.max()), eta / (mu + weights.min())),
            "biases and coefficients have steps, too",
        ),
        ((1 / (mu + some.max()), 1 / (mu + some.min())), "eta is missing"),
    ]
    right = (low, high)
    return Case(label, (h, mask, eta, mu), right, tuple(x for x in hints if x[0] != right))
