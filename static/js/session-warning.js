// Says two minutes before the session ends that it will, and keeps what was typed when it has. It asks the server,
// since another window may have gone on meanwhile. Without JavaScript there is no warning; the server ends the
// session all the same.
(function () {
  "use strict";
  const { address, member, seconds } = document.currentScript.dataset;
  const WARNED = 120;
  const AGAIN = 15; // seconds until it asks again, while it warns or the server cannot be reached
  let box = null; // the dialog, while one is open
  let timer = 0;
  let endsAt = 0;
  let isOver = false;
  let lastWords = null;

  function lookIn(wait) {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(wait, 1) * 1000);
  }

  async function ask(method, csrf) {
    // The name is one that the server knows: of what asks by itself, and is no activity (apps.accounts.session_lives).
    const headers = method === "POST" ? { "X-CSRFToken": csrf } : { "HX-Trigger": "session-progress" };
    const answer = await fetch(address, { method, headers, cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  }

  async function look() {
    try {
      judge(await ask("GET"));
    } catch (error) {
      if (Date.now() > endsAt) over(lastWords); // the server cannot be asked: the records are covered all the same
      if (!isOver) lookIn(AGAIN);
    }
  }

  function judge(told) {
    lastWords = told.words;
    if (told.is_covered) {
      location.reload(); // another window drew the curtain
      return;
    }
    if (told.member && told.member !== member) {
      location.replace("/"); // somebody else signed in with this browser: the page is not theirs
    } else if (!told.member) {
      over(told.words);
    } else {
      if (isOver) freshTokens(told.csrf);
      endsAt = Date.now() + told.seconds * 1000;
      if (told.seconds > WARNED) close();
      else if (!box || isOver) warn(told);
      isOver = false;
      lookIn(told.seconds > WARNED ? told.seconds - WARNED : Math.min(AGAIN, told.seconds + 1));
    }
  }

  function warn({ words, can_stay: canStay, csrf }) {
    const button = made("button", canStay ? words.stay : words.read, "button");
    button.type = "button";
    const leave = canStay ? () => ask("POST", csrf).then(judge, () => lookIn(AGAIN)) : () => box.close();
    button.addEventListener("click", leave);
    open(words.soon, canStay ? words.idle : words.whole, button, leave);
  }

  function over(words) {
    if (!words || !isTyped()) {
      location.replace(location.origin + location.pathname + location.search); // leads to the page for signing in
      return;
    }
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    const link = made("a", words.again, "button");
    link.href = words.sign_in;
    link.target = "_blank";
    link.rel = "noopener";
    open(words.over, words.kept, link, () => {});
    box.classList.add("session-box--over");
  }

  function open(title, text, way, onEscape) {
    close();
    box = made("dialog", "", "session-box");
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", "session-box-title");
    box.setAttribute("aria-describedby", "session-box-text");
    box.append(made("h2", title, "card__title"), made("p", text, ""), way);
    box.firstChild.id = "session-box-title";
    box.children[1].id = "session-box-text";
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      onEscape();
    });
    document.body.append(box);
    box.showModal(); // the page behind cannot be reached; the focus comes back to where it was
  }

  function close() {
    if (!box) return;
    box.close();
    box.remove();
    box = null;
  }

  function made(name, text, look) {
    const element = document.createElement(name);
    element.textContent = text;
    if (look) element.className = look;
    return element;
  }

  function isTyped() {
    const isChanged = (field) =>
      field.type === "hidden" ? false
      : field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
      : field.options ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
      : field.value !== field.defaultValue;
    return [...document.querySelectorAll("main input, main textarea, main select")].some(isChanged);
  }

  function freshTokens(csrf) {
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = csrf;
  }

  function cameBack() {
    if (!document.hidden) look();
  }

  // Another window draws the curtain: nothing shows here from then on, and the server is asked until it hangs.
  async function hide(left) {
    document.documentElement.hidden = true;
    const told = await ask("GET").catch(() => null);
    if (left && told && told.member && !told.is_covered) setTimeout(hide, 300, left - 1);
    else location.reload();
  }

  const curtain = new BroadcastChannel("curtain");
  curtain.addEventListener("message", () => hide(10));
  document.querySelector(".masthead__cover")?.addEventListener("submit", () => curtain.postMessage("drawn"));
  endsAt = Date.now() + Number(seconds) * 1000;
  document.addEventListener("visibilitychange", cameBack); // a device that slept, another window
  window.addEventListener("focus", cameBack);
  lookIn(Number(seconds) - WARNED);
})();
