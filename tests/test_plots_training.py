"""The pictures of the training chapter show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lenet_core.plots import training as plots
from lenet_core.plots.style import SETTINGS
from lenet_core.published import COMMON_NOTEBOOK_TEST_ERROR, FIG5_TEST_ERROR
from lenet_core.train import History

pytestmark = pytest.mark.usefixtures("kept_figures")


def record(errors, n_train=10):
    history = {"validation_error": errors, "train_error": errors, "loss": errors}
    return {"n_train": n_train, "history": history}


def drawn(ax):
    """Return the points of every line of an axes."""
    return [line.get_xydata().tolist() for line in ax.lines]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_curves_draw_every_epoch_and_name_both_errors():
    plots.curves(History([2.0, 0.5, 0.1], [50.0, 9.0, 0.0], [20.0, 8.0, 7.0]))
    loss, errors = plt.gcf().axes
    assert drawn(loss) == [[[1, 2.0], [2, 0.5], [3, 0.1]]]
    assert drawn(errors)[1] == [[1, 20.0], [2, 8.0], [3, 7.0]]
    assert drawn(errors)[0][2] == [3, 0.01]  # a log axis has no place for 0
    assert texts(errors) == ["training digits, on the fly", "held-out digits"]


def test_confusion_writes_every_count_and_names_the_most_frequent_mistake():
    matrix = 90 * np.eye(10, dtype=int)
    matrix[4, 9], matrix[7, 2] = 6, 3
    plots.confusion(matrix)
    ax = plt.gca()
    right = ["90"]
    found = [text for text in texts(ax) if text != "·"]
    assert found == right * 5 + ["6"] + right * 2 + ["3"] + right * 3
    assert ax.get_title(loc="left") == "Most frequent mistake: 4 read as 9, 6 times"


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ({}, "No mistakes"),
        ({(2, 9): 1}, "Most frequent mistake: 2 read as 9, once"),
        (
            {(2, 9): 3, (4, 9): 3, (5, 3): 2},
            "Most frequent mistakes, 3 each: 2 read as 9, 4 read as 9",
        ),
        (
            {(1, 7): 2, (3, 5): 2, (5, 3): 2, (8, 0): 2},
            "Most frequent mistakes, 2 each: \n1 read as 7, 3 read as 5 and 2 more",
        ),
    ],
)
def test_mistakes_that_are_equally_frequent_share_the_title(counts, title):
    wrong = np.zeros((10, 10), dtype=int)
    for place, count in counts.items():
        wrong[place] = count
    assert plots.most_frequent(wrong) == title


def test_mistakes_are_numbered_from_1_and_the_last_row_may_be_short():
    plots.mistakes(np.arange(5 * 32 * 32.0).reshape(5, 1, 32, 32))
    axes = plt.gcf().axes
    assert [texts(ax) for ax in axes] == [["1"], ["2"], ["3"], ["4"], ["5"], [], [], []]
    assert [len(ax.images) for ax in axes] == [1] * 5 + [0] * 3
    assert axes[4].images[0].get_array()[0, 0] == 4 * 32 * 32


def test_a_band_goes_from_the_least_to_the_greatest_around_the_mean():
    _, ax = plt.subplots()
    x, mean = plots.band(ax, [record([4.0, 2.0]), record([8.0, 3.0])], "loss", "blue", "o-")
    assert x.tolist() == [1, 2]
    assert mean.tolist() == [6.0, 2.5]
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (2.0, 8.0)


def test_the_paper_is_drawn_with_all_its_points():
    plots.beside_paper([record(np.linspace(5, 1, 20).tolist())] * 2)
    assert drawn(plt.gca())[0] == [[k, error] for k, error in enumerate(FIG5_TEST_ERROR, 1)]


def test_step_sizes_are_drawn_by_epoch_and_by_what_was_spent():
    plain, fast = [record([9.0, 8.0, 7.0])], [record([6.0, 5.0, 4.0], n_train=20)]
    plots.step_sizes(plain, fast, lambda record, epochs: epochs * record["n_train"])
    above, below = plt.gcf().axes
    assert drawn(above)[2] == [[40, COMMON_NOTEBOOK_TEST_ERROR]]
    assert drawn(below) == [
        [[10, 9.0], [20, 8.0], [30, 7.0]],
        [[20, 6.0], [40, 5.0], [60, 4.0]],
    ]


@pytest.mark.parametrize(
    "draw",
    [
        lambda runs: plots.beside_paper(runs),
        lambda runs: plots.step_sizes(runs, runs, lambda record, epochs: epochs),
    ],
    ids=["beside_paper", "step_sizes"],
)
def test_a_picture_of_runs_has_letters_for_a_phone_and_leaves_the_style_alone(draw):
    draw([record(np.linspace(5, 1, 20).tolist())])
    for ax in plt.gcf().axes:
        letters = [*ax.texts, *ax.get_xticklabels(), ax.xaxis.label, ax.yaxis.label]
        assert min(text.get_fontsize() for text in letters) >= 13
    assert plt.rcParams["font.size"] == SETTINGS["font.size"]


def test_the_loop_names_its_stages_in_order():
    plots.loop()
    assert [text for text in texts(plt.gca()) if text in plots.STAGES] == list(plots.STAGES)
