// The inbox page: keys, where the focus goes when a line goes, and word of what arrived while it was open.
(() => {
  "use strict";
  const list = () => document.getElementById("inbox");
  const lines = () => [...document.querySelectorAll("[data-line]")];
  const lineNow = () => document.activeElement?.closest("[data-line]");

  const move = (by) => {
    const all = lines(), at = all.indexOf(lineNow());
    all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  };
  // Enter on a control is that control's; on the line itself it follows the line.
  const keys = {
    j: () => move(1),
    k: () => move(lineNow() ? -1 : 1),
    e: () => lineNow()?.querySelector("[data-archive]")?.click(),
    Enter: () => (document.activeElement === lineNow() ? lineNow().querySelector("[data-open]")?.click() : null),
  };
  document.addEventListener("keydown", (event) => {
    const off = document.documentElement.dataset.shortcuts === "off" && event.key !== "Enter";
    if (off || event.ctrlKey || event.metaKey || event.altKey || document.getElementById("modal").open) return;
    if (event.target.matches("textarea, select, input, [contenteditable]") || !keys[event.key]) return;
    if (event.key === "Enter" && document.activeElement !== lineNow()) return;
    keys[event.key]();
    event.preventDefault();
  });

  // What is put away leaves its place to the next line, and the focus with it.
  let held = -1;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === list()) held = lines().indexOf(lineNow());
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (held < 0) return;
    const all = lines();
    if (!document.activeElement || document.activeElement === document.body) all[Math.min(held, all.length - 1)]?.focus({ preventScroll: true });
    held = -1;
  });

  // A link to another site is followed by the browser; that it was followed is told beside.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    const read = link?.closest("[data-line]").querySelector('[formaction$="/read/"]');
    if (!read) return;
    const token = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(read.getAttribute("formaction"), { method: "POST", headers: token, keepalive: true });
  });

  document.addEventListener("inbox:changed", (event) => {
    const shown = Number(list()?.dataset.newest || 0);
    const fresh = list()?.querySelector(".inbox__fresh");
    if (fresh && shown && (event.detail.newest?.id || 0) > shown) fresh.hidden = false;
    if (fresh && !lines().length && event.detail.unseen) fresh.hidden = false;
  });
})();
