// Asks the device for a passkey and sends what it answers with the page's own form. Nothing works without it,
// so what needs it is hidden until it runs.
(function () {
  "use strict";
  const device = window.webauthnJSON;
  if (!device || !device.supported()) return;

  async function options(form) {
    const here = document.getElementById("passkey_options");
    if (here) return JSON.parse(here.textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  }

  async function ask(form) {
    const given = await options(form);
    if (form.dataset.passkey !== "add") return device.get(given.request_options);
    const wanted = given.creation_options.publicKey.authenticatorSelection;
    wanted.residentKey = "required"; // it has to work without an e-mail address
    wanted.requireResidentKey = true;
    wanted.userVerification = "required";
    return device.create(given.creation_options);
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.querySelector("[data-passkey-start]").addEventListener("click", async function () {
      const problem = form.querySelector("[data-passkey-problem]");
      problem.hidden = true;
      try {
        const credential = await ask(form);
        form.elements.credential.value = JSON.stringify(credential);
        form.submit();
      } catch (error) {
        problem.hidden = false;
      }
    });
  }
  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
})();
