/** Work that a page does again and again, as long as somebody can see it. */

/**
 * @param {() => Promise<void>} work
 * @param {number} everyMs
 * @returns {() => void} stops it
 */
export function whileVisible(work, everyMs) {
  let stopped = false;
  let timer = 0;
  const round = async () => {
    window.clearTimeout(timer);
    if (stopped || document.hidden) return;
    await work();
    if (!stopped) timer = window.setTimeout(round, everyMs);
  };
  document.addEventListener("visibilitychange", round);
  void round();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    document.removeEventListener("visibilitychange", round);
  };
}
