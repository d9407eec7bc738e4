// What the accessibility tests ask a page, beyond axe: each question answers with a list of complaints.
(() => {
  const SMALLEST = 24; // WCAG 2.5.8
  const PRESSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex='0']";

  const named = (one) => {
    const words = (one.innerText || one.value || one.getAttribute("aria-label") || "").trim().slice(0, 40);
    return `${one.tagName.toLowerCase()}${one.className && one.className.baseVal === undefined ? "." + one.className : ""} "${words}"`;
  };
  const style = (one) => getComputedStyle(one);
  const isHidden = (one) => {
    const box = one.getBoundingClientRect();
    return box.width <= 1 || box.height <= 1 || !one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  };
  const isInSentence = (one) => {
    // the exception for links in a sentence or a block of text
    if (style(one).display !== "inline") return false;
    let around = one.parentElement;
    while (style(around).display === "inline") around = around.parentElement;
    const rest = around.innerText.replace(/\s+/g, " ").trim();
    return rest.length > one.innerText.trim().length + 1;
  };
  // A control is as large as what can be pressed for it: its label, and what it is stretched over.
  const boxOf = (one) => {
    const boxes = [one.getBoundingClientRect()];
    for (const label of one.labels || []) boxes.push(label.getBoundingClientRect());
    const over = getComputedStyle(one, "::after");
    if (over.position === "absolute" && over.inset === "0px") boxes.push(one.closest(".row, .card").getBoundingClientRect());
    return boxes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  };

  const targets = () => {
    const all = [...document.querySelectorAll(PRESSABLE)].filter((one) => !isHidden(one)).map((one) => ({ one, box: boxOf(one) }));
    const small = all.filter(({ one, box }) => (box.width < SMALLEST || box.height < SMALLEST) && !isInSentence(one));
    const centre = ({ box }) => [box.x + box.width / 2, box.y + box.height / 2];
    const isCrowded = (mine) => {
      const [x, y] = centre(mine);
      return all.some((other) => {
        if (other.one === mine.one || other.one.contains(mine.one) || mine.one.contains(other.one)) return false;
        if (small.includes(other)) {
          const [a, b] = centre(other);
          return Math.hypot(a - x, b - y) < SMALLEST;
        }
        const near = [Math.max(other.box.left, Math.min(x, other.box.right)), Math.max(other.box.top, Math.min(y, other.box.bottom))];
        return Math.hypot(near[0] - x, near[1] - y) < SMALLEST / 2;
      });
    };
    return small.filter(isCrowded).map(({ one, box }) => `${named(one)} is ${box.width.toFixed(1)} x ${box.height.toFixed(1)}, and another is near`);
  };

  const clipped = () => {
    const complaints = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) complaints.push(`the page is ${wide} wide in a window of ${innerWidth}`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
      const text = walker.currentNode, parent = text.parentElement;
      if (!text.data.trim() || ["SCRIPT", "TITLE", "DESC", "OPTION"].includes(parent.tagName.toUpperCase()) || isHidden(parent)) continue;
      if (parent.closest(".visually-hidden, .skip, [hidden]")) continue;
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      let cut = box.right > innerWidth + 1 || box.left < -1 ? "the window" : "";
      for (let around = parent; around && around !== document.body; around = around.parentElement) {
        const { overflowX, overflowY } = style(around);
        if (/auto|scroll/.test(overflowX + overflowY)) { cut = ""; break; }
        if (overflowX === "visible" && overflowY === "visible") continue;
        if (around.tagName.toLowerCase() === "svg") continue;
        const edge = around.getBoundingClientRect();
        if (box.right > edge.right + 2 || box.left < edge.left - 2 || box.bottom > edge.bottom + 2 || box.top < edge.top - 2) { cut = named(around).split(" ")[0]; break; }
      }
      if (cut) complaints.push(`"${text.data.trim().slice(0, 40)}" is cut by ${cut}`);
    }
    return complaints;
  };

  // What stays in place while the rest moves may take no more than a part of a small window.
  const covered = () => [...document.querySelectorAll("body *")]
    .filter((one) => ["fixed", "sticky"].includes(style(one).position) && !isHidden(one))
    .filter((one) => one.getBoundingClientRect().height > innerHeight / 5)
    .map((one) => `${named(one)} stays and takes ${Math.round((100 * one.getBoundingClientRect().height) / innerHeight)} % of the window`);

  const moving = () => {
    const complaints = document.getAnimations().map((one) => `an animation runs: ${one.animationName || one.transitionProperty}`);
    for (const one of document.querySelectorAll("*")) {
      const { animationName, transitionDuration, scrollBehavior } = style(one);
      if (animationName !== "none" || /[1-9]/.test(transitionDuration) || scrollBehavior !== "auto") complaints.push(`${named(one)} may move`);
    }
    return complaints;
  };

  // WCAG 1.4.12. A constructed sheet is what a reader's own style is: the page's policy has no say in it.
  const space = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets = [sheet];
  };
  const unspace = () => { document.adoptedStyleSheets = []; };

  // What is folded is in no tree that axe looks at.
  const unfold = () => document.querySelectorAll("details:not([open])").forEach((one) => { one.open = true; one.dataset.unfolded = ""; });
  const fold = () => document.querySelectorAll("details[data-unfolded]").forEach((one) => { one.open = false; delete one.dataset.unfolded; });

  // Where the focus is, whether it can be seen, and whether something lies over it.
  const focus = () => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect(), { outlineStyle, outlineWidth, outlineColor, boxShadow } = style(one);
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth), top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    const points = [0.15, 0.5, 0.85].flatMap((x) => [0.15, 0.5, 0.85].map((y) => [left + (right - left) * x, top + (bottom - top) * y]));
    const seen = points.filter(([x, y]) => { const hit = document.elementFromPoint(x, y); return hit && (one.contains(hit) || hit.contains(one)); });
    return {
      name: named(one), selector: one.id || one.dataset.testid || "", href: one.getAttribute("href") || "",
      isInWindow: right > left && bottom > top, isUncovered: seen.length > 0, isWhole: seen.length === points.length,
      isMarked: (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none",
      colour: outlineColor,
    };
  };

  // In forced colours a picture's shapes keep the colours we gave them, unless a rule of ours says otherwise.
  const contrast = (one, other) => {
    const [a, b] = [one, other].map((colour) => {
      const [red, green, blue] = colour.match(/[\d.]+/g).slice(0, 3).map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const forced = () => {
    const complaints = [], ground = style(document.body).backgroundColor;
    const stands = (colour) => /^rgb/.test(colour) && contrast(colour, ground) >= 3;
    for (const shape of document.querySelectorAll("main svg :is(rect, line, text), main svg use")) {
      if (shape.closest("pattern, symbol") || isHidden(shape.closest("svg"))) continue;
      const { fill, stroke, strokeWidth } = style(shape);
      if (!stands(fill) && !(stands(stroke) && parseFloat(strokeWidth) > 0)) complaints.push(`${shape.outerHTML.slice(0, 90)} is lost on ${ground}: ${fill}, ${stroke}`);
    }
    for (const here of document.querySelectorAll("[aria-current]"))
      if (!isHidden(here) && parseFloat(style(here).outlineWidth) < 2) complaints.push(`${named(here)} is not marked as the place`);
    for (const one of document.querySelectorAll("main :is(.button, .badge, .note, .chip, input:not([type=hidden], [type=checkbox], [type=radio]), select)"))
      if (!isHidden(one) && !(parseFloat(style(one).borderLeftWidth) > 0)) complaints.push(`${named(one)} has no edge`);
    return complaints;
  };

  // Where text is large: names of rooms, labels and amounts that lie over each other, and words cut in two.
  const overlapping = () => {
    const words = [...document.querySelectorAll(".masthead a span, .receipt dt, .receipt dd, .chart__month")];
    const boxes = words.map((one) => [one.textContent.trim(), one.getBoundingClientRect()]).filter(([, box]) => box.width > 1);
    return boxes.flatMap(([name, a], at) => boxes.slice(at + 1)
      .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
      .map(([other]) => `"${name}" lies over "${other}"`));
  };
  const broken = () => [...document.querySelectorAll(".receipt dt, .button, .nav__link span")].flatMap((one) => {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), range = document.createRange(), complaints = [];
    while (walker.nextNode()) for (const word of walker.currentNode.data.matchAll(/\S+/g)) {
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) complaints.push(`"${word[0]}" is cut in two`);
    }
    return complaints;
  });

  window.measure = { overlapping, broken, forced, targets, clipped, covered, moving, space, unspace, unfold, fold, focus };
})();
