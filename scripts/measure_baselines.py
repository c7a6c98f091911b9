"""Measure what reads MNIST without a network: the methods of the chapter "Ask how good is good".

``LENET_MNIST_DIR=... python scripts/measure_baselines.py [FILE]`` takes about a quarter of an hour
on one core and writes runs/baselines/mnist.json. Each method has its settings chosen by the last
10,000 training digits, is then fitted to all 60,000 and reads the test digits once.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from lenet_core import load_mnist
from lenet_core.baselines import (
    byte_rows,
    class_means,
    deslant,
    nearest,
    squared_distances,
    vote,
)
from lenet_core.data import data_hash
from lenet_core.records import RUNS, provenance, write_json

FILE = RUNS / "baselines" / "mnist.json"
HELD_OUT = 10_000  # the last training digits
KS = range(1, 11)
CHUNK = 500  # digits whose distances to all stored ones are in memory at once
FEWER = 10_000  # digits that a support-vector machine is fitted to while its settings are chosen


class NearestMean:
    """Answers with the class whose mean is nearest."""

    def fit(self, X, y):
        """Keep the class means."""
        self.means = class_means(X, y)
        return self

    def predict(self, X):
        """Return the class of each row."""
        return squared_distances(X, self.means).argmin(axis=1)


class PairwiseLinear:
    """45 linear classifiers, one for each pair of classes; their outputs are added up."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        """Fit each pair on its own digits."""
        self.fitted = {}
        for a, b in itertools.combinations(range(10), 2):
            of_pair = (y == a) | (y == b)
            pair = RidgeClassifier(alpha=self.alpha)
            self.fitted[a, b] = pair.fit(X[of_pair], y[of_pair] == a)
        return self

    def predict(self, X):
        """Return the class of each row."""
        scores = np.zeros((len(X), 10))
        for (a, b), pair in self.fitted.items():
            output = pair.decision_function(X)
            scores[:, a] += output
            scores[:, b] -= output
        return scores.argmax(axis=1)


class CentresLinear:
    """A linear classifier of exp(-gamma squared distance) to 100 centres of each class."""

    def __init__(self, gamma=0.02, alpha=0.01):
        self.gamma, self.alpha = gamma, alpha

    def fit(self, X, y):
        """Place the centres, then fit the linear classifier."""
        clusters = MiniBatchKMeans(100, n_init=1, random_state=0)
        self.centres = np.concatenate(
            [clusters.fit(X[y == c]).cluster_centers_.copy() for c in range(10)]
        )
        self.linear = RidgeClassifier(alpha=self.alpha).fit(self.features(X), y)
        return self

    def features(self, X):
        """Return the closeness of each row to each centre."""
        return np.exp(-self.gamma * squared_distances(X, self.centres))

    def predict(self, X):
        """Return the class of each row."""
        return self.linear.predict(self.features(X))


def products_of_pairs(Z):
    """Return the 820 products of two of 40 columns, each with itself as well."""
    a, b = np.triu_indices(Z.shape[1])
    return Z[:, a] * Z[:, b]


def pca_products(alpha=1.0):
    """Return the paper's classifier: 40 components, products of pairs, then linear."""
    products = FunctionTransformer(products_of_pairs)
    return make_pipeline(PCA(40, random_state=0), products, RidgeClassifier(alpha=alpha))


def pca_gauss(reg_param=0.0):
    """Return a classifier with a Gaussian curve for each class in 40 components."""
    gauss = QuadraticDiscriminantAnalysis(reg_param=reg_param)
    return make_pipeline(PCA(40, random_state=0), gauss)


def linear_logistic(C=1.0):
    """Return a linear classifier fitted by likelihood."""
    return LogisticRegression(C=C, max_iter=200)


def linear_least_squares(alpha=1.0):
    """Return a linear classifier fitted by least squares to 1 and -1."""
    return RidgeClassifier(alpha=alpha)


def svm_poly_4(gamma=0.02, coef0=1.0):
    """Return a support-vector machine with a kernel of degree 4."""
    return SVC(kernel="poly", degree=4, gamma=gamma, coef0=coef0, C=1.0, cache_size=2000)


MAKERS = {  # name: (maker, values of each setting, data)
    "nearest mean": (NearestMean, {}, "regular"),
    "linear, least squares": (linear_least_squares, {"alpha": [1.0, 100.0, 1000.0]}, "regular"),
    "linear, least squares, deslanted": (
        linear_least_squares,
        {"alpha": [1.0, 100.0, 1000.0]},
        "deslanted",
    ),
    "linear, logistic": (linear_logistic, {"C": [0.02, 0.2]}, "regular"),
    "pairwise linear": (PairwiseLinear, {"alpha": [1.0, 100.0, 1000.0]}, "regular"),
    "40 PCA + products + linear": (pca_products, {"alpha": [1.0, 100.0, 1000.0]}, "regular"),
    "40 PCA + Gauss": (pca_gauss, {"reg_param": [0.0, 0.01]}, "regular"),
    "1000 RBF + linear": (
        CentresLinear,
        {"gamma": [0.02, 0.04, 0.08], "alpha": [0.01, 1.0]},
        "regular",
    ),
    "SVM poly 4": (svm_poly_4, {"gamma": [0.01, 0.02, 0.04], "coef0": [0.0, 1.0]}, "regular"),
}


def main(arguments):
    """Measure every method and write the record."""
    X, y, X_test, y_test = load_mnist(scaling="unit")
    rows = {"regular": (byte_rows(X), byte_rows(X_test))}
    rows["deslanted"] = tuple(upright(part) for part in rows["regular"])
    methods = {}
    for data in rows:
        name = "k-NN" if data == "regular" else "k-NN, deslanted"
        methods[name] = timed(measure_knn, *rows[data], y, y_test) | {"data": data}
        show(name, methods[name])
    for name, (maker, settings, data) in MAKERS.items():
        unit = [part / 255 for part in rows[data]]
        methods[name] = timed(measure, maker, settings, *unit, y, y_test) | {"data": data}
        show(name, methods[name])
    record = {
        "methods": methods,
        "n_train": len(X),
        "n_held_out": HELD_OUT,
        "n_test": len(X_test),
        **provenance(),
        "train_sha256": data_hash(X, y),
        "test_sha256": data_hash(X_test, y_test),
    }
    record["versions"]["scikit-learn"] = sklearn.__version__
    path = Path(arguments[0]) if arguments else FILE
    path.parent.mkdir(exist_ok=True)
    write_json(path, record)


def upright(rows):
    """Return the rows of deslanted digits."""
    return deslant(rows.reshape(-1, 28, 28)).reshape(len(rows), -1)


def timed(function, *arguments):
    """Return the result of a measurement, with the seconds it took."""
    start = time.perf_counter()
    found = function(*arguments)
    return found | {"seconds": round(time.perf_counter() - start, 1)}


def show(name, found):
    """Print one line on a method."""
    print(
        f"{name}: {found['test_error']:.2f} %, {found['seconds']} s, {found['settings']}",
        flush=True,
    )


def measure(maker, settings, X, X_test, y, y_test):
    """Choose the settings by the held-out digits, fit to all and read the test digits."""
    fit_to = FEWER if maker is svm_poly_4 else len(X) - HELD_OUT
    held_out = []
    if settings:
        for values in itertools.product(*settings.values()):
            chosen = dict(zip(settings, values, strict=True))
            model = maker(**chosen).fit(X[:fit_to], y[:fit_to])
            held_out.append((error(model.predict(X[-HELD_OUT:]), y[-HELD_OUT:]), chosen))
    best = min(held_out, key=lambda pair: pair[0])[1] if held_out else {}
    model = maker(**best).fit(X, y)
    found = {"settings": best, "test_error": error(model.predict(X_test), y_test)}
    if held_out:
        found["tried"] = [{"held_out_error": e, "settings": s} for e, s in held_out]
        found["tried_on"] = fit_to
    if maker is svm_poly_4:
        found["support_vectors"] = int(model.n_support_.sum())
    return found


def measure_knn(X, X_test, y, y_test):
    """Choose k by the held-out digits; read the test digits with it, and with the paper's 3."""
    held_out = knn_errors(X[:-HELD_OUT], y[:-HELD_OUT], X[-HELD_OUT:], y[-HELD_OUT:])
    k = min(held_out, key=held_out.get)
    test = knn_errors(X, y, X_test, y_test)
    return {
        "settings": {"k": k},
        "test_error": test[k],
        "test_error_k3": test[3],
        "tried": [{"held_out_error": e, "settings": {"k": k}} for k, e in held_out.items()],
    }


def knn_errors(X, y, X_new, y_new):
    """Return {k: error} of the vote of the k nearest."""
    parts = [X_new[start : start + CHUNK] for start in range(0, len(X_new), CHUNK)]
    labels = y[np.concatenate([nearest(squared_distances(p, X), max(KS)) for p in parts])]
    return {k: error(vote(labels[:, :k]), y_new) for k in KS}


def error(answers, y):
    """Return the error in per cent."""
    return round(100 * float((answers != y).mean()), 6)


if __name__ == "__main__":
    main(sys.argv[1:])
