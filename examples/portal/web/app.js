// The frame of the portal: which address shows what. Views are chunks of their own, loaded when they are first shown.
import { person, signIn, signOut, SignedOut, start } from "./auth.js";
import { element } from "./dom.js";

const VIEWS = [
  [/^\/$/, () => import("./home.js")],
  [/^\/orders\/?$/, () => import("./orders.js")],
  [/^\/orders\/([^/]+)$/, () => import("./order.js")],
  [/^\/reports\/?$/, () => import("./reports.js")],
  [/^\/reports\/([^/]+)$/, () => import("./report.js")],
];
const main = document.getElementById("main");
let shown = 0;

async function show() {
  const turn = ++shown;
  for (const link of document.querySelectorAll("nav a"))
    link.toggleAttribute("aria-current", location.pathname.startsWith(link.getAttribute("href")));
  for (const link of document.querySelectorAll("nav a[aria-current]")) link.setAttribute("aria-current", "page");
  const [pattern, load] = VIEWS.find(([each]) => each.test(location.pathname)) ?? [null, null];
  let content;
  try {
    content = load ? await (await load()).view(go, ...pattern.exec(location.pathname).slice(1).map(decodeURIComponent)) : nowhere();
  } catch (error) {
    content = error instanceof SignedOut ? asking() : problem(error);
  }
  if (turn !== shown) return; // somebody went on meanwhile
  main.replaceChildren(...[content].flat());
  document.title = `${main.querySelector("h1").textContent} · Shop portal`;
  account();
}

function account() {
  const name = person();
  const button = name
    ? element("button", { class: "plain", type: "button", onclick: signOut }, "Sign out")
    : element("button", { type: "button", onclick: signIn }, "Sign in");
  document.getElementById("account").replaceChildren(...(name ? [element("span", {}, name)] : []), button);
}

function nowhere() {
  return [element("h1", {}, "There is no such page"), element("p", {}, element("a", { href: "/" }, "To the first page"))];
}

function asking() {
  const button = element("button", { type: "button", onclick: signIn }, "Sign in");
  return [element("h1", {}, "Please sign in"), element("p", {}, "Orders and reports are shown to the shop's people."), button];
}

function problem(error) {
  return [element("h1", {}, "That did not work"), element("p", { role: "alert", class: "bad" }, error.message)];
}

/** Show another address without leaving the page. */
function go(path) {
  history.pushState(null, "", path);
  show().then(() => main.focus());
}

document.addEventListener("click", event => {
  const link = event.target.closest("a[href^='/']");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", show);
const own = new URL(import.meta.url).pathname.match(/-(\w+)\.js$/);
if (own) document.getElementById("version").textContent = own[1];
try {
  await start();
  await show();
} catch (error) {
  main.replaceChildren(...problem(error));
  account();
}
