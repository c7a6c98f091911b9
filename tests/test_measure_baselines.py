"""The script that measures the baselines, on a few of the embedded digits."""

import importlib.util
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from lenet_core import load_digits
from lenet_core.baselines import byte_rows, nearest, squared_distances, vote

N, TEST, HELD_OUT = 240, 60, 80  # training and test digits, and how many of the first choose


@pytest.fixture
def script(monkeypatch):
    """The script as a module, with a small MNIST and few held-out digits."""
    path = Path(__file__).parents[1] / "scripts" / "measure_baselines.py"
    spec = importlib.util.spec_from_file_location("measure_baselines", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    X, y, X_test, y_test = load_digits("unit")
    small = X[:N], y[:N], X_test[:TEST], y_test[:TEST]
    monkeypatch.setattr(module, "load_mnist", lambda scaling: small)
    monkeypatch.setattr(module, "HELD_OUT", HELD_OUT)
    monkeypatch.setattr(module, "CHUNK", 25)
    return module


@pytest.fixture
def digits():
    X, y, X_test, y_test = load_digits("unit")
    rows, test = byte_rows(X[:N]), byte_rows(X_test[:TEST])
    return rows / 255, test / 255, y[:N], y_test[:TEST]


def percent_wrong(answers, y):
    return 100 * float((answers != y).mean())


def test_pairwise_scores_add_the_outputs_of_45_units_each_fitted_to_its_two_classes(script, digits):
    X, X_test, y, _ = digits
    X, X_test = X[:, ::8], X_test[:, ::8]
    model = script.PairwiseLinear(alpha=10.0).fit(X, y)
    assert len(model.fitted) == 45
    scores = np.zeros((TEST, 10))
    for i, j in itertools.combinations(range(10), 2):
        of_pair = np.isin(y, [i, j])
        A, target = X[of_pair], np.where(y[of_pair] == i, 1.0, -1.0)
        middle = A.mean(axis=0)  # ridge by its normal equations, the constant left free
        inner = (A - middle).T @ (A - middle) + 10.0 * np.eye(X.shape[1])
        weights = np.linalg.solve(inner, (A - middle).T @ (target - target.mean()))
        output = (X_test - middle) @ weights + target.mean()
        scores[:, i] += output
        scores[:, j] -= output
    assert np.array_equal(model.predict(X_test), scores.argmax(axis=1))


def test_pairwise_outputs_keep_their_size_and_are_no_votes(script):
    class Unit:
        def __init__(self, output):
            self.output = output

        def decision_function(self, X):
            return np.full(len(X), self.output)

    model = script.PairwiseLinear()
    model.fitted = {(1, 2): Unit(0.1), (1, 3): Unit(0.1), (2, 4): Unit(5.0), (5, 6): Unit(-0.5)}
    assert model.predict(np.zeros((3, 1))).tolist() == [2, 2, 2]  # votes: 1 has two, 2 has none


def test_the_products_are_all_pairs_of_columns_and_the_squares(script):
    found = script.products_of_pairs(np.array([[2.0, 3, 5]]))
    assert found.tolist() == [[4, 6, 10, 9, 15, 25]]
    assert script.products_of_pairs(np.zeros((1, 40))).shape == (1, 820)


def test_closeness_to_centres_is_1_at_a_centre_and_falls_with_the_distance(script):
    model = script.CentresLinear(gamma=0.5)
    model.centres = np.array([[0.0, 0], [3, 4]])
    np.testing.assert_allclose(model.features(np.array([[0.0, 0]])), [[1, np.exp(-12.5)]])


def test_centres_are_placed_in_each_class_by_itself(script):
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(10), 110)
    X = np.column_stack([y, np.zeros(len(y))]) + rng.normal(scale=0.01, size=(len(y), 2))
    model = script.CentresLinear(gamma=20.0).fit(X, y)
    assert np.array_equal(model.centres[:, 0].round(), np.repeat(np.arange(10), 100))
    assert np.array_equal(model.predict(X), y)


class Recorder:
    """A method that answers with its setting and keeps how many digits it was fitted to."""

    fitted_to: list  # set by the test

    def __init__(self, answer):
        self.answer = answer

    def fit(self, X, y):
        self.fitted_to.append(len(X))
        return self

    def predict(self, X):
        return np.full(len(X), self.answer)


def test_the_held_out_digits_choose_the_setting_and_the_test_digits_judge_it(script, monkeypatch):
    monkeypatch.setattr(Recorder, "fitted_to", [], raising=False)
    y = np.r_[np.full(N - HELD_OUT, 3), np.full(HELD_OUT - 8, 1), np.full(8, 2)]
    y_test = np.r_[np.full(15, 1), np.full(TEST - 15, 2)]  # they would choose 2
    X, X_test = np.zeros((N, 1)), np.zeros((TEST, 1))
    found = script.measure(Recorder, {"answer": [3, 2, 1]}, X, X_test, y, y_test)
    assert found["settings"] == {"answer": 1}
    assert found["test_error"] == 75
    assert [one["held_out_error"] for one in found["tried"]] == [100, 90, 10]
    assert Recorder.fitted_to == [N - HELD_OUT] * 3 + [N]
    assert found["tried_on"] == N - HELD_OUT


def test_k_is_chosen_among_the_held_out_digits_which_are_not_their_own_neighbours(script, digits):
    X, X_test, y, y_test = digits
    found = script.measure_knn(X, X_test, y, y_test)
    order = nearest(squared_distances(X[-HELD_OUT:], X[:-HELD_OUT]), 10)
    errors = {
        k: percent_wrong(vote(y[:-HELD_OUT][order[:, :k]]), y[-HELD_OUT:]) for k in range(1, 11)
    }
    tried = {one["settings"]["k"]: one["held_out_error"] for one in found["tried"]}
    assert tried == pytest.approx(errors)
    k = found["settings"]["k"]
    assert errors[k] == min(errors.values())
    test_order = nearest(squared_distances(X_test, X), 10)
    for name, voters in {"test_error": k, "test_error_k3": 3}.items():
        answers = vote(y[test_order[:, :voters]])
        assert found[name] == pytest.approx(percent_wrong(answers, y_test))


def test_a_run_writes_every_method_with_its_settings(script, monkeypatch, tmp_path, capsys):
    quick = ("nearest mean", "linear, least squares, deslanted", "SVM poly 4")
    makers = {name: script.MAKERS[name] for name in quick}
    monkeypatch.setattr(script, "MAKERS", makers)
    monkeypatch.setattr(script, "FEWER", 100)
    settings = {"gamma": [0.02], "coef0": [0.0, 1.0]}
    makers["SVM poly 4"] = (script.svm_poly_4, settings, "regular")
    makers["40 PCA"] = (script.pca_products, {}, "regular")
    path = tmp_path / "folder" / "tiny.json"
    script.main([str(path)])
    record = json.loads(path.read_text())
    assert set(record["methods"]) == {"k-NN", "k-NN, deslanted", "40 PCA", *quick}
    assert (record["n_train"], record["n_held_out"], record["n_test"]) == (N, HELD_OUT, TEST)
    assert len(capsys.readouterr().out.splitlines()) == len(record["methods"])
    for found in record["methods"].values():
        assert 0 < found["test_error"] < 60
        assert set(found) >= {"settings", "seconds", "data"}
    assert record["methods"]["SVM poly 4"]["tried_on"] == 100
    assert 0 < record["methods"]["SVM poly 4"]["support_vectors"] <= N
    assert record["methods"]["linear, least squares, deslanted"]["data"] == "deslanted"


def test_deslanted_digits_reach_the_methods_that_ask_for_them(script, monkeypatch, tmp_path):
    seen = {}

    def spy(maker, settings, X, X_test, y, y_test):
        seen[maker] = X
        return {"test_error": 0.0, "settings": {}}

    monkeypatch.setattr(script, "measure", spy)
    monkeypatch.setattr(script, "measure_knn", lambda *_: {"test_error": 0.0, "settings": {}})
    makers = {"a": ("as they are", {}, "regular"), "b": ("upright", {}, "deslanted")}
    monkeypatch.setattr(script, "MAKERS", makers)
    script.main([str(tmp_path / "spied.json")])
    rows = byte_rows(load_digits("unit")[0][:N])
    assert np.array_equal(seen["as they are"], rows / 255)
    assert np.array_equal(seen["upright"], script.upright(rows) / 255)
    assert not np.allclose(seen["upright"], seen["as they are"])
