// Says below a new password, while it is typed, whether it will do. The server judges, by the rules it will apply when
// the form is sent; without JavaScript it says so then.
(function () {
  "use strict";
  const { address } = document.currentScript.dataset;
  for (const field of document.querySelectorAll("input[name=password1]")) {
    const said = document.createElement("p");
    said.className = "field__help";
    said.setAttribute("role", "status");
    field.after(said);
    let timer = 0;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const asked = field.value;
        if (!asked) return void (said.textContent = "");
        const form = new FormData(field.form);
        const names = ["csrfmiddlewaretoken", "email", "password1"].filter((name) => form.has(name));
        const body = new URLSearchParams(names.map((name) => [name, form.get(name)]));
        const answer = await fetch(address, { method: "POST", body }).catch(() => null);
        if (!answer || !answer.ok || field.value !== asked) return;
        said.textContent = (await answer.json()).words;
      }, 600);
    });
  }
})();
