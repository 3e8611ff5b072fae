"""What eyes and fingers meet on a page: its width, what the Tab key reaches, and whether one sees where one is."""

from collections.abc import Iterable

from playwright.sync_api import Page

# Of radio buttons with one name the keyboard has one stop. A frame is one thing here, whatever stands in it.
WAITING = """() => {
  const parts = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'], iframe";
  const groups = new Set(), found = [];
  for (const one of document.querySelectorAll(parts)) {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({ visibilityProperty: true })) continue;
    if (one.type === "radio") { if (groups.has(one.name)) continue; groups.add(one.name); }
    found.push(one);
  }
  window.waiting = new Set(found);
  window.named = (one) => {
    const words = (one.textContent || one.name || "").trim().slice(0, 40);
    return `${one.localName}#${one.id}.${one.className} ${words}`;
  };
  document.activeElement?.blur?.();
  scrollTo(0, 0);
  return found.length;
}"""
AMISS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  const fellow = (other) => one.type === "radio" && other.name === one.name;
  if (![...waiting].some((other) => (other === one || fellow(other)) && waiting.delete(other))) return "";
  if (one.localName === "iframe") return "";
  const shows = (node) => {
    const style = node && getComputedStyle(node);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  // The stars and some boxes let what stands around them show it.
  if (![one, one.closest("label"), one.parentElement].some(shows)) return `${named(one)}: has no visible focus`;
  const box = one.getBoundingClientRect();
  if (box.bottom < 1 || box.top > innerHeight - 1) return `${named(one)}: is focused out of sight`;
  const inside = (value, most) => Math.min(Math.max(value, 1), most - 2);
  const x = inside(box.left + Math.min(box.width, 60) / 2, innerWidth);
  const top = document.elementFromPoint(x, inside(box.top + box.height / 2, innerHeight));
  const over = top && !one.contains(top) && !top.contains(one) && top.closest(".header, .bar");
  return over ? `${named(one)}: lies under ${over.className}` : "";
}"""
STEP = f"() => [({AMISS})(), waiting.size]"
PATIENCE = 60  # presses without anything new: a date has several stops, and a frame has stops of its own


def is_too_wide(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def amiss_for_keys_at(page: Page, widths: Iterable[int]) -> list[str]:
    """The same at several widths of one page, without opening it anew."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"{width}: {problem}" for problem in amiss_for_keys(page)]
    return found


def amiss_for_keys(page: Page) -> list[str]:
    """What Tab does not reach, and where it leads without showing so."""
    page.wait_for_load_state()
    left, found, idle = page.evaluate(WAITING), [], 0
    while left and idle < PATIENCE:
        page.keyboard.press("Tab")
        problem, now = page.evaluate(STEP)
        if problem:
            found.append(problem)
        left, idle = now, 0 if now < left else idle + 1
    return found + page.evaluate("[...waiting].map((one) => `${named(one)}: is not reached`)")
