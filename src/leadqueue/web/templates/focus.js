// The keys work at once: the terminal has the focus as soon as it is there.
new MutationObserver((_, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) {
    keys.focus();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
