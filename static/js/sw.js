// Works while no page is open: shows what is pushed, leads to it, and tells the site when the browser changes its address.
"use strict";

const ICON = "/static/img/icon-192.png";
const KEPT = "/push/subscription";
const SEEN = "/push/seen";
const REMEMBERED = 50;

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

const recall = async (name) => (await (await caches.open("push")).match(name))?.json();
const remember = async (name, what) => (await caches.open("push")).put(name, new Response(JSON.stringify(what)));

const renew = async (event) => {
  // Some browsers no longer know their old address when they change it; push.js has put it there.
  const before = event.oldSubscription?.toJSON() ?? await recall(KEPT);
  if (!before) return;
  let after = event.newSubscription;
  if (!after) {
    const { key } = await (await fetch("/push/key/")).json();
    after = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }
  const body = JSON.stringify({ before, after: after.toJSON() });
  const answer = await fetch("/push/renew/", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (answer.ok) await remember(KEPT, after.toJSON());
};

// A message whose arrival nobody confirmed is sent again. It has the same address to follow: what is still on the screen
// is replaced by it, and what somebody has put away stays away.
const isTwin = async (click) => {
  if (!click) return false;
  const seen = await recall(SEEN) ?? [];
  if (!seen.includes(click)) await remember(SEEN, [...seen, click].slice(-REMEMBERED));
  return seen.includes(click);
};

const display = async ({ title, body, topic, url, click }) => {
  const tag = topic || "site";
  const twin = await isTwin(click).catch(() => false); // without a store, better twice than never
  if (twin && !(await self.registration.getNotifications({ tag })).length) return;
  await self.registration.showNotification(title || self.location.hostname, { body: body || "", tag, icon: ICON, data: { url, click } });
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

self.addEventListener("push", (event) => event.waitUntil(display(read(event.data))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(follow(event.notification.data ?? {}));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
