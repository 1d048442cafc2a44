// A bar with the district's current notices, on any page. It touches nothing but an element of its own, runs once,
// and is silent when something fails. <script src="https://…/banner.js" async data-lang="es"></script>
(function () {
  "use strict";
  try {
    if (window.__watchbellBanner || !document.currentScript || !window.fetch || !Element.prototype.attachShadow) return;
    window.__watchbellBanner = true;
    var script = document.currentScript;
    var base = new URL(".", script.src);
    var wanted = script.getAttribute("data-lang") || document.documentElement.lang || navigator.language || "en";
    var every = POLL_SECONDS * 1000;
    var host = null, shadow = null, list = null, seen = "", hidden = {};
    var sheet =
      ":host{all:initial;display:block;position:sticky;top:0;z-index:2147483000}" +
      "section{font:16px/1.45 system-ui,'Segoe UI',Roboto,sans-serif;color:#fff;background:#7a4b00;border-bottom:2px solid #fff}" +
      "section.bad{background:#a3121f}.in{max-width:75rem;margin:0 auto;padding:10px 16px;display:flex;gap:8px 16px;" +
      "align-items:center;flex-wrap:wrap}.say{flex:1 1 16rem;min-width:0;overflow-wrap:anywhere}" +
      "b{font-weight:700;display:block}p{margin:2px 0 0}a,button{font:inherit;font-weight:600;color:#fff;" +
      "background:transparent;border:2px solid #fff;border-radius:8px;min-height:44px;padding:8px 14px;box-sizing:border-box;" +
      "display:inline-flex;align-items:center;cursor:pointer;text-decoration:none}a:focus-visible,button:focus-visible" +
      "{outline:3px solid #fff;outline-offset:2px}.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}" +
      "@media print{section{color:#000;background:#fff}a,button{display:none}}";

    var element = function (name, text, className) {
      var made = document.createElement(name);
      if (text) made.textContent = text;
      if (className) made.className = className;
      return made;
    };
    var pick = function (banner) {
      var short = wanted.toLowerCase().split("-")[0];
      var found = banner.texts[wanted] ? wanted : banner.texts[short] ? short : banner.language;
      return { language: found, text: banner.texts[found] };
    };
    var leave = function () {
      if (host && host.parentNode) host.parentNode.removeChild(host);
      host = shadow = list = null;
    };
    var stand = function () {
      if (host && host.isConnected) return;
      host = document.createElement("div");
      host.setAttribute("data-watchbell-banner", "");
      shadow = host.attachShadow({ mode: "open" });
      var style = element("style", sheet);
      if (script.nonce) style.nonce = script.nonce;
      if ("adoptedStyleSheets" in shadow && window.CSSStyleSheet && CSSStyleSheet.prototype.replaceSync) {
        var made = new CSSStyleSheet();
        made.replaceSync(sheet);
        shadow.adoptedStyleSheets = [made];
      } else shadow.appendChild(style);
      list = element("div");
      list.setAttribute("role", "status");
      shadow.appendChild(list);
      document.body.insertBefore(host, document.body.firstChild);
    };
    var draw = function (told) {
      var now = Date.now() / 1000;
      var shown = told.banners.filter(function (one) {
        return hidden[one.id] !== one.changed && (!one.expires || one.expires > now) && one.texts;
      });
      var mark = JSON.stringify(shown);
      if (mark === seen && (host ? host.isConnected : !shown.length)) return;
      seen = mark;
      if (!shown.length) return leave();
      stand();
      while (list.firstChild) list.removeChild(list.firstChild);
      shown.forEach(function (banner) {
        var found = pick(banner);
        var bar = element("section", "", banner.emergency ? "bad" : "");
        bar.lang = found.language;
        bar.dir = /^(ar|fa|he|ps|ur)/.test(found.language) ? "rtl" : "ltr";
        bar.setAttribute("aria-label", told.district + ": " + found.text.title);
        var inside = element("div", "", "in"), say = element("div", "", "say");
        say.appendChild(element("b", found.text.title));
        if (found.text.short) say.appendChild(element("p", found.text.short));
        inside.appendChild(say);
        var link = element("a", found.text.more);
        link.appendChild(element("span", ": " + found.text.title, "vh"));
        link.href = new URL(found.text.url, base).href;
        inside.appendChild(link);
        if (!banner.emergency) {
          var close = element("button", found.text.close);
          close.type = "button";
          close.appendChild(element("span", ": " + found.text.title, "vh"));
          close.addEventListener("click", function () {
            hidden[banner.id] = banner.changed;
            draw(told);
          });
          inside.appendChild(close);
        }
        bar.appendChild(inside);
        list.appendChild(bar);
      });
    };
    var last = null;
    // "no-cache" asks with If-None-Match when there is a copy: an answer of 304 has no body.
    var look = function () {
      fetch(new URL("banner.json", base).href, { cache: "no-cache", credentials: "omit", referrerPolicy: "no-referrer" })
        .then(function (answer) {
          if (!answer.ok) throw new Error(String(answer.status));
          return answer.json();
        })
        .then(function (told) {
          if (told && Array.isArray(told.banners)) draw((last = told));
        })
        .catch(function () {
          if (last) draw(last); // what has expired meanwhile goes all the same
        });
    };
    var begin = function () {
      look();
      setInterval(function () {
        if (!document.hidden) look();
      }, every);
      document.addEventListener("visibilitychange", function () {
        if (!document.hidden) look();
      });
    };
    if (document.body) begin();
    else document.addEventListener("DOMContentLoaded", begin);
  } catch (problem) {
    if (window.console) console.warn("banner:", problem);
  }
})();
