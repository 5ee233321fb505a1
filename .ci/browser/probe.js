// In the page before its own script.
//
// `busy` counts what the page has asked and not taken in yet: a person's next key comes after that.
window.busy = 0;
window.fetch = (ask => async (path, ...how) => {
  if (String(path).includes("/api/wait")) return ask(path, ...how);
  window.busy += 1;
  const done = () => setTimeout(() => { window.busy -= 1; });
  try {
    const answer = await ask(path, ...how), read = answer.json.bind(answer);
    answer.json = () => read().finally(done);
    return answer;
  } catch (error) { done(); throw error; }
})(window.fetch.bind(window));

// From the last key to a paint that shows what is waited for: the key's own time stamp, and the first
// task after the frame in which it is there.
addEventListener("keydown", event => { window.pressed = event.timeStamp; }, true);
window.arm = (selector, text) => {
  const begins = text[0] === "^", wanted = begins ? text.slice(1) : text;
  const says = e => begins ? e.textContent.startsWith(wanted) : e.textContent.includes(wanted);
  const there = () => [...document.querySelectorAll(selector)].some(e => says(e) && e.getClientRects().length);
  window.shown = null;
  if (there()) { window.shown = "early"; return; }
  const watch = new MutationObserver(() => {
    if (!there()) return;
    watch.disconnect();
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => { window.shown = performance.now() - window.pressed; };
      painted.port2.postMessage(0);
    });
  });
  watch.observe(document.body, { subtree:true, childList:true, characterData:true, attributes:true });
};
