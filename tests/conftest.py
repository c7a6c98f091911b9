"""What several tests start from."""

import matplotlib.pyplot as plt
import pytest

from lenet_core.plots.style import SETTINGS


@pytest.fixture
def kept_figures(monkeypatch):
    """Figures have the style of the book; they open no window, and stay for the test to look at."""
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    with plt.rc_context(SETTINGS):
        yield
    plt.close("all")
