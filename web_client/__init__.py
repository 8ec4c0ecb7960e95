"""The pages: what a customer, an agent and a security officer see and touch. Served as files, never imported.

Terms: a *view* is the whole state as one party may see it, sent by the server (`server/signalling/PROTOCOL.md`); a
*screen* is what a page shows for one state; the *curtain* is the black cover over the agent's picture.

    server --view--> protocol/socket.js --> pages/*.js --screen--> views/  (createElement and textContent only)
    person --click--> views/ --> pages/*.js --> protocol/ (HTTP or socket) --> server
    browser's picker --track--> media/publisher.js --> gate --> media/viewer.js --> agent's screen

`protocol` and `media` know no screen; `views` know no network; `pages` join them. Plain ES modules, checked by `tsc`
from their JSDoc, no build, no framework, nothing from elsewhere. They run under `require-trusted-types-for 'script';
trusted-types 'none'` and a style policy of own files only: no markup from strings, no inline style.

May not: decide whether media may flow (the gate does), keep a code or a token longer than its form, show a field for a
code in any state but `verifying`, or attach a captured track to a connection in any state but `sharing`.
"""
