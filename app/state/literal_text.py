"""Untrusted text in Markdown: names of files, titles of runs, values of links are shown letter for letter."""

import re

# What Streamlit replaces in text after parsing, where a backslash has no effect: emoji shortcodes, addresses,
# arrows and other signs between spaces.
_REPLACED_AFTER_PARSING = re.compile(
    r""":(?=[^:\s]*[A-Za-z]|100:|1234:|[+-]1:)[\w+-]+:
    |@|www\.|://
    |(?:^|\s)(?:<->|->|<-|--|>=|<=|~=)(?=\s|$)""",
    re.VERBOSE,
)
_FIRST_IN_LINE = re.compile(r"^(\s*)(?:([-+=>#])|(\d+)([.)]))")
_SPECIAL = re.compile(r"([\\`*\[\]<$~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=[A-Za-z]))")


def literal(text: str) -> str:
    """Markdown that Streamlit shows as exactly `text`, on one line, wherever it accepts Markdown.

    Characters with a meaning are escaped. Text with something that Streamlit replaces in spite of that
    becomes inline code.
    """
    line = " ".join(text.split())
    if _REPLACED_AFTER_PARSING.search(line):
        return as_code(line)
    escaped = _SPECIAL.sub(r"\\\1", line).replace(":material/", ":material&#47;")
    return _FIRST_IN_LINE.sub(_escape_first, escaped)


def _escape_first(found: re.Match[str]) -> str:
    space, sign, number, dot = found.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{dot}"


def as_code(text: str) -> str:
    """Markdown's inline code that shows exactly `text`, on one line."""
    line = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    padding = " " if line.startswith(("`", " ")) or line.endswith(("`", " ")) else ""
    return f"{fence}{padding}{line}{padding}{fence}"
