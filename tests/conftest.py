"""What several tests start from."""

import matplotlib.pyplot as plt
import pytest

from lenet_core import recipes
from lenet_core.plots.style import SETTINGS


@pytest.fixture
def kept_figures(monkeypatch):
    """Figures have the style of the book; they open no window, and stay for the test to look at."""
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    with plt.rc_context(SETTINGS):
        yield
    plt.close("all")


@pytest.fixture
def split(monkeypatch):
    """The places that a recipe trains on and is judged by; it fails where a test digit is read."""

    class Unread:
        def __getattr__(self, name):
            pytest.fail("test digits are read")

        __len__ = __getitem__ = __getattr__

    everything = (range(60_000), range(60_000), Unread(), Unread())
    monkeypatch.setattr(recipes, "load_mnist", lambda: everything)

    def places(recipe):
        X, y, X_test, y_test = recipe.load()
        assert X == y
        assert X_test == y_test
        return X, X_test

    return places
