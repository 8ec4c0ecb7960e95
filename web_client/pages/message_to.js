/** An officer writes to an agent, from wherever the agent is shown. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { sentenceOf } from "../views/failure.js";
import { t } from "../views/i18n.js";
import { writeMessage } from "../views/security/write_message.js";

/**
 * @param {{ id: string, name: string }} person
 * @returns {Promise<void>} throws where what was written before cannot be read
 */
export async function messageTo({ id, name }) {
  const place = `/security/staff/${id}/messages`;
  const send = async (/** @type {string} */ text) => {
    try {
      await post(place, { text });
    } catch (problem) {
      return sentenceOf(problem);
    }
    return "";
  };
  if (await writeMessage(name, await get(place), send)) announce(t("message.sent", { name }));
}
