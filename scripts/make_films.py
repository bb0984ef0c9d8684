"""Make the moving pictures of the README anew, docs/player.gif and docs/talk.gif, from the app in Chromium.

Usage: python -m scripts.make_films
"""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from scripts.running_app import ROOT, browsed_app

DOCS = ROOT / "docs"
LARGEST_FILM = 2_000_000
WIDTH = 560
QUICK, STILL = 120, 1700
"""Milliseconds of a frame in a movement, and of one to look at."""

Film = list[tuple[Image.Image, int]]


def main() -> None:
    """Make both films."""
    DOCS.mkdir(exist_ok=True)
    expect.set_options(timeout=30_000)
    with browsed_app() as (chromium, url):
        page = chromium.new_page(viewport={"width": 1024, "height": 768}, base_url=url)
        save(player(page), DOCS / "player.gif")
        save(talk(page), DOCS / "talk.gif")


def player(page: Page) -> Film:
    """The rank player going up to rank 40."""
    page.goto("/?embed=true&model=progressive&split=test&image=90&row=11&col=14&k=1")
    shown = page.get_by_test_id("rank-player")
    expect(shown).to_have_attribute("data-rank", "1")
    page.wait_for_load_state("networkidle")
    shown.focus()
    film = [(frame(shown), STILL)]
    for rank in range(2, 41):
        page.keyboard.press("ArrowRight")
        expect(shown).to_have_attribute("data-rank", str(rank))
        film.append((frame(shown), QUICK))
    film[-1] = (film[-1][0], STILL)
    return film


def talk(page: Page) -> Film:
    """Twenty seconds of the talk."""
    page.goto("/talk?model=rank-order&split=test&image=90&row=11&col=14&k=1")
    stage = page.get_by_test_id("talk-beat")
    expect(stage).to_have_attribute("data-beat", "1")
    page.wait_for_load_state("networkidle")
    film: Film = []
    for beat in range(1, 11):
        page.keyboard.press(str(beat % 10))
        expect(stage).to_have_attribute("data-beat", str(beat))
        film.append((frame(stage), STILL))
        name = stage.get_attribute("data-name")
        if name == "ranks":
            for _ in range(15):
                page.keyboard.press("ArrowUp")
                film.append((frame(stage), QUICK))
        elif name == "live":
            film += training(page, stage)
        elif name == "rules":
            page.keyboard.press("ArrowUp")
            film.append((frame(stage), STILL))
    return film


def training(page: Page, stage: Locator) -> Film:
    """The training on stage, from noise to the author's error."""
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-training", "live")
    film: Film = []
    while float(stage.get_attribute("data-training-error") or "inf") > 0.27 and len(film) < 40:
        film.append((frame(stage), QUICK))
        page.wait_for_timeout(350)
    page.keyboard.press("s")
    return film


def frame(shown: Locator) -> Image.Image:
    """What an element looks like now, WIDTH pixels wide."""
    picture = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)


def save(film: Film, path: Path) -> None:
    """An endless GIF; with as many colours as the file has room for."""
    for colours in (256, 128, 64, 32):
        flat = [picture.quantize(colours, dither=Image.Dither.NONE) for picture, _ in film]
        times = [time for _, time in film]
        flat[0].save(path, save_all=True, append_images=flat[1:], duration=times, loop=0, optimize=True)
        if path.stat().st_size < LARGEST_FILM:
            break
    seconds = sum(time for _, time in film) / 1000
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {seconds:.0f} s, {colours} colours")


if __name__ == "__main__":
    main()
