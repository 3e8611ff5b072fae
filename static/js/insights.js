// Staff pages: time series drawn by uPlot from the numbers in the page, and live numbers that can be paused.
(() => {
  "use strict";
  const DASHES = [[], [8, 4], [2, 3], [12, 4, 2, 4], [5, 3]];
  const INKS = ["--accent", "--focus", "--good", "--star", "--muted"];
  const HEIGHT = 260;
  const WHOLE = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((power) => [1, 2, 5].map((one) => one * 10 ** power));
  const plots = new Map();

  // A token may hold light-dark(): the browser says which of the two it is.
  const colour = (token, place) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${token})`;
    place.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const axis = (place, more) => ({
    stroke: colour("--muted", place),
    grid: { stroke: colour("--line", place), width: 1 },
    ticks: { stroke: colour("--line", place), width: 1 },
    font: `12px ${getComputedStyle(place).fontFamily}`,
    ...more,
  });

  const draw = (place) => {
    const data = JSON.parse(document.getElementById(place.dataset.plot).textContent);
    const locale = document.documentElement.lang;
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const share = data.series.every((one) => one.share);
    const text = (value, isShare) => (value === null || value === undefined ? "–" : number.format(value) + (isShare ? "\u00a0%" : ""));
    plots.get(place)?.destroy();
    const options = {
      width: Math.max(place.clientWidth - 24, 200),
      height: HEIGHT,
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
      axes: [
        axis(place, { incrs: [1, 2, 7, 14, 28, 56], space: 104, values: (_plot, marks) => marks.map((at) => data.labels[at] ?? "") }),
        axis(place, { size: 56, ...(share ? {} : { incrs: WHOLE }), values: (_plot, marks) => marks.map((value) => text(value, share)) }),
      ],
      series: [
        { label: data.place, value: (_plot, at) => data.labels[at] ?? "–" },
        ...data.series.map((one, at) => ({
          label: one.label,
          stroke: colour(INKS[at % INKS.length], place),
          dash: DASHES[at % DASHES.length],
          width: 2,
          points: { show: data.labels.length < 15 },
          value: (_plot, value) => text(value, one.share),
        })),
      ],
    };
    plots.set(place, new window.uPlot(options, [data.labels.map((_label, at) => at), ...data.series.map((one) => one.values)], place));
  };

  const drawAll = () => document.querySelectorAll("[data-plot]").forEach(draw);
  let due = 0;
  const drawSoon = () => { cancelAnimationFrame(due); due = requestAnimationFrame(drawAll); };

  let paused = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-live-pause]");
    if (!button) return;
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
  });
  // Not while they are paused, out of sight, or somebody is using them.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const live = event.target;
    if (!live.matches?.("[data-live]")) return;
    if (paused || document.hidden || live.contains(document.activeElement)) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!window.uPlot || !document.querySelector("[data-plot]")) return;
    drawAll();
    window.addEventListener("resize", drawSoon);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSoon);
    new MutationObserver(drawSoon).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  });
})();
