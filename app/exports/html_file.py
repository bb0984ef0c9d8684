"""What the HTML files to take away have in common: a page without a server, which may request nothing."""

import base64
import html

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; {more}">
<title>{title}</title>
<style>
:root {{
  color-scheme: light dark; --st-font: system-ui, sans-serif;
  --st-text-color: #0c1218; --st-background-color: #ffffff;
  --st-secondary-background-color: #f0f3f6; --st-primary-color: #005f9e;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --st-text-color: #e8edf2; --st-background-color: #11161c;
    --st-secondary-background-color: #1d252e; --st-primary-color: #3f9bdc;
  }}
}}
{css}
</style>
</head>
<body>
{body}
<script type="module">
{script}
</script>
</body>
</html>
"""


def html_file(title: str, css: str, body: str, script: str, *, workers: bool = False) -> bytes:
    """A page that has all it needs in itself.

    Args:
        title: of the page, any text.
        css: its style, beside the colours that components expect of Streamlit.
        body: HTML.
        script: an ES module without imports, as `app.components.modules.linked` makes one.
        workers: whether the script starts workers, from blobs of its own.

    Raises:
        ValueError: the script has text that would end its element.
    """
    if "</script" in script.lower():
        raise ValueError("A module's text would end the script.")
    policy = "img-src data: blob:" + ("; worker-src blob:" if workers else "")
    page = _PAGE.format(title=html.escape(title), css=css, body=body, script=script, more=policy)
    return page.encode()


def bytes_in_script(content: bytes) -> str:
    """A JavaScript expression for some bytes, a Uint8Array; a third longer than they are."""
    return f'Uint8Array.from(atob("{base64.b64encode(content).decode()}"), (letter) => letter.charCodeAt(0))'
