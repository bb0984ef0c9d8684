// The card stays in its corner; the part of the page that it speaks of is framed and scrolled into view.

const SEEN = "rankscope-tour-seen";

const areaOf = (step) => document.querySelector(`.st-key-${step.area}`);

function frameArea(tour, area) {
  if (tour.framed) Object.assign(tour.framed.style, { outline: "", outlineOffset: "", borderRadius: "" });
  tour.framed = area;
  if (!area) return;
  const colour = getComputedStyle(tour.parts.root).getPropertyValue("--st-primary-color");
  Object.assign(area.style, { outline: `3px solid ${colour}`, outlineOffset: "6px", borderRadius: "6px" });
  area.scrollIntoView({ block: "center", behavior: "instant" });
}

function go(tour, at) {
  const { parts, steps } = tour;
  if (at < 0 || at >= steps.length) return end(tour);
  tour.at = at;
  parts.offer.hidden = true;
  parts.card.hidden = false;
  parts.title.textContent = steps[at].title;
  parts.text.textContent = steps[at].text;
  parts.place.textContent = `${at + 1} of ${steps.length}`;
  parts.back.disabled = at === 0;
  parts.next.textContent = at === steps.length - 1 ? "Done" : "Next";
  parts.root.dataset.step = at + 1;
  frameArea(tour, areaOf(steps[at]));
  parts.next.focus({ preventScroll: true });
}

function end(tour) {
  const { parts } = tour;
  remember("localStorage", SEEN, "yes");
  frameArea(tour, null);
  delete parts.root.dataset.step;
  parts.card.hidden = true;
  showOffer(tour);
}

function showOffer({ parts }) {
  const seen = remembered("localStorage", SEEN) !== null;
  parts.offer.hidden = false;
  parts.invitation.hidden = seen;
  parts.skip.hidden = seen;
  parts.begin.textContent = seen ? "Tour of this page" : "Take the tour";
}

function makeTour(parentElement) {
  const tour = { parts: byPart(parentElement), steps: [], at: 0, framed: null };
  const { parts } = tour;
  parts.begin.onclick = () => go(tour, 0);
  parts.skip.onclick = () => end(tour);
  parts.end.onclick = () => end(tour);
  parts.back.onclick = () => go(tour, tour.at - 1);
  parts.next.onclick = () => go(tour, tour.at + 1);
  parts.card.onkeydown = (event) => {
    const keys = {
      Escape: () => end(tour),
      ArrowRight: () => go(tour, tour.at + 1),
      ArrowLeft: () => tour.at && go(tour, tour.at - 1),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };
  showOffer(tour);
  return tour;
}

export default function ({ data: bytes, parentElement }) {
  const tour = instanceOf(parentElement, () => makeTour(parentElement));
  tour.steps = unpack(bytes).steps;
  return () => frameArea(tour, null);
}
