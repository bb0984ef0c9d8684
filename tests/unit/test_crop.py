import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.pictures.crop import crop_around


@given(st.data(), st.integers(7, 60), st.integers(7, 60), st.integers(7, 30))
def test_the_patch_is_the_same_and_the_picture_no_larger_than_asked(
    data: st.DataObject, height: int, width: int, longest: int
) -> None:
    row, col = data.draw(st.integers(0, height - 7)), data.draw(st.integers(0, width - 7))
    picture = np.arange(height * width * 3, dtype=np.uint32).astype(np.uint8).reshape(height, width, 3)
    part, new_row, new_col = crop_around(picture, row, col, 7, longest)
    assert part.shape[:2] == (min(height, longest), min(width, longest))
    patch = picture[row : row + 7, col : col + 7]
    np.testing.assert_array_equal(part[new_row : new_row + 7, new_col : new_col + 7], patch)
