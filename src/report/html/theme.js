// Light or dark: as the system has it, or one of the two.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const names = { "": "system", light: "light", dark: "dark" };
  const button = document.getElementById("theme");
  const kept = () => { try { return localStorage.getItem("hinc-theme") || ""; } catch { return ""; } };
  const keep = (theme) => { try { localStorage.setItem("hinc-theme", theme); } catch { /* a page of a file may not */ } };
  const changed = () => root.dispatchEvent(new Event("hinc-theme"));
  const set = (theme) => {
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    button.textContent = `Theme: ${names[theme]}`;
    changed();
  };
  button.addEventListener("click", () => {
    const order = Object.keys(names);
    const next = order[(order.indexOf(root.dataset.theme || "") + 1) % order.length];
    keep(next);
    set(next);
  });
  const first = kept();
  set(first in names ? first : "");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
})();
