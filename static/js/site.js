// What every page gains with JavaScript. Without it all of this is links, forms and buttons that send themselves.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.remove("no-js");
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const toasts = () => document.getElementById("toasts");

  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=31536000; SameSite=Lax${secure}`;
  };
  // The browser's zone, until somebody chooses one in the settings.
  if (!/(^|; )timezone=/.test(document.cookie)) remember("timezone", Intl.DateTimeFormat().resolvedOptions().timeZone);

  // Where a pick stood has been counted; the address is the film's again, to keep or to send to somebody.
  const address = new URL(location.href);
  if (address.searchParams.has("pick")) {
    address.searchParams.delete("pick");
    history.replaceState(history.state, "", address);
  }

  // Toasts: gone after eight seconds, but not while somebody reads or uses one.
  const live = (toast) => {
    if (toast.dataset.live) return;
    toast.dataset.live = "1";
    let timer;
    const wait = () => { clearTimeout(timer); timer = setTimeout(() => toast.remove(), 8000); };
    const hold = () => clearTimeout(timer);
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("pointerleave", wait);
    toast.addEventListener("focusout", wait);
    wait();
  };
  const say = (text) => {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.textContent = text;
    toasts().append(toast);
  };
  const watchToasts = () => {
    new MutationObserver(() => {
      // Of several about one thing only the newest holds: its way back leads to the state before.
      const about = $$(".toast", toasts()).at(-1)?.dataset.about;
      if (about) $$(`.toast[data-about="${about}"]`, toasts()).slice(0, -1).forEach((old) => old.remove());
      const shown = $$(".toast", toasts());
      shown.slice(0, -3).forEach((old) => old.remove());
      shown.slice(-3).forEach(live);
    }).observe(toasts(), { childList: true, subtree: true });
  };

  // Rows: the two buttons scroll most of a view and are off at the ends; a swap keeps the place.
  // All lists are measured before any button is written: in turns, the browser would lay the page out for each.
  const measure = (list) => ({ list, at: Math.abs(list.scrollLeft), most: list.scrollWidth - list.clientWidth - 2 });
  const ends = ({ list, at, most }) => {
    const row = list.closest(".row");
    const [back, on] = ["back", "on"].map((way) => row?.querySelector(`[data-row-move="${way}"]`));
    if (!back || !on) return;
    back.disabled = at <= 2;
    on.disabled = at >= most;
    back.hidden = on.hidden = most <= 0;
  };
  const places = new Map();
  const setUpRows = () => {
    const lists = $$(".row__list");
    for (const list of lists) {
      if (list.dataset.ready) continue;
      list.dataset.ready = "1";
      list.addEventListener("scroll", () => ends(measure(list)), { passive: true });
      if (list.id && places.get(list.id)) list.scrollTo({ left: places.get(list.id), behavior: "instant" });
    }
    lists.map(measure).forEach(ends);
  };
  // A swap of many pieces tells of each of them; the rows are set up once, before the next picture.
  let due = 0;
  const setUpRowsSoon = () => { due ||= requestAnimationFrame(() => { due = 0; setUpRows(); }); };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-move]");
    if (!button) return;
    const list = button.closest(".row").querySelector(".row__list");
    const way = (button.dataset.rowMove === "on" ? 1 : -1) * (getComputedStyle(list).direction === "rtl" ? -1 : 1);
    list.scrollBy({ left: way * list.clientWidth * 0.85 });
  });

  // Stars fill while the thumb moves.
  document.addEventListener("input", (event) => {
    if (event.target.matches(".stars")) event.target.dataset.value = Number(event.target.value).toFixed(1);
  });

  // One menu at a time; Escape or a click elsewhere closes it.
  const closeMenus = (but) => $$("details.menu[open]").forEach((menu) => { if (menu !== but) menu.open = false; });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.menu") && event.target.open) closeMenus(event.target);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open], details.sheet[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); } else closeMenus();
  });

  // Theme: at once, and remembered for the server.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-toggle]");
    if (!button) return;
    event.preventDefault();
    const chosen = button.value;
    root.dataset.theme = chosen;
    remember("theme", chosen);
    // The browser's own frame follows: one colour is left, and it is the chosen theme's.
    $$("meta[name=theme-color]").slice(1).forEach((one) => one.remove());
    const frame = document.querySelector("meta[name=theme-color]");
    frame.removeAttribute("media");
    frame.content = chosen === "dark" ? "#1c182b" : "#ffffff";
    const other = $$("[data-theme-toggle]").find((one) => one !== button);
    if (document.activeElement === button || document.activeElement === document.body) other?.focus();
  });

  // Dialog: opens when something is swapped into it, gives the focus back when it closes.
  let opener = null;
  const modal = () => document.getElementById("modal");
  // The dialog is called what its heading says.
  const open = () => {
    const heading = modal().querySelector("h2")?.textContent;
    if (heading) modal().setAttribute("aria-label", heading.trim());
    modal().showModal();
  };
  const watchModal = () => {
    modal().addEventListener("close", () => { modal().replaceChildren(); opener?.focus(); opener = null; });
    modal().addEventListener("click", (event) => {
      if (event.target === modal() || event.target.closest("[data-close]")) modal().close();
    });
  };

  // htmx: keep the focus on the same control of a card that was replaced, and say when the site cannot be reached.
  let held = null;
  // Which control of a card this is, in words that hold for every film.
  const controlOf = (element) => !element ? null : element.matches(".stars") ? "stars"
    : (element.getAttribute("formaction") || element.tagName).replace(/^.*\/film\/[^/]*/, "");
  const inCard = (card, control) => $$("a, button, input, summary", card).find((one) => controlOf(one) === control);
  document.addEventListener("htmx:beforeSwap", () => {
    $$(".row__list[id]").forEach((list) => places.set(list.id, list.scrollLeft));
    const card = document.activeElement?.closest(".card");
    const place = card?.closest("li");
    held = card ? { id: card.id, control: controlOf(document.activeElement), list: place?.parentElement.id, at: place ? [...place.parentElement.children].indexOf(place) : 0 } : null;
  });
  document.addEventListener("htmx:afterSwap", setUpRowsSoon);
  document.addEventListener("htmx:afterSettle", (event) => {
    setUpRowsSoon();
    if (event.detail.target === modal() && modal().childElementCount && !modal().open) {
      opener = document.activeElement;
      open();
    }
    if (!held) return;
    const lost = !document.activeElement || document.activeElement === document.body || !document.activeElement.isConnected;
    // Where the card went, the film that took its place gets the focus.
    const successor = held.list && [...document.getElementById(held.list)?.children ?? []].slice(0, held.at + 1).at(-1)?.querySelector(".card");
    const card = document.getElementById(held.id) || successor;
    if (lost && card) {
      const again = inCard(card, held.control);
      (again?.checkVisibility() ? again : card.querySelector("summary"))?.focus({ preventScroll: true });
    }
    held = null;
  });
  document.addEventListener("focus-in", (event) => {
    if (document.activeElement === document.body) document.getElementById(event.detail.id)?.querySelector("a, summary, :checked")?.focus({ preventScroll: true });
  });
  const failed = () => say(root.dataset.failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    const plain = (answer.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    if (plain && answer.status < 500 && answer.responseText.length < 300) say(answer.responseText); else failed();
  });

  // Keys. They do nothing while somebody writes, and nothing at all with data-shortcuts="off".
  let went = 0;
  const press = (card, end) => card?.querySelector(`[formaction$="${end}"]`)?.click();
  const go = (selector) => document.querySelector(selector)?.click();
  const onCard = (card, key) => {
    if (/^[1-5]$/.test(key)) {
      const stars = card.querySelector(".stars");
      stars.value = key;
      stars.dispatchEvent(new Event("input", { bubbles: true }));
      stars.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (key === "w") press(card, "/mark/watchlist/");
    else if (key === "x") press(card, "/mark/not_interested/");
    else if (key === "y") card.closest("li")?.querySelector(".card__note a[hx-get]")?.click();
    else return false;
    return true;
  };
  const undoLast = () => {
    const button = $$(".toast button", toasts()).at(-1);
    // htmx takes a moment to take over what it has just put into the page; before that a click would load a page.
    if (button?.closest(".htmx-added")) setTimeout(undoLast, 30); else button?.click();
  };
  const help = () => {
    const list = document.getElementById("shortcuts");
    if (!list) return;
    opener = document.activeElement;
    modal().replaceChildren(list.content.cloneNode(true));
    open();
  };
  const onKey = (key) => {
    const card = document.activeElement?.closest(".card");
    if (Date.now() - went < 1200 && ["h", "w", "i"].includes(key)) { went = 0; go(`[data-go="${key}"]`); return true; }
    if (key === "g") { went = Date.now(); return true; }
    if (card && onCard(card, key)) return true;
    if (key === "/") document.getElementById("q")?.focus();
    else if (key === "?") help();
    else if (key === "u") undoLast();
    else return false;
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (root.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey || modal().open) return;
    if (event.target.matches("textarea, select, [contenteditable], input:not(.stars)")) return;
    if (onKey(event.key)) event.preventDefault();
  });

  // A browser that cannot show what is in a closed panel gets it opened where there is room for it.
  if (!CSS.supports("selector(::details-content)") && matchMedia("(width > 900px)").matches) $$("details.sheet").forEach((one) => { one.open = true; });
  // Where a line of links scrolls, the page that is shown must be in sight.
  $$(".in-line [aria-current], .tabs [aria-current]").forEach((one) => {
    const line = one.closest(".in-line, .tabs"), at = one.getBoundingClientRect(), around = line.getBoundingClientRect();
    line.scrollLeft += (at.left + at.right - around.left - around.right) / 2;
  });

  watchToasts();
  watchModal();
  setUpRows();
  $$(".toast").forEach(live);
  addEventListener("resize", setUpRowsSoon);
})();
