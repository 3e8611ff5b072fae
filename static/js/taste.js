// The taste panel: sliders say their place in words, their buttons move them, and the panel stays open while somebody tunes.
(() => {
  "use strict";
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  const describe = (range) => {
    const words = range.dataset.words.split("|");
    const word = words[Math.floor(range.valueAsNumber * (words.length - 1) + 0.5)];
    range.setAttribute("aria-valuetext", `${word} (${percent.format(range.valueAsNumber)})`);
    const line = range.closest(".slide");
    line.querySelector(".slide__now").textContent = word;
    // A button that is off loses the focus, so at the ends it only says that it does nothing.
    line.querySelectorAll("[data-slide]").forEach((button) => {
      button.setAttribute("aria-disabled", String(range.value === (button.dataset.slide < 0 ? range.min : range.max)));
    });
  };
  const describeAll = () => document.querySelectorAll(".slide__range").forEach(describe);

  document.addEventListener("input", (event) => { if (event.target.matches(".slide__range")) describe(event.target); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-slide]");
    if (!button) return;
    event.preventDefault();
    const range = button.closest(".slide").querySelector(".slide__range"), before = range.value;
    if (button.dataset.slide < 0) range.stepDown(); else range.stepUp();
    if (range.value === before) return;
    range.dispatchEvent(new Event("input", { bubbles: true }));
    range.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // htmx sends along the button that has the focus or was pressed last, also when it was not this time.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "taste-form" || event.detail.triggeringEvent?.type === "submit") return;
    ["step", "reset", "apply"].forEach((name) => event.detail.formData.delete(name));
  });
  document.addEventListener("htmx:afterSettle", describeAll);

  const panel = document.getElementById("taste");
  panel?.addEventListener("toggle", () => {
    document.cookie = `taste=${panel.open ? "open" : ""}; path=/; SameSite=Lax${panel.open ? "" : "; max-age=0"}`;
  });
  describeAll();
})();
