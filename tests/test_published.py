"""What others have published: as many numbers as there are, and MNIST's own labels."""

import os

import numpy as np
import pytest

from lenet_core import load_mnist, published


def test_figure_8_shows_82_digits_in_the_order_of_the_test_set():
    places = [place for place, _, _ in published.FIG8_MISTAKES]
    assert len(places) == 82
    assert places == sorted(set(places))
    assert 0 <= places[0] < places[-1] < 10_000


def test_each_digit_of_figure_8_was_taken_for_another_one():
    for _, label, answer in published.FIG8_MISTAKES:
        assert {label, answer} <= set(range(10))
        assert label != answer


def test_figure_8_has_as_many_digits_of_each_class_as_the_paper_shows():
    labels = [label for _, label, _ in published.FIG8_MISTAKES]
    assert np.bincount(labels).tolist() == [3, 2, 8, 9, 11, 5, 13, 5, 10, 16]


def test_the_82_digits_make_the_error_that_the_paper_tells():
    share = 100 * len(published.FIG8_MISTAKES) / 10_000
    assert share == pytest.approx(published.LENET5_DISTORTED_TEST_ERROR, abs=0.05)  # rounded there


@pytest.mark.skipif(not os.environ.get("LENET_MNIST_DIR"), reason="set LENET_MNIST_DIR")
def test_the_labels_of_figure_8_are_those_of_mnist():
    y_test = load_mnist()[3]
    places, labels, _ = np.transpose(published.FIG8_MISTAKES)
    np.testing.assert_array_equal(y_test[places], labels)


def test_figure_5_has_21_points_of_each_curve_that_end_at_the_errors_of_the_text():
    train, test = published.FIG5_TRAIN_ERROR, published.FIG5_TEST_ERROR
    assert len(train) == len(test) == 21
    assert test[-1] == published.LENET5_TEST_ERROR
    assert train[-1] == pytest.approx(published.LENET5_TRAIN_ERROR, abs=0.03)  # read to 0.03


def test_figure_9_has_27_bars_and_names_none_twice():
    names = [(classifier, data) for classifier, data, _ in published.FIG9]
    assert len(names) == len(set(names)) == 27
    assert {data for _, data in names} == {"regular", "deslanted", "16x16", "distorted"}


def test_figure_9_runs_from_the_linear_classifier_to_the_boosted_networks():
    errors = {(classifier, data): error for classifier, data, error in published.FIG9}
    assert max(errors, key=errors.get) == ("linear", "regular")
    assert min(errors, key=errors.get) == ("boosted LeNet-4", "distorted")
    assert errors["LeNet-5", "regular"] == published.LENET5_TEST_ERROR
    assert errors["linear", "deslanted"] < errors["linear", "regular"]
    assert errors["k-NN", "deslanted"] < errors["k-NN", "regular"]


def test_figure_6_falls_with_the_digits_to_the_error_of_the_text():
    errors = [error for _, error in sorted(published.FIG6_TEST_ERROR.items())]
    assert list(published.FIG6_TEST_ERROR) == [15_000, 30_000, 60_000]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == pytest.approx(published.LENET5_TEST_ERROR, abs=0.03)  # read from a curve
