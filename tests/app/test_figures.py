import numpy as np

from app.figures import activation_histogram, pre_activation_histogram


def test_the_activation_histogram_counts_every_unit_in_its_bin() -> None:
    figure = activation_histogram(np.array([0, 0, 0.01, 0.5, 1.0], np.float32))
    counts = np.asarray(figure.data[0].y)
    assert counts.sum() == 5
    assert counts[0] == 3  # [0, 0.025)
    assert counts[20] == 1  # [0.5, 0.525)
    assert counts[-1] == 1  # the last bin holds 1.0 too


def test_the_pre_activation_histogram_reaches_from_the_lowest_to_the_highest_value() -> None:
    figure = pre_activation_histogram(np.array([-0.4, 0.0, 1.6], np.float32))
    edges = np.asarray(figure.data[0].customdata)
    assert np.isclose(edges[0, 0], -0.4)
    assert np.isclose(edges[-1, 1], 1.6)
    assert np.asarray(figure.data[0].y).sum() == 3


def test_equal_pre_activations_make_a_histogram_too() -> None:
    figure = pre_activation_histogram(np.zeros(4, np.float32))
    assert np.asarray(figure.data[0].y).sum() == 4


def test_axes_say_what_they_show() -> None:
    for figure in (
        activation_histogram(np.zeros(2, np.float32)),
        pre_activation_histogram(np.ones(2, np.float32)),
    ):
        assert "activation" in figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text == "units"
