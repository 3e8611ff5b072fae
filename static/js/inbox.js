// The bell keeps up with the inbox. One tab of the browser listens to the stream and tells the others; where nothing
// streams, the tab that is looked at asks once a minute. The number always comes from the server.
(() => {
  "use strict";
  const bell = () => document.getElementById("bell");
  if (!bell()) return;
  const { events, poll } = bell().dataset;
  const MINUTE = 60_000, SILENCE = 75_000;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("inbox") : null;
  let heard = 0, said = 0, over = false, tag = "", state = null;

  const show = (told) => {
    if (!bell() || over) return;
    const before = state;
    state = told;
    document.getElementById("bell-count").textContent = told.short;
    bell().setAttribute("aria-label", told.label);
    document.dispatchEvent(new CustomEvent("inbox:changed", { detail: told }));
    // Somebody who listens to the page is told once a minute at most.
    if (before && told.unseen > before.unseen && Date.now() - said > MINUTE) {
      said = Date.now();
      document.getElementById("bell-said").textContent = told.label;
    }
  };
  // Logged out, here or in another tab: the number is nobody's any more.
  const end = () => {
    over = true;
    const count = document.getElementById("bell-count");
    if (count) count.textContent = "";
  };

  const ask = async () => {
    if (over || document.visibilityState !== "visible" || Date.now() - heard < SILENCE) return;
    try {
      const answer = await fetch(poll, { headers: { Accept: "application/json", ...(tag && { "If-None-Match": tag }) }, redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") end();
      else if (answer.status === 200) { tag = answer.headers.get("ETag") || ""; show(await answer.json()); }
    } catch { /* the next minute is another chance */ }
  };

  const hear = (message) => {
    heard = Date.now();
    if (message.told) show(message.told);
    if (message.over) end();
  };
  const tell = (message) => { hear(message); channel?.postMessage(message); };
  channel?.addEventListener("message", (event) => hear(event.data));

  // Whoever holds the lock listens; when its tab goes, the browser hands the lock to the next.
  const listen = () => new Promise((release) => {
    let source, again;
    const open = () => {
      source = new EventSource(events, { withCredentials: true });
      source.addEventListener("inbox", (event) => tell({ told: JSON.parse(event.data) }));
      source.addEventListener("beat", () => tell({}));
      source.addEventListener("over", () => { source.close(); tell({ over: true }); release(); });
      // A connection that broke comes back by itself; one that was refused is tried again later.
      source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) again = setTimeout(open, MINUTE); });
    };
    open();
    // A page in the browser's memory holds no stream; back on the screen it is loaded with a number of its own.
    addEventListener("pagehide", () => { clearTimeout(again); source.close(); release(); }, { once: true });
  });
  const begin = () => {
    if (events && channel && navigator.locks && "EventSource" in window) navigator.locks.request("inbox", listen);
  };

  begin();
  addEventListener("pageshow", (event) => { if (event.persisted) { heard = 0; begin(); ask(); } });
  addEventListener("visibilitychange", ask);
  setInterval(ask, MINUTE);
})();
