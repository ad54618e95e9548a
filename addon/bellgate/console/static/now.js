// Looks again every five seconds, for ten minutes at most, and only once somebody asks for it.
// Nothing needs it: with scripts off, the link "Look again" does the same by hand.
"use strict";
(() => {
  const button = document.getElementById("keep-looking");
  const words = { off: button.textContent, on: button.dataset.on };
  const every = 5000, longest = 10 * 60 * 1000;
  let timer = null, since = 0;

  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = words.off;
    button.setAttribute("aria-pressed", "false");
  };
  const look = async () => {
    if (Date.now() - since > longest) { stop(); return; }
    const address = new URL(location.href);
    address.searchParams.set("live", "yes");
    try {
      const answer = await fetch(address, { redirect: "error", credentials: "same-origin" });
      if (!answer.ok) { stop(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("recorded");
      if (found) { document.getElementById("recorded").replaceWith(found); }
    } catch { stop(); }
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (timer !== null) { stop(); return; }
    since = Date.now();
    timer = setInterval(look, every);
    button.textContent = words.on;
    button.setAttribute("aria-pressed", "true");
    look();
  });
})();
