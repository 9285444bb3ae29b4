// The comments page by keyboard. Everything it does can be done without it.
"use strict";

(() => {
  const OFF = "feedback.keys-off";
  const PLACE = "feedback.comment";
  const keys = document.querySelector(".keys");
  const toggle = keys.querySelector("input");
  const comments = [...document.querySelectorAll(".comments > li")];
  const here = location.pathname + location.search;

  function remembered(storage, name) {
    try {
      return storage.getItem(name);
    } catch {
      return null; // a browser may refuse to keep anything
    }
  }

  function remember(storage, name, value) {
    try {
      storage.setItem(name, value);
    } catch {
      // then it is chosen anew on each page
    }
  }

  function current() {
    return comments.findIndex((comment) => comment.contains(document.activeElement));
  }

  function go(index) {
    const comment = comments[Math.max(0, Math.min(index, comments.length - 1))];
    if (comment) {
      comment.focus({ preventScroll: true });
      comment.scrollIntoView({ block: "nearest" });
    }
  }

  function mark(status) {
    const index = current();
    const button = index >= 0 && comments[index].querySelector(`button[name=status][value=${status}]`);
    if (button) {
      button.click();
    }
  }

  function label() {
    const details = comments[current()]?.querySelector("details");
    if (details) {
      details.open = true;
      details.querySelector("[name=label]").focus();
    }
  }

  const actions = {
    j: () => go(current() + 1),
    k: () => go(current() < 0 ? 0 : current() - 1),
    r: () => mark("read"),
    a: () => mark("acted_on"),
    l: label,
    "/": () => document.querySelector(".filter [name=q]").focus(),
    "?": () => {
      keys.open = !keys.open;
    },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape" && typing) {
      const comment = typing.closest(".comments > li");
      typing.blur();
      comment?.focus();
      return;
    }
    if (typing || !toggle.checked || event.ctrlKey || event.metaKey || event.altKey || !(event.key in actions)) {
      return;
    }
    event.preventDefault();
    actions[event.key]();
  });

  // After a mark the page is loaded anew, and in a list of one status the comment is gone from it.
  document.addEventListener("submit", () => {
    if (current() >= 0) {
      remember(sessionStorage, PLACE, JSON.stringify([here, current()]));
    }
  });

  keys.hidden = false;
  toggle.checked = remembered(localStorage, OFF) !== "yes";
  toggle.addEventListener("change", () => remember(localStorage, OFF, toggle.checked ? "no" : "yes"));

  const [page, index] = JSON.parse(remembered(sessionStorage, PLACE) || "[]");
  remember(sessionStorage, PLACE, "");
  const marked = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (marked) {
    marked.focus({ preventScroll: true });
  } else if (page === here) {
    go(index);
  }
})();
