// The answer of a plan stands in the address of this page, used up. Take it out of the history all the same.
// Without JavaScript it stays there, useless: each answer works once and only with what our server knows.
history.replaceState(null, "", document.currentScript.dataset.address);
