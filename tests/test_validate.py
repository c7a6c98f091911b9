"""The shared checks of input: what they let through, and what their messages say."""

import re

import numpy as np
import pytest

import lenet_core
from lenet_core import validate

SIZES = {
    "one number": (3, (3, 3)),
    "a tuple": ((2, 5), (2, 5)),
    "a list": ([2, 5], (2, 5)),
    "a number of NumPy": (np.int64(3), (3, 3)),
    "an array": (np.array([1, 2]), (1, 2)),
}


@pytest.mark.parametrize(("value", "want"), SIZES.values(), ids=SIZES.keys())
def test_a_size_is_one_number_or_two(value, want):
    pair = validate.as_pair(value, "size")
    assert pair == want
    assert {type(number) for number in pair} == {int}


NO_SIZES = [0, -1, 2.0, True, None, "5", "ab", (2,), (1, 2, 3), (0, 2), (2, 0), (2, None), (2.5, 2)]


@pytest.mark.parametrize("value", NO_SIZES, ids=repr)
def test_no_other_size_is_taken(value):
    message = f"size must be a whole number of at least 1, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        validate.as_pair(value, "size")


def test_whole_numbers_come_back_as_int():
    assert type(validate.positive_int(np.int32(7), "epochs")) is int
    with pytest.raises(ValueError, match="epochs must be a whole number of at least 1, got 0"):
        validate.positive_int(0, "epochs")


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, True, "1", None])
def test_only_finite_numbers_above_zero_are_positive(value):
    assert validate.positive(1e-300, "lr") == 1e-300
    with pytest.raises(ValueError, match=f"lr must be a positive number, got {value!r}"):
        validate.positive(value, "lr")


@pytest.mark.parametrize("value", [-1, 1.0, 0.5, np.nan, np.inf, True, False, "1", None, [1]])
def test_whole_numbers_begin_at_zero(value):
    for right in (0, 7, np.uint8(3)):
        got = validate.whole(right, "pixels")
        assert (got, type(got)) == (right, int)
    message = f"pixels must be a whole number of at least 0, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        validate.whole(value, "pixels")


@pytest.mark.parametrize("value", [-1e-300, np.nan, np.inf, -np.inf, True, False, "1", None, 1j])
def test_finite_numbers_from_zero_on_are_not_negative(value):
    for right in (0, 0.5, 7, np.float32(0.25), np.int64(3)):
        got = validate.not_negative(right, "scale")
        assert (got, type(got)) == (right, float)
    message = f"scale must be a number of at least 0, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        validate.not_negative(value, "scale")


@pytest.mark.parametrize("value", [-1e-9, 1, np.nan, False, "0", None])
def test_a_fraction_lies_from_zero_to_below_one(value):
    assert validate.fraction(0, "momentum") == 0
    assert validate.fraction(0.999, "momentum") == 0.999
    with pytest.raises(ValueError, match=rf"momentum must be a number in \[0, 1\), got {value!r}"):
        validate.fraction(value, "momentum")


@pytest.mark.parametrize(
    ("shape", "spelled"),
    [
        ((None, None, None, None), "(N, C, H, W)"),
        ((None, 1, 32, 32), "(N, 1, 32, 32)"),
        ((None, None), "(N, K)"),
        ((None, 84), "(N, 84)"),
        ((7,), "(7,)"),
    ],
)
def test_a_shape_is_spelled_as_python_spells_it(shape, spelled):
    assert validate.spell(shape) == spelled


@pytest.mark.parametrize("shape", [(2, 3), (5, 3), (0, 3)])
def test_arrays_of_the_right_shape_pass(shape):
    assert validate.check_array(np.zeros(shape), (None, 3), "x") is None


@pytest.mark.parametrize(
    ("x", "found"),
    [
        (np.zeros((2, 4)), r"shape \(2, 4\)"),
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((1, 2, 3)), r"shape \(1, 2, 3\)"),
        (np.float64(3), r"shape \(\)"),
        ([[1, 2, 3]], "a list"),
        (None, "a NoneType"),
    ],
)
def test_arrays_of_another_shape_are_refused(x, found):
    with pytest.raises(ValueError, match=rf"x must be an array of shape \(N, 3\), got {found}"):
        validate.check_array(x, (None, 3), "x")


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, object, complex])
def test_only_floats_are_pixels(dtype):
    assert validate.check_float(np.zeros(2, np.float32), "X") is None
    with pytest.raises(ValueError, match=f"X must hold float32 .*got {np.dtype(dtype)}.*astype"):
        validate.check_float(np.zeros(2, dtype), "X")


def test_the_function_that_the_message_recommends_exists():
    with pytest.raises(ValueError, match=r"lenet_core\.scale_pixels"):
        validate.check_float(np.zeros(2, np.uint8), "X")
    assert callable(lenet_core.scale_pixels)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_counted(bad):
    x = np.ones((2, 3))
    assert validate.check_finite(x, "X") is None
    x[0, 1] = x[1, 2] = bad
    with pytest.raises(ValueError, match="X must be finite, got NaN or infinity in 2 of 6 places"):
        validate.check_finite(x, "X")


def test_labels_at_both_ends_pass():
    assert validate.check_labels(np.array([0, 9, 3]), 3, 10) is None
    assert validate.check_labels(np.array([], int), 0, 10) is None


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([0, 1]), r"labels .*\(3,?\), got shape \(2,\)"),
        (np.array([0.0, 1.0, 2.0]), r"labels must be integers, got float64: .*astype"),
        (np.array(["0", "1", "2"]), "labels must be integers, got <U1"),
        (np.array([0, 1, 10]), "labels must lie in 0 to 9, got values from 0 to 10"),
        (np.array([-1, 1, 2]), "labels must lie in 0 to 9, got values from -1 to 2"),
    ],
)
def test_other_labels_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        validate.check_labels(y, 3, 10)


@pytest.mark.parametrize("window", [(5, 1), (1, 7), (5, 7)])
def test_a_window_fits_or_is_refused(window):
    assert validate.check_fits((4, 6), (4, 6), "kernel") is None
    size = f"{window[0]}x{window[1]}"
    with pytest.raises(ValueError, match=f"pool {size} is larger than the image, 4x6: .*"):
        validate.check_fits((4, 6), window, "pool")
