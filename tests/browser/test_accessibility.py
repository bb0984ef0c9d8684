"""axe-core looks at every page, in both themes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical, one line for each element."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    ["/", "/train", "/image", "/compare?models=progressive,pca,topk-sae", "/paper", "/talk?beat=3"],
    ids=["explore", "train", "image", "compare", "paper", "talk"],
)
def test_no_page_has_a_serious_violation(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    parts = ("rank-player", "loss-chart", "compare-board", "paper-figure", "talk-beat")
    shown = page.locator(", ".join(f"[data-testid={part}]" for part in parts))
    expect(shown.first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert serious(page) == []
