/** The page that checks receipts where there is no server: in one file, opened from a disk. */

import { LANGUAGES, offered } from "./language.js";
import { byId, fill, h } from "../views/h.js";
import { language, t } from "../views/i18n.js";
import { receiptPage } from "../views/receipt/page.js";

document.title = `${t("receipt.page_title")} – Tachiai`;
window.addEventListener("hashchange", () => location.reload());
fill(
  byId("header", HTMLElement),
  h("span", { class: "wordmark" }, h("span", { class: "wordmark-name" }, "Tachiai")),
  h(
    "nav",
    { class: "languages header-end", "aria-label": t("base.languages") },
    Object.entries(LANGUAGES)
      .filter(([code]) => offered.includes(code))
      .map(([code, name]) =>
        h("a", { href: `#${code}`, lang: code, hreflang: code, "aria-current": code === language ? "true" : null }, name),
      ),
  ),
);
fill(byId("main", HTMLElement), receiptPage(null));
