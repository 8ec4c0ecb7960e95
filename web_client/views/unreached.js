/** Says, and goes on saying, that the picture has had no way for a while: a page must not look as if it were seen. */

import { announce } from "./announce.js";
import { everyHalfSecond } from "./clock.js";
import { byId, fill, h } from "./h.js";
import { t } from "./i18n.js";

const WAIT_MS = 8_000; // a connection takes one or two seconds, a bad line some more

export class Unreached {
  #since = 0;
  #shown = "";

  /**
   * @param {() => string} trouble the sentence that would have to be said now; empty while all is well
   * @param {() => HTMLElement} help what can be done, beside it
   */
  constructor(trouble, help = testLink) {
    this.trouble = trouble;
    this.help = help;
    everyHalfSecond(() => this.#look());
  }

  #look() {
    const sentence = this.trouble();
    if (!sentence) this.#since = 0;
    else if (!this.#since) this.#since = performance.now();
    this.#show(sentence && performance.now() - this.#since >= WAIT_MS ? sentence : "");
  }

  /** @param {string} sentence */
  #show(sentence) {
    if (sentence === this.#shown) return;
    this.#shown = sentence;
    const place = byId("media-state", HTMLElement);
    fill(place, sentence ? [sentence, " ", this.help()] : null);
    place.hidden = sentence === "";
    if (sentence) announce(sentence);
  }
}

/** In a window of its own: the session's page stays. */
export function testLink() {
  return h("a", { href: "/connection-test", target: "_blank", rel: "noopener" }, t("unreached.test"));
}
