/**
 * Back from the organisation's own sign-in. The way on is a step of this page's own: a browser sends no `SameSite=Strict`
 * cookie along redirections that began on another site.
 */

import { byId } from "../views/h.js";

location.replace(byId("go-on", HTMLAnchorElement).href);
