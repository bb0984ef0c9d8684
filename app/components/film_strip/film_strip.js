// The units of the first ranks. Which of them are switched off is told to the player, which sums without them.

const FRAMES = 16;

function makeStrip(parentElement) {
  const parts = byPart(parentElement);
  const strip = { parts, code: null, rank: 1, pointedAt: [], off: new Set(), alone: false };
  strip.buttons = Array.from({ length: FRAMES }, (_, k) => makeFrame(strip, k));
  parts.frames.replaceChildren(...strip.buttons);
  walkByArrows(parts.frames, () => FRAMES)();
  const show = (alone) => () => {
    strip.alone = alone;
    parts.sums.setAttribute("aria-pressed", String(!alone));
    parts.alone.setAttribute("aria-pressed", String(alone));
    showFrames(strip);
  };
  parts.sums.onclick = show(false);
  parts.alone.onclick = show(true);
  parts.allOn.onclick = () => switchOff(strip, new Set());
  const silences = [
    hear("code", (code) => {
      const otherUnits = strip.code && code.weights !== strip.code.weights;
      strip.code = code;
      if (otherUnits && strip.off.size) switchOff(strip, new Set()); // they were another model's
      else whenIdle(strip, () => showFrames(strip));
    }),
    hear("rank", ({ rank }) => showMarks(Object.assign(strip, { rank }))),
    hear("hover", ({ units }) => showMarks(Object.assign(strip, { pointedAt: units }))),
  ];
  strip.leave = () => {
    for (const silence of silences) silence();
    forget("off", strip.told);
  };
  return strip;
}

function makeFrame(strip, k) {
  const button = document.createElement("button");
  button.dataset.stop = "";
  button.append(document.createElement("canvas"), document.createElement("span"));
  const unit = () => strip.code?.order[k];
  button.onclick = () => {
    const off = new Set(strip.off);
    if (!off.delete(unit())) off.add(unit());
    switchOff(strip, off);
  };
  pointsAt(button, () => [unit()]);
  return button;
}

function switchOff(strip, off) {
  strip.off = off;
  strip.told = { units: off };
  tell("off", strip.told); // the player answers with a new code
}

function showFrames(strip) {
  const { code, buttons, parts, off, alone } = strip;
  if (!code) return;
  const size = code.patchSize;
  buttons.forEach((button, k) => {
    const unit = code.order[k];
    const shown = k < code.active;
    button.hidden = k >= code.order.length;
    button.disabled = !shown;
    if (button.hidden) return;
    const picture = alone ? null : sumOfRanks(code, k + 1, off);
    const start = unit * code.patch.length;
    const outputAt = (i) => signedByte(shown ? code.activations[unit] * code.weights[start + i] : 0);
    paint(button.firstChild, size, size, alone ? outputAt : (i) => plainByte(picture[i]));
    button.lastChild.textContent = shown ? `${k + 1}\nu${unit}` : "–";
    button.dataset.unit = unit;
    button.classList.toggle("off", off.has(unit));
    button.setAttribute("aria-pressed", String(off.has(unit)));
    button.title = shown
      ? `Rank ${k + 1}: unit ${unit}. Press to switch it ${off.has(unit) ? "on" : "off"}.`
      : "No unit is active at this rank";
    button.setAttribute("aria-label", button.title);
  });
  parts.allOn.hidden = off.size === 0;
  parts.words.textContent = off.size
    ? `Off: unit ${[...off].join(", ")}. The rest is summed without; the dotted curve has all.`
    : "Click a picture to switch its unit off.";
  showMarks(strip);
}

function showMarks({ buttons, code, rank, pointedAt }) {
  buttons.forEach((button, k) => {
    button.classList.toggle("current", k + 1 === rank);
    button.classList.toggle("pointed-at", Boolean(code) && pointedAt.includes(code.order[k]));
  });
}

export default function ({ parentElement }) {
  return instanceOf(parentElement, () => makeStrip(parentElement)).leave;
}
