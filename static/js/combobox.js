// The search box as a combobox: htmx fetches the suggestions, this file moves through them.
(() => {
  "use strict";
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  if (!box || !list) return;
  const options = () => [...list.querySelectorAll('[role="option"]')];
  let at = -1;

  const mark = (index) => {
    const all = options();
    at = all.length ? (index + all.length) % all.length : -1;
    all.forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
    if (at < 0) { box.removeAttribute("aria-activedescendant"); return; }
    all[at].id ||= `suggestion-${at}`;
    box.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const show = (open) => {
    list.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
    if (!open) { at = -1; box.removeAttribute("aria-activedescendant"); }
  };
  const open = (option) => (option.matches("a") ? option : option.querySelector("a"))?.click();

  list.addEventListener("htmx:afterSwap", () => {
    at = -1;
    options().forEach((one, number) => { one.id ||= `suggestion-${number}`; one.tabIndex = -1; });
    show(options().length > 0 && box.value.trim().length > 1 && document.activeElement === box);
  });
  box.addEventListener("htmx:configRequest", (event) => { if (box.value.trim().length < 2) event.preventDefault(); });
  box.addEventListener("input", () => { if (box.value.trim().length < 2) { list.replaceChildren(); show(false); } });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options().length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (list.hidden) show(true);
      mark(at < 0 && step < 0 ? -1 : at + step);
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      open(options()[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  box.addEventListener("blur", () => show(false));
  box.addEventListener("focus", () => { if (options().length) show(true); });
})();
