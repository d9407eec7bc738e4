// Pages of a paper are drawn one at a time for each member, so some of those a browser asks for at once are
// answered "busy". Those are asked for again, one after the other. Without JavaScript: load the page again.
const MOST_TRIES = 20, PAUSE_MS = 500;
let turn = Promise.resolve();

const again = (picture) => new Promise((done) => setTimeout(() => {
  picture.addEventListener("load", done, { once: true });
  picture.addEventListener("error", done, { once: true });
  picture.loading = "eager";
  picture.src = picture.getAttribute("src");
}, PAUSE_MS));

for (const picture of document.querySelectorAll(".paper__picture")) {
  let tries = 0;
  const failed = () => { if (tries++ < MOST_TRIES) turn = turn.then(() => again(picture)); };
  picture.addEventListener("error", failed);
  if (picture.complete && !picture.naturalWidth && picture.currentSrc) failed();
}
