// What is shown beside the picture besides the residual: numbers of units as colours, and how often each occurs.

// Dark blue over grey to yellow: its lightness tells the order, with any colour vision.
const SCALE = [
  [0, 32, 77],
  [64, 77, 108],
  [124, 123, 120],
  [187, 175, 110],
  [255, 234, 70],
];
const SCALE_CSS = `linear-gradient(90deg, ${SCALE.map((colour) => `rgb(${colour.join(" ")})`).join(", ")})`;

function scaleColour(share) {
  const place = clamp(share, 0, 1) * (SCALE.length - 1);
  const low = Math.min(Math.floor(place), SCALE.length - 2);
  const [r, g, b] = SCALE[low].map((from, i) =>
    Math.round(from + (place - low) * (SCALE[low + 1][i] - from)),
  );
  return 0xff000000 | (b << 16) | (g << 8) | r;
}

// Stripes where a bound is never reached, the dimmed picture where a unit is silent.
const isStripe = (row, col, width) => (row + col) % (2 * width) < width;

// Fill 32-bit `pixels` with the value of each tile: `valueOf(tile)` from 0 to `most`; negative for never; null for
// silent.
function paintMap({ picture, height, width, patchSize }, { down, across, own }, pixels, valueOf, most) {
  const ends = (starts, covered, length) => starts.map((_, i) => starts[i + 1] + covered[i + 1] || length);
  const [bottoms, rights] = [ends(down, own.down, height), ends(across, own.across, width)];
  const stripe = Math.max(1, Math.round(patchSize / 3));
  down.forEach((top, d) => {
    across.forEach((left, a) => {
      const value = valueOf(d * across.length + a);
      const colour = value === null || value < 0 ? 0 : scaleColour(value / (most || 1));
      for (let row = top + own.down[d]; row < bottoms[d]; row++) {
        for (let col = left + own.across[a]; col < rights[a]; col++) {
          const at = row * width + col;
          if (value === null) {
            const grey = Math.round((picture[3 * at] + picture[3 * at + 1] + picture[3 * at + 2]) / 9);
            pixels[at] = 0xff000000 | (grey * 0x10101);
          } else if (value < 0) pixels[at] = isStripe(row, col, stripe) ? 0xff000000 : 0xffffffff;
          else pixels[at] = colour;
        }
      }
    });
  });
}

function showLegend(legend, low, high, extra) {
  const bar = document.createElement("i");
  bar.style.background = SCALE_CSS;
  legend.replaceChildren(String(low), bar, high, ...(extra ? [document.createElement("br"), extra] : []));
}

// How many tiles have each value from 0 up; a map's histogram.
function showHistogram(svg, values, most, words) {
  const bars = Math.min(most + 1, 85);
  const step = Math.ceil((most + 1) / bars);
  const counts = new Float64Array(Math.ceil((most + 1) / step));
  for (const value of values) if (value >= 0) counts[Math.floor(value / step)] += 1;
  const drawn = drawBars(svg, counts, {
    xMin: 0,
    xMax: counts.length * step,
    yMax: Math.max(1, ...counts) * 1.05,
    xLabel: words,
    yLabel: "patches",
  });
  drawn.forEach((bar, i) =>
    describe(bar, `${counts[i]} patches: ${words} ${i * step}${step > 1 ? ` to ${(i + 1) * step - 1}` : ""}`),
  );
}

// One button a unit, with its filter.
function layOutFilters(group, { weights, patchSize }, choose) {
  const units = weights.length / (3 * patchSize ** 2);
  const buttons = Array.from({ length: units }, (_, unit) => {
    const button = document.createElement("button");
    Object.assign(button.dataset, { unit, stop: "" });
    button.title = `Unit ${unit}`;
    button.setAttribute("aria-label", button.title);
    paintFilter(button.appendChild(document.createElement("canvas")), weights, unit, patchSize);
    button.onclick = () => choose(unit);
    return button;
  });
  group.replaceChildren(...buttons);
}
