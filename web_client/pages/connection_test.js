/** Anybody's test of the way from their browser to the media gate, before somebody waits for a picture. */

import { tryWay, WAYS } from "../media/connection_test.js";
import { post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { outcomeRow, verdict, verdictSentence, waitingRow } from "../views/connection/ways.js";
import { showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";

const rows = byId("ways", HTMLUListElement);
const button = byId("begin", HTMLButtonElement);

async function run() {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  fill(byId("verdict", HTMLElement));
  try {
    await tryAll(await post("/connection-tests"));
  } catch (problem) {
    fill(rows);
    showFailure("verdict", problem, run);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @param {import("../media/connection_test.js").ConnectionTest} test */
async function tryAll(test) {
  fill(rows, WAYS.map(waitingRow));
  const outcomes = await Promise.all(
    WAYS.map(async (way, index) => {
      const outcome = await tryWay(way, test);
      rows.children[index]?.replaceWith(outcomeRow(outcome));
      return outcome;
    }),
  );
  fill(byId("verdict", HTMLElement), verdict(outcomes));
  announce(verdictSentence(outcomes));
}

button.addEventListener("click", run);
