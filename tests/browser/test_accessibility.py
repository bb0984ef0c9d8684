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
    "address", ["/", "/train", "/image", "/talk?beat=3"], ids=["explore", "train", "image", "talk"]
)
def test_no_page_has_a_serious_violation(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    shown = page.locator("[data-testid=rank-player], [data-testid=loss-chart], [data-testid=talk-beat]")
    expect(shown.first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert serious(page) == []
