// The scripts of Django's admin write markup into its pages: buttons of rows, and what jQuery tries a browser with.
// Nothing becomes markup there (Trusted Types) but what is made of these tags and attributes, which can neither run
// nor fetch anything, nor lead anywhere; text never becomes a script or the address of one.
(function () {
  "use strict";
  if (!window.trustedTypes) return; // a browser without them has the rest of the policy of content
  const TAG = "a|div|form|input|li|option|p|select|span|table|tbody|td|textarea|tr|ul";
  const ATTRIBUTE = `(?:class|colspan|disabled|id|name|role|selected|type)(?:=(?:"[^"<>]*"|'[^'<>]*'))?|href=(?:"#?"|'#?')`;
  const MARKUP = new RegExp(`^(?:[^<]|</(?:${TAG})>|<(?:${TAG})(?: (?:${ATTRIBUTE}))* ?/?>)*$`);
  window.trustedTypes.createPolicy("default", { createHTML: (text) => (MARKUP.test(text) ? text : null) });
})();
