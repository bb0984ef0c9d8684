"""Plain arrays -> plotly figures. Knows neither Streamlit nor torch."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

BLUE = "#2a86c7"
HEIGHT = 250


def activation_histogram(activations: NDArray[np.float32]) -> go.Figure:
    """How many units have which activation for one patch; `activations` is (n_units,) in [0, 1]."""
    edges = np.linspace(0, 1, 41)
    return _histogram(activations, edges, "activation a of a unit (0 = silent, 1 = saturated)", "units")


def pre_activation_histogram(pre_activations: NDArray[np.float32]) -> go.Figure:
    """The same before truncation, negatives included; `pre_activations` is (n_units,)."""
    low, high = float(pre_activations.min()), float(pre_activations.max())
    edges = np.linspace(min(low, 0), max(high, min(low, 0) + 1e-6), 41)
    figure = _histogram(pre_activations, edges, "pre-activation p of a unit (up to 0: stays silent)", "units")
    figure.add_vline(x=0, line_width=1, line_dash="dot")
    return figure


def _histogram(
    values: NDArray[np.float32], edges: NDArray[np.float64], x_title: str, y_title: str
) -> go.Figure:
    counts, edges = np.histogram(values, edges)
    centres = (edges[:-1] + edges[1:]) / 2
    bars = go.Bar(
        x=centres,
        y=counts,
        width=np.diff(edges),
        marker_color=BLUE,
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate="%{y} units from %{customdata[0]:.3f} to %{customdata[1]:.3f}<extra></extra>",
    )
    return go.Figure(
        bars,
        layout={
            "xaxis_title": x_title,
            "yaxis_title": y_title,
            "bargap": 0,
            "height": HEIGHT,
            "margin": {"l": 50, "r": 10, "t": 10, "b": 45},
        },
    )
