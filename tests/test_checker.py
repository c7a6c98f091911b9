"""The means that all checkers share: what counts as right, and what a reader is told."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from lenet_core.exercises.checker import Case, NotStarted, WrongAnswer, named, run_cases, same, show


def add(left, right):
    return left + right


ADD = [Case("two numbers", (1.0, 2.0), 3.0, ((-1.0, "add, do not subtract"),))]


def told(function, cases=ADD):
    """Return what the checker tells the author of a wrong function."""
    with pytest.raises(WrongAnswer) as caught:
        run_cases("add", function, cases)
    return str(caught.value)


def test_a_right_function_gets_one_line(capsys):
    run_cases("add", add, ADD)
    assert capsys.readouterr().out == "add: right in all 1 cases\n"


def test_a_wrong_answer_shows_inputs_by_name_expected_got_and_the_hint_that_fits():
    assert told(lambda left, right: left - right).splitlines() == [
        "two numbers: the values differ",
        "left = 1",
        "right = 2",
        "expected: 3",
        "got: -1",
        "Hint: add, do not subtract",
    ]
    assert "Hint" not in told(lambda left, right: 7.0)


def test_a_later_case_counts_too():
    cases = [*ADD, Case("minus", (1.0, -1.0), 0.0)]
    assert told(lambda left, right: left + abs(right), cases).startswith("minus: the values differ")


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (3 + 0j, "the values differ"),
        (3 + 4j, "the values differ"),
        (None, "the answer is None: does it end in return?"),
        ([3.0], r"the shape is \(1,\), expected \(\)"),
        ([[1], [1, 2]], "the rows have different lengths"),
        ("three", "the values differ"),
        (np.nan, "the values differ"),
        (3.001, "the values differ"),
    ],
)
def test_what_is_not_the_answer_is_refused(got, message):
    with pytest.raises(WrongAnswer, match=message):
        same("sum", got, 3.0)


@pytest.mark.parametrize("got", [3, 3.0, np.float32(3), np.array(3), 3 + 1e-7])
def test_any_number_of_the_right_value_is_right(got):
    same("sum", got, 3.0)


def test_complex_arrays_are_refused_even_without_an_imaginary_part():
    with pytest.raises(WrongAnswer):
        same("dK", np.ones(2, complex), np.ones(2))


def test_reveal_false_keeps_the_solution_to_itself():
    with pytest.raises(WrongAnswer) as caught:
        same("dK", 4.0, 123.5, ((4.0, "look again"),), reveal=False)
    assert str(caught.value) == "dK: the values differ\ngot: 4\nHint: look again"


def test_a_starter_is_not_started_and_says_what_to_do():
    def starter(left, right):
        raise NotImplementedError

    with pytest.raises(NotStarted, match="add: write the function, then run this cell again"):
        run_cases("add", starter, ADD)


def test_a_function_of_other_arguments_is_told_with_numbered_inputs():
    message = told(lambda only: only)
    assert message.startswith("two numbers: your function raised TypeError: ")
    assert message.endswith("\ninput 1 = 1\ninput 2 = 2")


def test_an_error_in_the_function_is_told_with_its_inputs():
    message = told(lambda left, right: left / 0)
    assert "raised ZeroDivisionError" in message
    assert message.endswith("\nleft = 1\nright = 2")


def test_a_function_may_not_write_into_its_arguments():
    def clear(X, y):
        y[:] = 0
        return 3.0

    cases = [Case("arrays", (np.ones(2), np.ones(2)), 3.0)]
    assert "wrote into its argument number 2" in told(clear, cases)
    assert cases[0].args[1].tolist() == [1, 1]


def test_inputs_have_the_names_of_the_reader_s_parameters():
    assert named(lambda image, kernel: None, (1, 2)) == {"image": 1, "kernel": 2}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234567, "0.123457"),
        (np.arange(3), "[0 1 2]"),
        (np.eye(2, dtype=int), "\n[[1 0]\n [0 1]]"),
        (np.zeros((5, 9)), "an array of shape (5, 9)"),
        ("word", "'word'"),
    ],
)
def test_values_are_spelt_short(value, text):
    assert show(value) == text


@pytest.mark.parametrize("kind", [WrongAnswer, NotStarted])
def test_a_notebook_shows_the_message_and_no_traceback(kind, capsys):
    try:
        raise kind("dK: the values differ")
    except kind:
        InteractiveShell().showtraceback()
    printed = "".join(capsys.readouterr())
    assert printed.strip() == f"{kind.__name__}: dK: the values differ"
