/** A supervisor's page of lost authenticators. */

import { mountFactorRequests } from "./factor_requests.js";

mountFactorRequests("agent");
