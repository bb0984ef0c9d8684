import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state.literal_text import as_code, literal


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("own.png", "own.png"),
        ("recorded_training.safetensors", "recorded_training.safetensors"),
        ("2026-01-01 10:11:12, rank-order", "2026-01-01 10:11:12, rank-order"),
        ("__init__.png", r"\_\_init\_\_.png"),
        (":red[hot].png", r"\:red\[hot\].png"),
        ("![i](x).png", r"!\[i\](x).png"),
        ("# heading.png", r"\# heading.png"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("> quote", r"\> quote"),
        ("<b>", r"\<b>"),
        ("$x$", r"\$x\$"),
        ("a\\b", r"a\\b"),
        ("&lt;", r"\&lt;"),
        (":material/search:", r"\:material&#47;search:"),
        ("two\n\n# lines", "two # lines"),
        (":smile:", "`:smile:`"),
        ("www.example.org", "`www.example.org`"),
        ("me@example.org", "`me@example.org`"),
        ("a -> b", "`a -> b`"),
        ("www.`x`", "`` www.`x` ``"),
    ],
)
def test_characters_with_a_meaning_are_escaped(text: str, markdown: str) -> None:
    assert literal(text) == markdown


@given(st.text(alphabet=st.sampled_from("a1_*`[]()<>:#-+.!$~&\\ /"), max_size=30))
def test_without_its_backslashes_the_markdown_is_the_text(text: str) -> None:
    markdown = literal(text)
    if markdown.startswith("`"):
        fence = re.match("`+", markdown)
        assert fence
        content = markdown[len(fence[0]) : -len(fence[0])]
        assert content.strip() == " ".join(text.split())
    else:
        assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown) == " ".join(text.split())


@given(st.text(alphabet=st.sampled_from("a`"), min_size=1, max_size=10))
def test_the_fence_of_inline_code_is_longer_than_any_run_of_backticks_in_it(text: str) -> None:
    fence = re.match("`+", as_code(text))
    assert fence
    assert fence[0] not in as_code(text)[len(fence[0]) : -len(fence[0])]
