"""Paper: the nine figures of the paper, from the model that is chosen on top."""

import streamlit as st

from app.components.patch_picker import patch_picker
from app.panels.model_picker import model_switch
from app.panels.picture_picker import chosen_picture, picture_chooser
from app.paper.figure_panel import figure_format, paper_figure_panel
from app.paper.report_button import report_button
from app.paper.subject import history_of, subject_of
from app.services.reference_run import reference_run
from app.state import selection
from model.data.pictures import as_patches
from model.report.against_author import beside_author_in_words
from model.report.figures import author_table
from model.report.findings import figures_with_findings

INTRODUCTION = (
    "P. Bertens shows his method, [Rank Ordered Autoencoders](https://arxiv.org/abs/1605.01749) (2016), in "
    "nine figures. Here they are in his order, from the model chosen above and the patch chosen below, each "
    "with what is to be expected after the paper and what this model has."
)
MEASURED_ON = (
    "Errors on 10,000 random patches of the bundled test pictures; the author's are of his own record."
)
SIZES_DIFFER = (
    "The author's model has 169 units and patches of 7 x 7 pixels; errors of another size can't be set "
    "beside his."
)

model = model_switch()
size = model.checkpoint.config.patch_size
picture = chosen_picture(size)
height, width, _ = picture.pixels.shape
row, col = selection.chosen_place(height, width, size, picture.scope)
patch = as_patches(picture.pixels[None, row : row + size, col : col + size])[0]
subject, author = subject_of(model, history_of(model), patch), reference_run()

st.markdown(INTRODUCTION)
choosing, beside = st.columns([1, 2.3], gap="medium")
with choosing:
    picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: selection.choose(picture.scope, row=row, col=col),
        key="paper-patch",
    )
with beside:
    st.subheader("This model beside the author's", anchor=False)
    table = author_table(subject, author)
    if table:
        st.caption(MEASURED_ON)
        st.table(
            {
                "": [name for name, *_ in table],
                "author": [f"{theirs:,.3f}" for _, theirs, _, _ in table],
                "this model": [f"{ours:,.3f}" for _, _, ours, _ in table],
                "difference": [f"{percent:+.1f} %" for *_, percent in table],
            }
        )
        st.markdown(beside_author_in_words(table)[0])
    else:
        st.caption(SIZES_DIFFER)
    report_button(subject, author)

camera = figure_format()
for number, (finding, shape) in enumerate(figures_with_findings(subject, author), 1):
    if number % 2:  # a row for every two, so that they are in order on a phone too
        left, right = st.columns(2, gap="large")
    with left if number % 2 else right:
        paper_figure_panel(number, finding, shape, camera)
