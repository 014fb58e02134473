// Live updates, ages of times, and the switch between light and dark. Every page works without it.
"use strict";
(() => {
  const root = document.documentElement;
  const stored = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (stored === "light" || stored === "dark") root.dataset.theme = stored;

  const age = (iso) => {
    const seconds = (Date.now() - Date.parse(iso)) / 1000;
    if (seconds < 60) return "just now";
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    const days = Math.floor(seconds / 86400);
    return days < 7 ? `${days} day${days === 1 ? "" : "s"} ago` : null;
  };
  const ages = () => {
    for (const time of document.querySelectorAll("time[data-age]")) {
      const said = age(time.dateTime);
      if (said) time.textContent = (time.textContent.startsWith("updated ") ? "updated " : "") + said;
    }
  };

  const themeButton = () => {
    const button = document.querySelector(".theme");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* it lasts as long as the page */ }
    });
  };

  const KINDS = ["created", "updated", "merged", "split", "withdrawn", "closed"];
  const live = () => {
    const address = document.body.dataset.live;
    const note = document.querySelector(".news a");
    if (!address || !note || !window.EventSource) return;
    const changed = new Set();
    const own = document.body.dataset.story;
    const show = (data) => {
      const story = JSON.parse(data);
      if (own) {
        if (story.story_id !== own || story.version <= Number(document.body.dataset.version)) return;
        note.textContent = `Version ${story.version} is here: show it`;
      } else {
        const card = document.querySelector(`.card[data-story="${CSS.escape(story.story_id)}"]`);
        if (card && Number(card.dataset.version) >= story.version) return;
        changed.add(story.story_id);
        note.textContent = `${changed.size} ${changed.size === 1 ? "story" : "stories"} updated`;
      }
      note.hidden = false;
    };
    let source;
    const listen = () => {
      source = new EventSource(address);
      for (const kind of KINDS) source.addEventListener(kind, (event) => show(event.data));
      source.addEventListener("reset", () => { note.textContent = "Stories were updated: show them"; note.hidden = false; });
      // A stream that ends is opened again by the browser, where it was; one that is refused (too many readers) is not.
      source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(listen, 30000); });
    };
    listen();
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
    if (own) return;
    note.addEventListener("click", async (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const what of ["#stories", ".sums"]) {
        const fresh = page.querySelector(what), old = document.querySelector(what);
        if (fresh && old) old.replaceWith(document.importNode(fresh, true));
      }
      for (const id of changed) {
        document.querySelector(`.card[data-story="${CSS.escape(id)}"]`)?.classList.add("fresh");
      }
      changed.clear();
      note.hidden = true;
      ages();
      document.querySelector("#main").focus({ preventScroll: false });
    });
  };

  // The operations page: its numbers come anew every two seconds, in place.
  const operations = () => {
    const flow = document.querySelector("[data-refresh]");
    if (!flow) return;
    const turn = async () => {
      if (!document.hidden) {
        try {
          const answer = await fetch(flow.dataset.refresh);
          if (answer.ok) {
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const fresh = page.querySelector("[data-refresh]");
            if (fresh && !flow.contains(document.activeElement)) flow.replaceChildren(...document.importNode(fresh, true).childNodes);
          }
        } catch { /* the next turn tries again */ }
      }
      setTimeout(turn, 2000);
    };
    setTimeout(turn, 2000);
  };

  addEventListener("DOMContentLoaded", () => {
    themeButton();
    ages();
    setInterval(ages, 30000);
    live();
    operations();
  });
})();
