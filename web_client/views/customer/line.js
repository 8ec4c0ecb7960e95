/**
 * How the picture gets on its way, for the customer: why it does not, what can be done, and how good the line is while it
 * does. What is poor here is told to them, since they may be asked to read out what the agent cannot.
 */

import { PictureHealth, sentSampleOf } from "../../media/picture_health.js";
import { announce } from "../announce.js";
import { actionButton } from "../parts.js";
import { byId } from "../h.js";
import { t } from "../i18n.js";
import { testLink, Unreached } from "../unreached.js";
import { problemSentence } from "../words.js";

const LOOK_EVERY_MS = 1_000;
/** @type {Record<import("../../media/picture_health.js").Quality, string>} */
const QUALITY_KEYS = { good: "line_quality.good", weak: "line_quality.weak", poor: "line_quality.poor" };

/**
 * @param {object} line
 * @param {() => import("./screen.js").CustomerView | null} line.view null while the page has no line to the server
 * @param {import("../../media/publisher.js").Publisher} line.publisher
 * @param {import("../../media/offer_again.js").OfferAgain} line.offerAgain
 */
export function followLine({ view, publisher, offerAgain }) {
  new Unreached(
    () => {
      const { problem, givenUp } = offerAgain;
      if (problem && view()) return `${problemSentence(problem)} ${t(givenUp ? "offer.given_up" : "offer.again")}`;
      return view()?.state === "sharing" && !publisher.reached ? t("unreached.customer") : "";
    },
    () => (offerAgain.problem ? actionButton(t("offer.try"), "button-small", () => offerAgain.now()) : testLink()),
  );
  const health = new PictureHealth();
  let looking = false;
  setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      const connection = view()?.state === "sharing" && publisher.reached ? publisher.connection : null;
      const sample = connection ? await sentSampleOf(connection) : null;
      if (!sample) health.reset();
      showQuality(sample ? health.observe(sample, performance.now()).quality : null);
    } finally {
      looking = false;
    }
  }, LOOK_EVERY_MS);
}

/** @param {import("../../media/picture_health.js").Quality | null} quality */
function showQuality(quality) {
  const place = byId("line-quality", HTMLElement);
  const sentence = quality ? t(QUALITY_KEYS[quality]) : "";
  if (place.textContent === sentence) return;
  place.textContent = sentence;
  if (quality === "poor") announce(sentence);
  place.hidden = sentence === "";
  place.dataset.state = quality ?? "";
}
