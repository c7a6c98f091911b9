"""What training LeNet5_1998 came to, beside what the paper says of it: from its records."""

import numpy as np
import pytest

from lenet_core import published
from lenet_core.paper.sdlm import ETAS, MU
from lenet_core.records import load_records

RECORDS = load_records("1998")


def curve(column):
    """Return a column of the histories, the mean over the seeds, by pass: entry 0 is pass 1."""
    return np.mean([record["history"][column] for record in RECORDS], axis=0)


def by_digits(column):
    """Return {number of training digits: an error of the records, the mean over the seeds}."""
    return {
        n: float(np.mean([record[column] for record in load_records(name)]))
        for n, name in ((15_000, "1998-15k"), (30_000, "1998-30k"), (60_000, "1998"))
    }


def test_five_seeds_or_more_and_20_passes():
    assert [record["seed"] for record in RECORDS] == list(range(len(RECORDS)))
    assert len(RECORDS) >= 5
    assert {record["recipe"]["epochs"] for record in RECORDS} == {len(ETAS)}


def test_the_mean_test_error_is_the_papers_within_its_uncertainty():
    mean = np.mean([record["test_error"] for record in RECORDS])
    assert mean == pytest.approx(published.LENET5_TEST_ERROR, abs=published.ERROR_UNCERTAINTY)


def test_with_distortions_the_mean_test_error_is_below_the_papers_and_below_that_without():
    distorted = [record["test_error"] for record in load_records("1998-distorted")]
    assert len(distorted) >= 5
    assert np.mean(distorted) < published.LENET5_DISTORTED_TEST_ERROR
    assert np.mean(distorted) < min(record["test_error"] for record in RECORDS)


def test_the_test_error_is_stable_after_ten_passes():
    error = curve("validation_error")
    assert abs(error[9:] - error[-1]).max() < published.ERROR_UNCERTAINTY / 2


def test_there_is_no_overtraining():
    error = curve("validation_error")
    assert error[-1] - error.min() < published.ERROR_UNCERTAINTY / 2


def test_the_training_error_ends_below_the_papers():
    assert max(record["train_error"] for record in RECORDS) < published.LENET5_TRAIN_ERROR
    assert curve("train_error")[-1] < published.FIG5_TRAIN_ERROR[-1]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (published.FIG5_TRAIN_ERROR, published.FIG5_TEST_ERROR),
        (curve("train_error"), curve("validation_error")),
    ],
    ids=["fig. 5", "ours"],
)
def test_errors_fall_where_the_rate_does_and_pass_1_is_worst_on_the_way(train, test):
    assert train[0] > test[0]
    fall = -np.diff(test)  # entry p - 2 is what pass p brings
    assert fall[3 - 2] > fall[4 - 2]
    assert fall[6 - 2] > max(fall[5 - 2], fall[7 - 2])


def test_no_parameter_of_the_paper_had_a_curvature_near_0():
    smallest, largest = published.STEP_RANGE
    assert ETAS[0] / MU == pytest.approx(0.025)  # the step where h is 0
    assert ETAS[0] / largest - MU > 0.01
    assert 7 < ETAS[0] / smallest - MU < 7.2


def test_our_steps_in_pass_1_are_not_those_of_the_paper():
    """The factor on the penalties makes curvatures small beside mu, and steps more alike."""
    smallest, largest = curve("smallest_step")[0], curve("largest_step")[0]
    assert smallest > 10 * published.STEP_RANGE[0]
    assert published.STEP_RANGE[1] < largest < ETAS[0] / MU


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (published.FIG6_TRAIN_ERROR, published.FIG6_TEST_ERROR),
        (by_digits("train_error"), by_digits("test_error")),
    ],
    ids=["fig. 6", "ours"],
)
def test_with_more_digits_the_test_error_falls_and_the_training_error_rises(train, test):
    assert list(train) == list(test) == [15_000, 30_000, 60_000]
    assert all(np.diff(list(test.values())) < 0)
    assert all(np.diff(list(train.values())) > 0)
