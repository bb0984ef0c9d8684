"""Draw assets/icon.png: errors that fall from rank to rank. Usage: python -m scripts.make_icon."""

from pathlib import Path

from PIL import Image, ImageDraw

SIZE, BAR, GAP = 64, 11, 4
HEIGHTS = (56, 32, 19, 11)
COLOURS = ("#d55e00", "#005f9e", "#3f9bdc", "#9ccbee")


def main() -> None:
    """Four bars, each lower than the one before, on a transparent ground."""
    icon = Image.new("RGBA", (SIZE, SIZE))
    draw = ImageDraw.Draw(icon)
    for i, (height, colour) in enumerate(zip(HEIGHTS, COLOURS, strict=True)):
        left = 4 + i * (BAR + GAP)
        draw.rectangle((left, 60 - height, left + BAR - 1, 59), fill=colour)
    icon.save(Path(__file__).parent.parent / "assets" / "icon.png", optimize=True)


if __name__ == "__main__":
    main()
