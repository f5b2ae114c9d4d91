// SPDX-License-Identifier: Apache-2.0
// Shows notifications where a page alone may not (phones), and opens the approval that was tapped. Caches nothing.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL(event.notification.data?.path ?? "/dashboard/approvals", self.location.origin).href;
  event.waitUntil(
    clients.matchAll({ type: "window" }).then((windows) => {
      const open = windows[0];
      return open ? open.focus().then((page) => page.navigate(target)) : clients.openWindow(target);
    }),
  );
});
