"""What 28 years changed: one difference at a time between the network of 1998 and that of today.

Both networks train by one harness: 20 passes over the first 5,000 training digits in an order that
a seed draws once, judged by the last 10,000 training digits. From each end one difference is
turned over at a time, and each variant gets the best of several learning rates, chosen with other
seeds.

    python -m lenet_core.paper.differences [NAME ...]

runs variants and controls, all that have no record unless named, and writes
`runs/differences/NAME.json` for each.
"""

import sys
from dataclasses import asdict, dataclass, fields, replace
from typing import ClassVar

import numpy as np

from ..ablation import HELD_OUT, digits
from ..blas import one_blas_thread
from ..data import data_hash
from ..layers import Layer
from ..records import RUNS, error, load_record, provenance, to_run, write_json
from ..weights import weights_hash
from .layers import CurvedDense, ScaledTanh, Subsampling, TableConv2D
from .losses import MAPLoss
from .network import C3, CurvedSequential, LeNet5_1998
from .sdlm import ETAS, MU, SDLM
from .starts import start_weights
from .train import Trainee, train_together

FOLDER = RUNS / "differences"
N_TRAIN = 5_000
PASSES = len(ETAS)
BATCH = 32  # digits a step, today
SEEDS, TUNING_SEEDS = range(5), range(10, 12)
SIDE_BY_SIDE = 6  # networks at a time
APART = 3  # ratio of two learning rates that are tried
MOST_RATES = 7
SUBSAMPLING = "2.w", "2.b", "6.w", "6.b"  # parameters of S2 and S4
NO_RUBBISH = 1e4  # as j of eq. 9: the class of rubbish has no share, and cross-entropy is left


@dataclass(frozen=True)
class Design:
    """A network and its training: for each difference, True is 1998 and False is today.

    Attributes
    ----------
    table : C3 reads some maps (table I), or all
    subsampling : S2 and S4 learn a coefficient and a bias for each map, or take the mean of four
    squash : 1.7159 tanh(2x/3), or tanh(x)
    start : weights from -1/sqrt(F) to 1/sqrt(F), or of variance 1/F
    output : fixed codes and eq. 9 (penalties times 1/20), or learned scores and cross-entropy
    optimizer : a step size for every weight, from the curvature, or one for all
    batch : 1 digit a step, or 32
    schedule : the learning rate falls to a fiftieth in steps, or stays
    """

    table: bool = True
    subsampling: bool = True
    squash: bool = True
    start: bool = True
    output: bool = True
    optimizer: bool = True
    batch: bool = True
    schedule: bool = True
    rubbish: ClassVar[bool] = True
    mu: ClassVar[float] = MU

    def model(self, rng):
        """Return a new network; its starting weights are drawn from `rng`, a Generator."""
        layers = LeNet5_1998(rng=rng, scale=1 / 20, shared_input=False).layers
        if not self.table:
            layers[C3] = TableConv2D(16 * (range(6),), 5, rng=rng)
        if not self.squash:
            layers = [ScaledTanh(1, 1) if type(layer) is ScaledTanh else layer for layer in layers]
        if not self.output:
            layers[-1:] = [CurvedDense(84, 10, rng=rng), Negative()]
        model = CurvedSequential(layers)
        start_weights(model, "root" if self.start else "unit", rng)
        for layer in layers:
            if isinstance(layer, Subsampling) and not self.subsampling:
                layer.params["w"][...] = 1 / 4
        return model

    def loss(self):
        """Return the loss, of penalties."""
        return MAPLoss(1.0 if self.output and self.rubbish else NO_RUBBISH)

    def first_rate(self):
        """Return the learning rate that is tried first, with one on either side."""
        if self.optimizer:
            return self.mu / MU * (ETAS[0] if self.batch else 8 * ETAS[0])
        return 0.01 if self.batch else 0.2


@dataclass(frozen=True)
class Control(Design):
    """A design with one more change, which tells what the effect of a part is due to.

    Attributes
    ----------
    rubbish : with fixed codes: eq. 9 has its class of rubbish, or not
    mu : of the step for every weight
    """

    rubbish: bool = True
    mu: float = MU


class Negative(Layer):
    """y = -x: turns scores, of which the highest wins, into penalties."""

    def forward(self, x):
        """Map scores (N, K) to penalties (N, K)."""
        return -x

    def backward(self, dy):
        """Map dL/dy to dL/dx."""
        return -dy

    def backward_curvature(self, d2y):
        """Map d2L/dy_i dy_k (N, K, K) to its diagonal (N, K); the mixed terms are dropped."""
        return np.einsum("nkk->nk", d2y)


class Steps(SDLM):
    """The step sizes of a design, with the learning rate `rate` in the first pass."""

    def __init__(self, design, rate):
        super().__init__(mu=design.mu, memory="mean")
        self.design, self.rate = design, rate

    def step_sizes(self):
        """Return {name: step size of each entry}; what does not learn has 0."""
        rate = self.rate * (self.eta / ETAS[0] if self.design.schedule else 1)
        if self.design.optimizer:
            sizes = {name: rate / (self.mu + h) for name, h in self.h.items()}
        else:
            sizes = {name: np.full_like(h, rate) for name, h in self.h.items()}
        if not self.design.subsampling:
            sizes |= {name: np.zeros_like(sizes[name]) for name in SUBSAMPLING}
        return sizes


PAPER, TODAY = Design(), Design(**{field.name: False for field in fields(Design)})
DIFFERENCES = [field.name for field in fields(Design)]
VARIANTS = {
    "1998": PAPER,
    **{f"1998-{name}": replace(PAPER, **{name: False}) for name in DIFFERENCES},
    "today": TODAY,
    **{f"today-{name}": replace(TODAY, **{name: True}) for name in DIFFERENCES},
}
CONTROLS = {
    "1998-no-rubbish": Control(**asdict(PAPER), rubbish=False),
    # With scores the middle curvature at the start is a 25th of that with codes: so is this mu.
    "1998-output-mu": Control(**asdict(VARIANTS["1998-output"]), mu=MU / 25),
    "today-optimizer-mu": Control(**asdict(VARIANTS["today-optimizer"]), mu=MU / 25),
}
ALL = VARIANTS | CONTROLS


def train(design, runs, X, y, passes=PASSES):
    """Train a network of a design for each (learning rate, seed) of `runs`; return them."""
    trainees = []
    for rate, seed in runs:
        rng = np.random.default_rng(seed)
        model = design.model(rng)
        trainees.append(Trainee(model, design.loss(), Steps(design, rate), len(X), rng))
    with np.errstate(all="ignore"):  # a high rate may diverge
        if design.batch:
            for start in range(0, len(trainees), SIDE_BY_SIDE):
                some = trainees[start : start + SIDE_BY_SIDE]
                list(train_together(some, X, y, passes=passes))  # the summaries are not kept
        else:
            for trainee in trainees:
                train_in_batches(trainee, X, y, passes)
    return [trainee.model for trainee in trainees]


def train_in_batches(trainee, X, y, passes, batch=BATCH):
    """Train one network, `batch` digits a step, else as `train_together` does."""
    model, loss, optimizer, order = trainee.model, trainee.loss, trainee.optimizer, trainee.order
    with one_blas_thread():
        for p in range(passes):
            trainee.begin_pass(p, X, y)
            for start in range(0, len(order), batch):
                rows = order[start : start + batch]
                loss.forward(model.forward(X[rows]), y[rows])
                model.backward(loss.backward())
                optimizer.step(model)


def tune(first, errors_of):
    """Return {rate: errors}, rates in order, until the best has a worse one on either side.

    Parameters
    ----------
    first : float, the rate in the middle of the first three
    errors_of : function of a list of rates, to {rate: errors}
    """
    found = errors_of([first / APART, first, first * APART])
    while len(found) < MOST_RATES:
        found = dict(sorted(found.items()))
        best = best_rate(found)
        if best == min(found):
            found |= errors_of([best / APART])
        elif best == max(found):
            found |= errors_of([best * APART])
        else:
            break
    return dict(sorted(found.items()))


def best_rate(found):
    """Return the rate of {rate: errors} with the lowest mean error."""
    return min(found, key=lambda rate: np.mean(found[rate]))


def split():
    """Return the digits that train and those that judge, (X, y) each."""
    X, y = digits("paper")
    return (X[:N_TRAIN], y[:N_TRAIN]), (X[-HELD_OUT:], y[-HELD_OUT:])


def run_variant(name):
    """Tune the rate of a variant with two seeds, run it with five others; return the record.

    "rates" has [rate, errors of the tuning seeds] for each that was tried, and "runs" a dict for
    each seed. All errors are those of the held-out digits, in per cent.
    """
    design, (data, held_out) = ALL[name], split()

    def errors_of(rates, seeds=TUNING_SEEDS):
        runs = [(rate, seed) for rate in rates for seed in seeds]
        errors = [error(model, *held_out) for model in train(design, runs, *data)]
        return dict(zip(rates, np.reshape(errors, (len(rates), -1)).tolist(), strict=True))

    rates = tune(design.first_rate(), errors_of)
    rate = best_rate(rates)
    return {
        "name": name,
        "design": asdict(design),
        "n_train": N_TRAIN,
        "n_test": HELD_OUT,
        **provenance(),
        "train_sha256": data_hash(*data),
        "test_sha256": data_hash(*held_out),
        "rates": list(rates.items()),
        "rate": rate,
        "runs": run_seeds(design, rate),
    }


def run_seeds(design, rate, seeds=SEEDS):
    """Run a design with each seed; return a list of what is kept of the runs."""
    data, held_out = split()
    models = train(design, [(rate, seed) for seed in seeds], *data)
    return [
        {
            "seed": seed,
            "train_error": error(model, *data),
            "test_error": error(model, *held_out),
            "weights_sha256": weights_hash(model),
        }
        for seed, model in zip(seeds, models, strict=True)
    ]


def load_variant(name, folder=FOLDER):
    """Return the record of a variant or a control as a dict."""
    return load_record(name, folder)


def design_of(record):
    """Return the Design, or Control, of a record."""
    settings = record["design"]
    return (Control if "mu" in settings else Design)(**settings)


def main(names):
    """Run variants and controls, and write their records."""
    for name in to_run("variant", names, ALL, FOLDER):
        record = run_variant(name)
        write_json(FOLDER / f"{name}.json", record)
        errors = [run["test_error"] for run in record["runs"]]
        print(name, f"{record['rate']:.3g}", errors, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
