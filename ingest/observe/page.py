"""HTML pages: generator, base, refresh, and what the page loads; read by a real parser, in document order.

Covered: script, link (stylesheets, icons, manifests, what is preloaded), img, picture, video, audio, track,
iframe, frame, embed, object, input, image and use of SVG, background attributes, `url(…)` and `@import` in
style attributes and elements. Not covered: what scripts load, `srcdoc`, and the content of `template`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sousveil.ingest.observe import links
from sousveil.ingest.observe.links import Link, LinkError

# The parser's work, and its memory, can grow with the square of the tags: 100,000 nested ones take 25 s,
# 4,000 closed out of order 1.4 GB. So a page is read in parts, each STEP tags longer than the last,
# and no further once one nests too deep or grew out of all proportion.
STEP = 1000
TAGS = 40_000
DEEPEST = 512  # what Chrome nests at most
GROWTH = 20  # characters of the tree for one of the page; ordinary pages have less than 2
CLOSED = re.compile(f"(?:</[a-z][^>]*>){{{DEEPEST}}}")  # in what the parser writes, not in the page

SOURCES = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "link": ("href", "imagesrcset"),
    "body": ("background",),
    "table": ("background",),
    "td": ("background",),
}
SETS = {"srcset", "imagesrcset"}
LOADED = {"stylesheet", "icon", "manifest", "preload", "modulepreload", "prefetch", "mask-icon"}
LOADED |= {"apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image"}
SET = 8192  # characters of a srcset that are read
CANDIDATE = re.compile(r"[\s,]*(\S+?)(?:,+(?=\s|\Z)|\s+[^,]*(?:,|\Z)|\Z)")
COMMENT = re.compile(r"/\*.{0,10000}?\*/", re.DOTALL)
STYLED = re.compile(
    r"""url\(\s{0,20}(?:"([^"\n]{1,2000})"|'([^'\n]{1,2000})'|([^\s"'()]{1,2000}))"""
    r"""|@import\s{1,20}(?:"([^"\n]{1,2000})"|'([^'\n]{1,2000})')""",
    re.IGNORECASE,
)
REFRESH = re.compile(r"\s*(\d{1,9})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?['\"]?([^'\"]*)", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
HEAD = 1024  # bytes in which a page must say its encoding
# Labels of the encoding standard whose decoders are the same in every Python; anything else is read as UTF-8.
ENCODINGS = {
    **dict.fromkeys(["ascii", "us-ascii", "latin1", "iso-8859-1", "iso8859-1", "windows-1252"], "cp1252"),
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **dict.fromkeys(["gb2312", "gbk", "gb18030", "x-gbk"], "gb18030"),
    **dict.fromkeys(["shift_jis", "shift-jis", "sjis", "x-sjis"], "cp932"),
    **dict.fromkeys(["euc-kr", "ks_c_5601-1987"], "cp949"),
    **dict.fromkeys(["utf-16", "utf-16le"], "utf-16-le"),
    **{name: name for name in ("big5", "euc-jp", "iso-2022-jp", "koi8-r", "koi8-u")},
    "iso-8859-9": "cp1254",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "utf-16be": "utf-16-be",
}


@dataclass(slots=True)
class Page:
    """What a page says: `resources` are (element, where it leads), `refresh` where it sends them at once."""

    base: Link
    generators: list[str] = field(default_factory=list)
    resources: list[tuple[str, Link]] = field(default_factory=list)
    refresh: Link | None = None
    bad: int = 0
    cut: bool = False


def parse(body: bytes, at: Link, declared: str | None) -> Page:
    """Read a page that came from `at`; `declared` is its Content-Type. Nothing is fetched or run."""
    text = decoded(body, declared)
    tree, cut = _tree(text)
    page = Page(at, cut=cut)
    root = tree.root
    if root is None:
        return page
    nodes = [node for node in root.traverse(include_text=False) if node.is_element_node]
    page.base = _base(nodes, at)
    for node in nodes:
        _read(page, node, at)
    return page


def decoded(body: bytes, declared: str | None) -> str:
    """Decode by byte order mark, header or `meta`, in this order, else as UTF-8; the rest is replaced."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    label = CHARSET.search(declared or "")
    name = label[1] if label else _announced(body[:HEAD])
    encoding = ENCODINGS.get(name.lower(), "utf-8")
    if label is None and encoding.startswith("utf-16"):  # it could not have been read then
        encoding = "utf-8"
    return body.decode(encoding, "replace")


def _announced(head: bytes) -> str:
    if b"charset" not in head.lower():
        return ""
    for node in LexborHTMLParser(head.decode("latin-1")).css("meta"):
        attributes = node.attributes
        if charset := attributes.get("charset"):
            return charset
        if (attributes.get("http-equiv") or "").lower() == "content-type":
            found = CHARSET.search(attributes.get("content") or "")
            if found:
                return found[1]
    return ""


def _tree(text: str) -> tuple[LexborHTMLParser, bool]:
    """Parse a page, or as much of it as is safe, and say whether something was cut off."""
    ends = _ends(text)
    for end in ends:
        tree = LexborHTMLParser(text[:end])
        if end < ends[-1] and _hostile(tree, end):
            return tree, True
    return tree, ends[-1] < len(text)


def _hostile(tree: LexborHTMLParser, size: int) -> bool:
    """Say whether to go on could cost too much: elements still open end together in the tree."""
    written = tree.html or ""
    return len(written) > GROWTH * (size + STEP) or CLOSED.search(written) is not None


def _ends(text: str) -> list[int]:
    """Return where the parts end: before every STEP-th tag, and where the page ends or there are TAGS."""
    ends: list[int] = []
    at = -1
    for tag in range(TAGS + 1):
        at = text.find("<", at + 1)
        if at < 0:
            return [*ends, len(text)]
        if tag and tag % STEP == 0:
            ends.append(at)
    return ends


def _base(nodes: list[LexborNode], at: Link) -> Link:
    for node in nodes:
        if node.tag == "base" and (href := node.attributes.get("href")):
            try:
                return links.resolve(at, href) or at
            except LinkError:
                return at
    return at


def _read(page: Page, node: LexborNode, at: Link) -> None:
    tag = node.tag or ""
    attributes = node.attributes
    if tag == "meta":
        _meta(page, node, at)
    elif tag == "style":
        _styled(page, node.text(deep=True) or "")
    elif tag in SOURCES and not (tag == "link" and not _loads(attributes)):
        for name in SOURCES[tag]:
            value = attributes.get(name) or ""
            for address in CANDIDATE.findall(value[:SET]) if name in SETS else (value,):
                _resource(page, tag, address)
    if style := attributes.get("style"):
        _styled(page, style)


def _loads(attributes: dict[str, str | None]) -> bool:
    return not LOADED.isdisjoint((attributes.get("rel") or "").lower().split())


def _meta(page: Page, node: LexborNode, at: Link) -> None:
    attributes = node.attributes
    content = attributes.get("content") or ""
    refresh = (attributes.get("http-equiv") or "").strip().lower() == "refresh"
    if refresh and page.refresh is None and not _without_scripts(node):
        page.refresh = _refresh(content, page.base, at)
    if (attributes.get("name") or "").strip().lower() == "generator" and content.strip():
        page.generators.append(" ".join(content.split()))


def _without_scripts(node: LexborNode) -> bool:
    """Say whether an element counts only for visitors who run no scripts."""
    return node.parent is not None and node.parent.tag == "noscript"


def _refresh(content: str, base: Link, at: Link) -> Link | None:
    """Return where a refresh leads that comes at once; a page that reloads itself, or later, is a page."""
    found = REFRESH.match(content)
    if found is None or int(found[1]) > 1:
        return None
    try:
        link = links.resolve(base, found[2])
    except LinkError:
        return None
    return None if link == at else link


def _styled(page: Page, css: str) -> None:
    for found in STYLED.findall(COMMENT.sub(" ", css)):
        _resource(page, "style", next(filter(None, found)))


def _resource(page: Page, element: str, address: str) -> None:
    if not address.strip():
        return
    try:
        link = links.resolve(page.base, address)
    except LinkError:
        page.bad += 1
        return
    if link is not None:
        page.resources.append((element, link))
