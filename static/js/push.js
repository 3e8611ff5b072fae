// Turning messages on for this browser. Nothing is asked before somebody has read what it is for and pressed the button.
(() => {
  "use strict";
  const section = () => document.getElementById("push");
  const $$ = (selector) => [...section().querySelectorAll(selector)];
  const worker = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager;
  const current = async () => (await worker())?.getSubscription();

  const show = (state) => {
    $$("[data-push-state]").forEach((part) => { part.hidden = part.dataset.pushState !== state; });
  };
  const say = (name) => { section().querySelector("[data-push-said]").textContent = section().dataset[name] ?? ""; };

  const fingerprint = async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const line = async (subscription) => {
    const mine = subscription && await fingerprint(subscription.endpoint);
    return mine && section().querySelector(`[data-device="${mine}"]`);
  };

  const isSupported = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  // An iPhone pushes to sites on its home screen only.
  const mayInstall = () => /iPhone|iPad/.test(navigator.userAgent) && !navigator.standalone;

  const setUp = async () => {
    if (!section()) return;
    if (!isSupported()) return show(mayInstall() ? "install" : "unsupported");
    if (Notification.permission === "denied") return show("refused");
    const mine = await line(Notification.permission === "granted" ? await current() : null);
    if (mine) mine.querySelector("[data-this-device]").hidden = false;
    return show(mine ? "on" : "off");
  };

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const subscription = async () => {
    const key = section().dataset.key;
    await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
    const manager = (await navigator.serviceWorker.ready).pushManager;
    const found = await manager.getSubscription();
    // Made with another key of the site, it would be refused.
    if (found && text(found.options.applicationServerKey) === key) return found;
    await found?.unsubscribe();
    return manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  };

  const turnOn = async () => {
    say("wait");
    if (await Notification.requestPermission() !== "granted") {
      say("");
      return setUp();
    }
    const made = await subscription();
    const { endpoint, keys } = made.toJSON();
    await (await caches.open("push")).put("/push/subscription", new Response(JSON.stringify(made)));
    return htmx.ajax("POST", section().dataset.subscribe, {
      source: section(), target: "#push", swap: "outerHTML", values: { endpoint, p256dh: keys.p256dh, auth: keys.auth },
    });
  };

  const turnOff = async () => {
    const found = await current();
    const mine = await line(found);
    await found?.unsubscribe();
    mine?.querySelector("form").requestSubmit();
  };

  const busy = async (button, act) => {
    button.disabled = true;
    try {
      await act();
    } catch {
      say("failed");
    } finally {
      button.disabled = false;
    }
  };

  document.addEventListener("click", (event) => {
    const on = event.target.closest("[data-push-on]");
    const off = event.target.closest("[data-push-off]");
    if (on) busy(on, turnOn);
    if (off) busy(off, turnOff);
  });
  // What the site does not list, the browser need not keep.
  document.addEventListener("submit", async (event) => {
    if (event.target.closest("[data-device]")?.querySelector("[data-this-device]:not([hidden])")) (await current())?.unsubscribe();
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target?.id === "push" || event.target.id === "push") setUp(); });
  setUp();
})();
