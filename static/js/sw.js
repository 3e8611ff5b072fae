// Works while no page is open: shows what is pushed, leads to it, and tells the site when the browser changes its address.
"use strict";

const ICON = "/static/img/icon-192.png";
const KEPT = "/push/subscription";

// Only to pages of this site, whatever a message says.
const own = (path) => {
  try {
    const address = new URL(path, self.location.origin);
    return address.origin === self.location.origin ? address : null;
  } catch {
    return null;
  }
};

const read = (data) => {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
};

// push.js puts it there: some browsers no longer know their old address when they change it.
const kept = async () => (await (await caches.open("push")).match(KEPT))?.json();
const keep = async (subscription) => (await caches.open("push")).put(KEPT, new Response(JSON.stringify(subscription)));

const renew = async (event) => {
  const before = event.oldSubscription?.toJSON() ?? await kept();
  if (!before) return;
  let after = event.newSubscription;
  if (!after) {
    const { key } = await (await fetch("/push/key/")).json();
    after = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }
  const body = JSON.stringify({ before, after: after.toJSON() });
  const answer = await fetch("/push/renew/", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (answer.ok) await keep(after.toJSON());
};

const follow = async ({ url, click }) => {
  const target = own(url) ?? own("/");
  const way = own(click) ?? target;
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = tabs.find((tab) => {
    const address = new URL(tab.url);
    return address.pathname === target.pathname && address.search === target.search;
  });
  if (!there) return self.clients.openWindow(way);
  await there.focus();
  return fetch(way, { redirect: "manual" });
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body, topic, url, click } = read(event.data);
  const options = { body: body || "", tag: topic || "site", icon: ICON, data: { url, click } };
  event.waitUntil(self.registration.showNotification(title || self.location.hostname, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(follow(event.notification.data ?? {}));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
