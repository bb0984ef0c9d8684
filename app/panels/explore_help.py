"""Texts of the Explore page: the guided tour, and how to read the page."""

from app.components.tour import Step
from model.config import Coder

INTRODUCTIONS = {
    Coder.RANK_ORDER: "Each of the {units} units answers to the patch with one number, its activation. "
    "Their filters times their activations, summed up with the strongest first, rebuild it: move through the "
    "ranks.",
    Coder.PURSUIT: "Each of the {units} units answers to what is still missing; the one whose filter takes "
    "away most is added to the sum, and the others answer again: move through the ranks.",
}
"""What the page shows, in a sentence for each way to choose units; the number of units is filled in."""

STEPS = [
    Step(
        "choosing",
        "A small piece of a picture",
        "The model sees nothing but the patch in the frame. Click elsewhere in the picture, drag the frame, "
        "or take another picture above it.",
    ),
    Step(
        "playing",
        "Rebuilt one unit after another",
        "The unit that answers most strongly is rank 1. Drag the slider or press Play: with every rank one "
        "more unit's filter, times its activation, is added to the sum.",
    ),
    Step(
        "playing",
        "Few units do most of the work",
        "The blue curve is what is still missing at each rank. It falls steeply, then flattens: the "
        "first units carry the picture. The orange one is the mean over 10,000 test patches.",
    ),
    Step(
        "filters",
        "All that the model has learned",
        "Each square is the filter of one unit. Those that this patch uses are lit and numbered by rank. "
        "Sort them, point at one to see it everywhere, click one to look at it closely.",
    ),
    Step(
        "closely",
        "One unit",
        "Which patches drive it, how often it fires, at which rank, and together with which others. Each "
        "small picture is a link. That is all: change the model on top and compare.",
    ),
]

HOW_TO_READ = """
- **Patch**: a square of {size} x {size} pixels, {inputs} numbers between 0 and 1.
- **Unit and filter**: the model has {units} units. Each has one weight for every number of the patch; seen
  as a picture, these weights are its *filter*.
- **Pre-activation and activation**: a unit multiplies the patch with its filter and takes the mean; that is
  its *pre-activation* p. What lies below 0 or above 1 is cut off; that is its *activation* a. A unit with
  a above 0 is *active*.
- **Rank order**: the active units, the strongest first. Rank k is the place in that order.
- **Pursuit**, units chosen *one after another*: all filters are brought to the same length, every unit
  answers to the residual instead of the patch, and the strongest answer is the next rank, until none takes
  anything away. The same filters then need fewer units for the same error.
- **Reconstruction at rank k**: the sum of the first k units' filters, each times its activation, kept
  between 0 and 1.
- **Residual**: the patch minus the reconstruction, what is *still missing*. The **error** is its length: the
  square root of the sum of its squares. **PSNR** says the same in decibels: 20 dB more is a tenth of
  the error.
- **Unit removes**: by how much this one unit shortened the error, as a share of the patch's own length.
- **Dead unit**: one that none of the 10,000 test patches makes active.
"""
