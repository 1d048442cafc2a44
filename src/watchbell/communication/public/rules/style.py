"""The looks of the static pages: one sheet inside each page, no picture, no font, no script."""

import base64
import hashlib

STYLE = """
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#16181d;--soft:#4a505c;--line:#c9cdd6;--link:#0b4fb3;
--bad:#a3121f;--bad-ink:#fff;--warn:#7a4b00;--warn-bg:#fff4dc;--good:#0d5c32;--good-bg:#e4f5ea;--info-bg:#e6eefb}
@media (prefers-color-scheme:dark){:root{--bg:#111317;--card:#1b1e24;--ink:#f1f3f6;--soft:#b6bcc8;--line:#444b58;
--link:#8db8ff;--bad:#b3202d;--bad-ink:#fff;--warn:#ffcf7a;--warn-bg:#38290c;--good:#8fe0ae;--good-bg:#12301f;
--info-bg:#1a2a45}}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:1.0625rem/1.55 system-ui,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere}
a{color:var(--link)}a:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:.5rem;top:.5rem;background:var(--card);padding:.6rem}
.wrap{max-width:46rem;margin:0 auto;padding:0 1rem}
header .wrap{padding-top:1.25rem}.brand{margin:0;font-size:1.125rem;font-weight:650}
.brand a{color:inherit;text-decoration:none;display:inline-block;padding:.5rem 0;min-height:44px}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem;padding:0;margin:.25rem 0 0}
nav a{display:inline-flex;align-items:center;min-height:44px;min-width:44px;justify-content:center;padding:0 .75rem;
border-radius:8px}
nav a[aria-current]{background:var(--info-bg);color:var(--ink);text-decoration:none;font-weight:600}
main.wrap{padding-top:1rem;padding-bottom:2rem}
h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
.state{border-radius:12px;padding:1.25rem;border:2px solid var(--line);background:var(--card)}
.state p{margin:.25rem 0 0}.state .mark{font-size:.95rem;font-weight:650;letter-spacing:.01em}
.state.bad{background:var(--bad);border-color:var(--bad);color:var(--bad-ink)}.state.warn{background:var(--warn-bg);
border-color:var(--warn)}.state.good{background:var(--good-bg);border-color:var(--good)}
.state h1{font-size:2rem}
.list{list-style:none;margin:0;padding:0;display:grid;gap:.75rem}
.card{background:var(--card);border:1px solid var(--line);border-inline-start:6px solid var(--line);border-radius:10px;
padding:1rem}
.card h2,.card h3{margin:0;font-size:1.15rem;line-height:1.3}
.card h2 a,.card h3 a{display:inline-block;padding:.35rem 0;min-height:44px}
.card p{margin:.35rem 0 0}.card.bad{border-inline-start-color:var(--bad)}
.card.warn{border-inline-start-color:var(--warn)}
.meta{color:var(--soft);font-size:.95rem}.tag{font-weight:650}
.note{border:2px solid var(--warn);background:var(--warn-bg);border-radius:10px;padding:.75rem 1rem;margin:1rem 0}
.note p{margin:0}.note.over{border-color:var(--line);background:var(--card)}
.body p{margin:0 0 1rem}.body{font-size:1.125rem;margin-top:1rem}
dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.35rem 1rem;border-top:1px solid var(--line);
padding-top:1rem;margin:1.5rem 0 0}dt{color:var(--soft)}dd{margin:0}
footer{border-top:1px solid var(--line);color:var(--soft);font-size:.95rem}footer p{margin:.75rem 0}
footer a,.plain a{display:inline-block;padding:.6rem 0;min-height:44px}
footer ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0}
@media (max-width:26rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}.state h1{font-size:1.6rem}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#333;--line:#888;--link:#000}
.state,.state.bad{background:#fff;color:#000;border-color:#000}nav,.skip{display:none}.card{break-inside:avoid}}
@media (forced-colors:active){.card,.state,.note{border:2px solid}}
""".strip()
#: The only style a page may carry, by its hash.
POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'"
)
