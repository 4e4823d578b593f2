// Sign-in by OAuth 2.0 with PKCE: the page proves that it is the one that asked, with a secret that never leaves it.
let settings;

const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));
const encoded = bytes => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const stored = () => JSON.parse(sessionStorage.getItem("session") ?? "null");

/** Read the settings, and finish a sign-in that has just led back here. */
export async function start() {
  const found = await fetch("/config.json", { cache: "no-cache" });
  if (!found.ok) throw new Error(`The settings cannot be read: ${found.status}`);
  settings = (await found.json()).signIn ?? null;
  const answer = new URLSearchParams(location.search);
  const asked = JSON.parse(sessionStorage.getItem("asked") ?? "null");
  if (!asked || answer.get("state") !== asked.state) return;
  sessionStorage.removeItem("asked");
  history.replaceState(null, "", asked.from);
  if (!answer.has("code")) throw new Error(answer.get("error_description") ?? "Nobody signed in.");
  await exchange({ grant_type: "authorization_code", code: answer.get("code"), redirect_uri: back(), code_verifier: asked.verifier });
}

/** Lead to the sign-in page; it leads back to where this page is. */
export async function signIn() {
  if (!settings) return location.reload(); // they could not be read
  const verifier = random(), state = random();
  sessionStorage.setItem("asked", JSON.stringify({ verifier, state, from: location.pathname }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const asked = new URLSearchParams({
    response_type: "code", client_id: settings.clientId, redirect_uri: back(), scope: settings.scopes, state,
    code_challenge: encoded(new Uint8Array(digest)), code_challenge_method: "S256",
  });
  location.assign(`${settings.authorizeUrl}?${asked}`);
}

/** Forget who is here, on this page and on the sign-in page. */
export function signOut() {
  sessionStorage.removeItem("session");
  const place = new URL(settings.signOutPath, location.origin).href;
  location.assign(`${settings.logoutUrl}?${new URLSearchParams({ client_id: settings.clientId, logout_uri: place })}`);
}

/** Who is signed in; null: nobody. */
export function person() {
  const token = stored()?.id_token;
  if (!token) return null;
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(
    atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), each => each.charCodeAt(0))));
  return claims.email ?? claims["cognito:username"] ?? claims.sub;
}

/** The answer of an endpoint to whoever is signed in, as JSON; nobody else asks it. */
export async function ask(path, options = {}) {
  if (stored() && stored().until < Date.now() + 30_000) await refresh();
  if (!stored()) throw new SignedOut();
  const headers = { ...options.headers, authorization: `Bearer ${stored().access_token}` };
  const answer = await fetch(path, { ...options, headers });
  const body = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
  if (answer.ok) return body;
  if (answer.status === 401) {
    sessionStorage.removeItem("session");
    throw new SignedOut();
  }
  throw Object.assign(new Error(body.message ?? `${answer.status} ${answer.statusText}`), { status: answer.status });
}

export class SignedOut extends Error {
  message = "Your sign-in has ended: please sign in again.";
}

function back() {
  return new URL(settings.callbackPath, location.origin).href;
}

async function refresh() {
  const { refresh_token } = stored();
  try {
    await exchange({ grant_type: "refresh_token", refresh_token }, { refresh_token });
  } catch {
    sessionStorage.removeItem("session");
  }
}

async function exchange(given, kept = {}) {
  const body = new URLSearchParams({ ...given, client_id: settings.clientId });
  const answer = await fetch(settings.tokenUrl, { method: "POST", body });
  const tokens = await answer.json();
  if (!answer.ok) throw new Error(`Sign-in was refused: ${tokens.error ?? answer.status}`);
  sessionStorage.setItem("session", JSON.stringify({ ...kept, ...tokens, until: Date.now() + tokens.expires_in * 1000 }));
}
