"""The report as one HTML file that opens offline and requests nothing."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from model import __version__
from model.report.drawing import as_svg
from model.report.findings import Finding
from model.report.shapes import Shape, Tiles

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
body { color: #0c1218; background: #fff }
figure { margin: 0 0 1rem } svg { width: 100%; height: auto } h2 { margin-top: 2.5rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1.5rem 0 }
caption { text-align: left; color: #444 }
td, th { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #d5dbe1 }
td:first-child, th:first-child { text-align: left } .yes { color: #00613d } .no { color: #a33c00 }
@media (max-width: 500px) { td, th { padding-right: .4rem; font-size: .85rem } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_VERDICTS = {
    True: '<strong class="yes">As expected.</strong>',
    False: '<strong class="no">Not as expected.</strong>',
    None: "",
}


class Table(NamedTuple):
    """A table.

    Attributes:
        caption: a sentence.
        header: of the columns.
        rows: numbers are shown with three decimals.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


def report_html(
    title: str,
    paragraphs: Sequence[str],
    tables: Sequence[Table],
    figures: Sequence[tuple[Finding, Shape | None]],
) -> str:
    """Write the report.

    Args:
        title: its heading.
        paragraphs: what stands below that.
        tables: after them.
        figures: in the paper's order, each with what it says of the model.
    """
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(text)}</p>" for text in paragraphs)]
    body += [_table(table) for table in tables]
    for number, (finding, shape) in enumerate(figures, 1):
        body += [f"<h2>{number}. {escape(finding.title)}</h2>", f"<p>{escape(finding.shows)}</p>"]
        if shape is not None:
            body.append(
                f'<figure data-figure="{number}">{as_svg(shape, finding.title)}{_caption(shape)}</figure>'
            )
        texts = f"{escape(finding.expected)} {escape(finding.found)} {_VERDICTS[finding.agrees]}"
        body.append(f"<p>{texts}</p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        + "\n".join(body)
        + f"<p><small>Made by Rankscope {escape(__version__)}.</small></p></body></html>\n"
    )


def beside_author(rows: Sequence[tuple[str, float, float, float]], here: str) -> Table:
    """The table of a model beside the author's.

    Args:
        rows: from `figures.author_table`.
        here: what to call the model.
    """
    signed = [(name, theirs, ours, f"{percent:+.1f} %") for name, theirs, ours, percent in rows]
    return Table("This model beside the author's own record.", ("", "author", here, "difference"), signed)


def _caption(shape: Shape) -> str:
    told = shape.names_in_words() if isinstance(shape, Tiles) else ""
    return f"<figcaption>{escape(told)}</figcaption>" if told else ""


def _table(table: Table) -> str:
    header = "".join(f"<th>{escape(text)}</th>" for text in table.header)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_in_words(value))}</td>' for value in row)}</tr>" for row in table.rows
    )
    return f"<table><caption>{escape(table.caption)}</caption><tr>{header}</tr>{rows}</table>"


def _in_words(value: object) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else str(value)
