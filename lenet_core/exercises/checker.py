"""How every exercise is checked: cases from the smallest up, a hint chosen by the wrong answer."""

import copy
import inspect
from typing import NamedTuple

import numpy as np


class WrongAnswer(AssertionError):
    """What a checker raises; a notebook shows its message without a traceback."""

    def _render_traceback_(self):
        return [f"WrongAnswer: {self}"]


class NotStarted(NotImplementedError):
    """Raised while an exercise still has its starter; shown without a traceback."""

    def _render_traceback_(self):
        return [f"NotStarted: {self}"]


class Case(NamedTuple):
    """One call of the reader's function."""

    label: str  # what this case tests: "a 2x2 kernel on a 3x3 image"
    args: tuple
    expected: object  # array or number
    hints: tuple = ()  # ((what a known mistake returns, what to tell its author), ...)


def run_cases(exercise, function, cases, rtol=1e-6):
    """Call `function` on each case and compare; print one line when all are right.

    Raises
    ------
    NotStarted
        If the function still raises NotImplementedError.
    WrongAnswer
        At the first case that fails: its input, what was expected, what came, and a hint.
    """
    for case in cases:
        got = attempt(exercise, function, case)
        inputs = named(function, case.args)
        same(case.label, got, case.expected, case.hints, inputs=inputs, rtol=rtol)
    print(f"{exercise}: right in all {len(cases)} cases")


def attempt(exercise, function, case):
    """Return function(*args) on copies of the arguments, which it must leave as they are."""
    args = copy.deepcopy(case.args)
    try:
        got = function(*args)
    except NotImplementedError:
        raise NotStarted(f"{exercise}: write the function, then run this cell again") from None
    except Exception as error:
        raise WrongAnswer(
            f"{case.label}: your function raised {type(error).__name__}: {error}"
            f"{show_inputs(named(function, case.args))}"
        ) from error
    for place, (given, kept) in enumerate(zip(args, case.args, strict=True)):
        if isinstance(kept, np.ndarray) and not np.array_equal(given, kept, equal_nan=True):
            raise WrongAnswer(
                f"{case.label}: your function wrote into its argument number {place + 1}; "
                "make a new array instead"
            )
    return got


def same(label, got, expected, hints=(), *, inputs=None, rtol=1e-6, reveal=True):
    """Raise WrongAnswer unless `got` equals `expected` in shape and values.

    Parameters
    ----------
    label : what is compared: "dK"
    got, expected : arrays or numbers
    hints : pairs (value, message): the message is told when `got` equals that value
    inputs : {name: value} that led to `got`, to be shown
    reveal : whether to show what was expected; not where that is the whole exercise
    """
    if close(got, expected, rtol):
        return
    hint = next((message for value, message in hints if close(got, value, rtol)), None)
    raise WrongAnswer(
        f"{label}: {difference(got, expected)}{show_inputs(inputs or {})}"
        + (f"\nexpected: {show(expected)}" if reveal else "")
        + f"\ngot: {show(got)}"
        + (f"\nHint: {hint}" if hint else "")
    )


def close(got, expected, rtol):
    """Tell whether two arrays or numbers have one shape and, to `rtol`, the same values."""
    try:
        if np.asarray(got).dtype.kind not in "biuf":  # no number: a word, a complex number, None
            return False
        a, b = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=rtol)


def difference(got, expected):
    """Say in what way `got` is not `expected`."""
    if got is None:
        return "the answer is None: does it end in return?"
    try:
        shape = np.shape(got)
    except ValueError:
        return "the rows have different lengths"
    if shape != np.shape(expected):
        return f"the shape is {shape}, expected {np.shape(expected)}"
    return "the values differ"


def named(function, args):
    """Return {name of the parameter: argument} for a call of `function`."""
    try:
        return inspect.signature(function).bind(*args).arguments
    except (TypeError, ValueError):  # it takes another number of arguments
        return {f"input {place}": value for place, value in enumerate(args, 1)}


def show_inputs(inputs):
    """Spell the inputs of a case, large ones by their shape."""
    return "".join(f"\n{name} = {show(value)}" for name, value in inputs.items())


def show(value):
    """Spell a value on one line if it fits, an array below; a large one by its shape."""
    if isinstance(value, np.ndarray) and value.size > 40:
        return f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray) and value.ndim > 1:
        return "\n" + np.array2string(value, precision=6)
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=6)
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
