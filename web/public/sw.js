// SPDX-License-Identifier: Apache-2.0
// Shows notifications where a page alone may not (phones), and opens the approval that was tapped. Caches nothing.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));

const HOME = "/dashboard/approvals";

/** An open page about approvals goes there; any other keeps what is being written in it. */
async function openPath(path) {
  const target = new URL(path.startsWith("/dashboard/") ? path : HOME, self.location.origin).href;
  const windows = await clients.matchAll({ type: "window" });
  const open = windows.find((page) => new URL(page.url).pathname === HOME);
  if (!open) return clients.openWindow(target);
  const page = await open.focus();
  return page.navigate(target);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPath(event.notification.data?.path ?? HOME));
});
