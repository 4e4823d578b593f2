"""The functions that see every request at the edge before the cache does, as JavaScript. Pure.

/about        -> /<release>/about/index.html       a page; of a single-page app its index.html
/app.css      -> /<release>/app.css                a file
/assets/….js  -> the same                          immutable: every release has it there
/config.json  -> the same                          the stage's, outside of the releases
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import quote

CONFIG_PATH = "/config.json"
_USUAL = (
    "avif css csv eot gif htm html ico jpeg jpg js json map mjs mp3 mp4 ogg otf pdf png svg ttf txt wasm wav webm "
    "webmanifest webp woff woff2 xml zip"
)
USUAL_EXTENSIONS = tuple(_USUAL.split())
"""Of files that websites have: an older release may have some of which the newest has none."""
LONGEST = 10_240
"""Bytes of a function. Source: CloudFront quotas, maximum function size."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One redirect.

    Attributes:
        source: the old path; `*` at its end is the rest, `:name` a part.
        target: a path or a URL; with `:splat` and `:name` of the source.
        status: 200 shows the target under the old path.
        gives_way: whether it counts only for what is no file and no page.
    """

    source: str
    target: str
    status: int
    gives_way: bool = False


@dataclass(frozen=True, kw_only=True)
class ViewerPlan:
    """What the functions know.

    Attributes:
        release: the folder of the files.
        kind: "spa": what is no file is the app's `index.html`; "pages": every page is a file.
        extensions: of files, in lower case and without a dot: anything else is a page.
        folders: whether the page `/about` is `about/index.html`, and not `about.html`.
        others: pages that are the other way, such as `/docs`.
        named: pages whose addresses end as those of files do, such as `/blog/next.js`.
        outside: path patterns that are outside of the releases.
        inside: files of those that are in the release all the same.
        dotted: whether each file outside has an extension: what has none there is the address of a page.
        redirects: in the order in which they count.
        pages: what redirects that give way do not count for, without a slash at the end.
        main_domain: to which other names lead. None: none do.
        password: a name, and the SHA-256 of the password. None: anybody may look.
    """

    release: str
    kind: Literal["spa", "pages"] = "spa"
    extensions: Sequence[str] = ()
    folders: bool = True
    others: Sequence[str] = ()
    named: Sequence[str] = ()
    outside: Sequence[str] = ()
    inside: Sequence[str] = ()
    dotted: bool = True
    redirects: Sequence[Moved] = ()
    pages: Sequence[str] = ()
    main_domain: str | None = None
    password: tuple[str, str] | None = None


def site_function(plan: ViewerPlan) -> str:
    """The function of the site's own behaviour, as short as what it has to do."""
    return _joined(site_parts(plan))


def site_parts(plan: ViewerPlan) -> Mapping[str, str]:
    """Its parts, by what they are for: one that is too long says which."""
    every = [replace(each, source=url(each.source), target=url(each.target)) for each in plan.redirects]
    exact = {
        source: [each.target, each.status]
        for each in reversed(every)
        if not _varies(each.source)
        for source in {each.source.replace("+", "%2B"), each.source.replace("%2B", "+")}
    }
    patterns = [
        [_pattern(each), _replacement(each), each.status, *([1] if each.gives_way else [])]
        for each in every
        if _varies(each.source)
    ]
    gives_way = any(each.gives_way for each in every)
    parts = {
        "release": f"const RELEASE = {_js(plan.release)};",
        "begin": _BEGIN,
        **({"main_domain": _MAIN_DOMAIN % _js(plan.main_domain)} if plan.main_domain else {}),
        **({"password": _ASKS % tuple(map(_js, plan.password))} if plan.password else {}),
        **({"redirects": _EXACT % _js(exact)} if exact else {}),
        **({"passed": _PASSED % _js(_set_of(plan.pages))} if gives_way else {}),
        **({"redirects with variables": _patterns(patterns, gives_way=gives_way)} if patterns else {}),
        _PLUS: _PLUSES,
        "outside": _OUTSIDE % (_inside(plan), "|".join(_outside(plan))),
        "pages": _pages(plan),
        "extensions": _FILE % "|".join(re.escape(encoded(each)) for each in plan.extensions),
        "helpers": "".join(_helpers(plan)),
    }
    has_escapes = any(_ESCAPE.search(text) for name, text in parts.items() if name != _PLUS)
    return {**parts, "begin": _BEGIN_ESCAPED if has_escapes else _BEGIN}


def api_function(plan: ViewerPlan, prefix: str) -> str:
    """The function of an endpoint's behaviour; empty when it has nothing to do.

    Args:
        plan: what is known of the site.
        prefix: what is taken off the path, such as "/api". Empty: nothing.
    """
    parts = {
        "password": _API_UNASKED if plan.password else "",
        "prefix": _STRIP % re.escape(url(prefix)).replace("/", "\\/") if prefix else "",
    }
    return _joined({"begin": _API_BEGIN, **parts, "end": "  return request;\n}\n"}) if any(parts.values()) else ""


def _joined(parts: Mapping[str, str]) -> str:
    return "\n".join(filter(None, (each.strip("\n") for each in parts.values()))) + "\n"


def _pages(plan: ViewerPlan) -> str:
    if plan.kind == "spa":
        return "  request.uri = '/' + RELEASE + (isFile(uri) ? uri : '/index.html');\n  return request;\n}"
    text = _FOLDERS if plan.folders else _HTML_FILES
    named = _NAMED % _js(_set_of(plan.named)) if plan.named else ""
    return named + text % (_js(_set_of(plan.others)), " || NAMED[uri] === 1" if plan.named else "")


def _patterns(patterns: Sequence[Sequence[object]], *, gives_way: bool) -> str:
    return _PATTERNS % (_js(patterns), " && !(PATTERNS[i][3] && isPassed)" if gives_way else "")


def _inside(plan: ViewerPlan) -> str:
    """What a path must not be to be outside of the releases."""
    return f"(?!(?:{'|'.join(_literal(f'/{each}') for each in plan.inside)})$)" if plan.inside else ""


def _outside(plan: ViewerPlan) -> Iterator[str]:
    yield _of_path(CONFIG_PATH)
    paths = "|".join(map(_of_path, plan.outside))
    if paths:
        yield f"(?=.*\\.[^\\/]*$)(?:{paths})" if plan.dotted else paths


def _set_of(paths: Sequence[str]) -> Mapping[str, int]:
    return {encoded(each): 1 for each in paths}


def _helpers(plan: ViewerPlan) -> Iterator[str]:
    if plan.main_domain or plan.redirects or plan.kind == "pages":
        yield _REDIRECT
    if plan.redirects:
        yield _TO


def _varies(source: str) -> bool:
    return source.endswith("*") or re.search(r"/:\w", source) is not None


def _pattern(each: Moved) -> str:
    """A source as a regular expression, with a group for each variable in its order."""
    parts = re.split(r"(:\w+|\*$)", each.source.replace("%2B", "+"))
    groups = {"*": "(.*)"}
    text = "".join(groups.get(part, "([^/]+)" if part.startswith(":") else re.escape(part)) for part in parts if part)
    text = text.replace("\\+", "(?:\\+|%2B)")
    if text.endswith("/(.*)"):
        text = f"{text.removesuffix('/(.*)')}(?:/(.*))?"  # /blog/* is /blog, too
    return f"^{text}$"


def _replacement(each: Moved) -> str:
    """A target with `$1` for the first variable of its source, and so on."""
    names = [":splat" if name == "*" else name for name in re.findall(r":\w+|\*$", each.source)]
    target = each.target.replace("$", "$$")
    for number, name in sorted(enumerate(names, 1), key=lambda pair: -len(pair[1])):
        target = re.sub(rf"{name}(?!\w)", f"${number}", target)
    return target


def _of_path(pattern: str) -> str:
    """A path pattern of CloudFront as a part of a regular expression in JavaScript."""
    return "".join(_WILD.get(part) or _literal(part) for part in re.split(r"([*?])", pattern))


def _literal(path: str) -> str:
    return re.escape(encoded(path)).replace("/", "\\/").replace("\\-", "-")


def encoded(name: str) -> str:
    """The path of a file as its bucket is asked for it: as a browser sends it, but for `+`.

    What would be a part of a URL is encoded, too.
    """
    return quote(name, safe=_AS_IT_IS.replace("+", ""), errors="surrogateescape")


def url(given: str) -> str:
    """A path or a URL that somebody wrote, as a browser sends it: what is encoded already stays so."""
    scheme, host, rest = cast("re.Match[str]", _URL.fullmatch(given)).groups("")
    parts = re.split(
        r"(%[0-9A-Fa-f]{2}|\$\{Token\[[^\]]*\]\})", rest
    )  # what a token stands for is encoded by who gives it
    for at in range(0, len(parts), 2):
        parts[at] = quote(parts[at], safe=f"{_AS_IT_IS}?#")
    text = "".join(part.upper() if part.startswith("%") else part for part in parts)
    return f"{scheme}{ascii_host(host)}{text}"


def ascii_host(host: str) -> str:
    """A host as DNS has it: `xn--bcher-kva.example`. One that has no such form stays as it is."""
    try:
        return host if host.isascii() else ".".join(map(_ascii_label, host.split(".")))
    except UnicodeError:
        return host


def _ascii_label(label: str) -> str:
    """A part of it. `ß` and `ς` stay themselves since IDNA 2008, which registries and browsers have."""
    plain, colon, port = label.partition(":")
    if re.search("[ßς]", plain):
        text = unicodedata.normalize("NFC", plain.lower())
        return f"xn--{text.encode('punycode').decode()}{colon}{port}"
    return f"{plain.encode('idna').decode() if plain else ''}{colon}{port}"


def _js(value: object) -> str:
    """A value as JavaScript, which has two line ends more than JSON."""
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/")


_AS_IT_IS = "/!$&'()*+,;=:@[]|^~"
"""What a browser leaves in a path as it is written, beside letters and digits. Source: WHATWG URL, path percent-encode
set."""
_PLUS = "plus"
_WILD = {"*": ".*", "?": "."}
_ESCAPE = re.compile("%[0-9A-F]{2}")
_URL = re.compile(r"(?:(https?://)([^/?#]*))?(.*)", re.IGNORECASE | re.DOTALL)
_BEGIN_ESCAPED = """
function handler(event) {
  const request = event.request;
  let uri = request.uri.replace(/%[0-9a-f]{2}/g, escape => escape.toUpperCase());
"""
_BEGIN = """
function handler(event) {
  const request = event.request;
  let uri = request.uri;
"""
_MAIN_DOMAIN = """
  const MAIN = %s;
  if (request.headers.host && request.headers.host.value.toLowerCase() !== MAIN)
    return redirect(301, 'https://' + MAIN + uri + query(request));
"""
_ASKS = """
  const given = request.headers.authorization ? request.headers.authorization.value : '';
  const pair = given.slice(0, 6).toLowerCase() === 'basic ' ? Buffer.from(given.slice(6), 'base64').toString() : '';
  const colon = pair.indexOf(':');
  if (colon < 0 || pair.slice(0, colon) !== %s ||
      require('crypto').createHash('sha256').update(pair.slice(colon + 1)).digest('hex') !== %s)
    return { statusCode: 401, statusDescription: 'Unauthorized', headers: {
      'www-authenticate': { value: 'Basic realm="This site is not public yet", charset="UTF-8"' },
      'cache-control': { value: 'no-store' } } };
"""
_EXACT = """
  const MOVED = %s;
  const moved = Object.prototype.hasOwnProperty.call(MOVED, uri) ? MOVED[uri] : MOVED[uri.replace(/(.)\\/$/, '$1')];
  if (Array.isArray(moved)) {
    if (moved[1] !== 200) return redirect(moved[1], to(moved[0], request));
    uri = moved[0];
  }
"""
_PATTERNS = """
  const PATTERNS = %s;
  for (let i = 0; i < PATTERNS.length; i++) {
    const found = new RegExp(PATTERNS[i][0]).exec(uri);
    if (found%s) {
      const target = PATTERNS[i][1].replace(/\\$(\\$|\\d+)/g, (_, n) => n === '$' ? '$' : found[n] || '');
      if (PATTERNS[i][2] !== 200) return redirect(PATTERNS[i][2], to(target, request));
      uri = target;
      break;
    }
  }
"""
_PASSED = """
  const PASSED = %s;
  const isPassed = isFile(uri) || PASSED[uri.replace(/(.)\\/$/, '$1').replace(/\\+/g, '%%2B')] === 1;
"""
_PLUSES = """
  uri = uri.replace(/\\+/g, '%2B');
"""
"""S3 reads `+` in a path as a blank, behind CloudFront, too. Source: sveltejs/kit, issue 6451; imgix/js-core,
issue 88."""
_OUTSIDE = """
  if (/^%s(?:%s)$/.test(uri)) {
    request.uri = uri;
    return request;
  }
"""
_FILE = """
function isFile(uri) {
  return /\\.(?:%s)$/i.test(uri);
}
"""
_NAMED = """
  const NAMED = %s;
"""
_FOLDERS = """
  const OTHERS = %s;
  if (!isFile(uri)%s) {
    const bare = uri.replace(/(.)\\/$/, '$1');
    const last = uri.slice(uri.lastIndexOf('/') + 1);
    if (OTHERS[bare] === 1) uri = bare + '.html';
    else if (last !== '') return redirect(301, uri + '/' + query(request));
    else uri += 'index.html';
  }
  request.uri = '/' + RELEASE + uri;
  return request;
}
"""
_HTML_FILES = """
  const OTHERS = %s;
  if (!isFile(uri)%s) {
    const bare = uri.replace(/(.)\\/$/, '$1');
    const last = uri.slice(uri.lastIndexOf('/') + 1);
    if (uri === '/') uri = '/index.html';
    else if (OTHERS[bare] === 1) {
      if (last !== '') return redirect(301, uri + '/' + query(request));
      uri += 'index.html';
    } else if (last === '') return redirect(301, bare + query(request));
    else uri += '.html';
  }
  request.uri = '/' + RELEASE + uri;
  return request;
}
"""
_REDIRECT = """
function redirect(status, location) {
  // What begins with two slashes would lead to another host.
  return { statusCode: status, statusDescription: 'Moved', headers: {
    location: { value: location.replace(/^[\\/\\\\]+/, '/') }, 'cache-control': { value: 'no-cache' } } };
}
function query(request) {
  const pairs = [];
  for (const name in request.querystring) {
    const each = request.querystring[name];
    (each.multiValue || [each]).forEach(one => pairs.push(one.value === '' ? name : name + '=' + one.value));
  }
  return pairs.length ? '?' + pairs.join('&') : '';
}
"""
_TO = """
function to(target, request) {
  const hash = target.indexOf('#');
  const path = hash < 0 ? target : target.slice(0, hash);
  return path + (path.indexOf('?') < 0 ? query(request) : '') + (hash < 0 ? '' : target.slice(hash));
}
"""
_API_BEGIN = """
function handler(event) {
  const request = event.request;
"""
_API_UNASKED = """
  // The password is the site's: its endpoints ask for something else, and would refuse it.
  const given = request.headers.authorization ? request.headers.authorization.value : '';
  if (given.slice(0, 6).toLowerCase() === 'basic ') delete request.headers.authorization;
"""
_STRIP = """
  request.uri = request.uri.replace(/^%s(?=\\/|$)/, '') || '/';
"""
