// @ts-check
//! Where a cmi5 unit sends the learner when it is left: tells the course's page, and closes its own
//! window.

import { speak } from "./i18n.js";

speak(navigator.language);
new BroadcastChannel("percorso-cmi5").postMessage({ left: location.search.slice(1) });
if (window.opener || window.name === "content") window.close();
