"""What nsd, unbound and nginx are told: their configuration as text."""

from __future__ import annotations

from pathlib import Path

from atlas import Atlas, Page, Site
from zones import NameServer

RESOLVER = "127.0.0.1"
HEADERS_MODULE = Path("/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so")
INLINE = 3000  # bytes of a body in the configuration; nginx takes no longer word


def nsd(server: NameServer, folder: Path) -> str:
    """Configure an authoritative name server; `username: ""` because only one user is mapped."""
    own = folder / server.name
    lines = [
        "server:",
        '  username: ""',
        '  chroot: ""',
        f'  zonesdir: "{own}"',
        '  database: ""',
        '  pidfile: ""',
        f'  logfile: "{own}/nsd.log"',
        f'  xfrdfile: "{own}/xfrd.state"',
        f'  zonelistfile: "{own}/zone.list"',
        f'  xfrdir: "{own}"',
        "  server-count: 1",
        "  hide-version: yes",
        "  rrl-ratelimit: 0",
        *(f"  ip-address: {address}" for address in server.addresses),
        "remote-control:",
        "  control-enable: no",
    ]
    for zone, file in server.files.items():
        lines += ["zone:", f'  name: "{zone}"', f'  zonefile: "{file}"']
    return "\n".join(lines) + "\n"


def unbound(folder: Path, hints: Path) -> str:
    """Configure the resolver: our root, no DNSSEC, and reverse names of shared address space too."""
    return f"""server:
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  logfile: "{folder}/unbound.log"
  use-syslog: no
  do-daemonize: no
  num-threads: 1
  interface: {RESOLVER}
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  root-hints: "{hints}"
  unblock-lan-zones: yes
  local-zone: "test." nodefault
  do-not-query-localhost: yes
  ratelimit: 0
  log-servfail: yes
remote-control:
  control-enable: no
"""


def nginx(atlas: Atlas, folder: Path) -> str:
    """Configure the web server: a server block per site and port; `user root`: only root is mapped."""
    blocks = [_site(atlas, number, site, folder) for number, site in enumerate(atlas.sites)]
    temporary = "\n".join(
        f"  {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""load_module {HEADERS_MODULE};
user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1000; }}
http {{
  access_log off;
  server_tokens off;
  server_names_hash_bucket_size 256;
  server_names_hash_max_size 4096;
  ssl_session_cache shared:all:2m;
  ssl_certificate_key {folder}/key.pem;
  geo $dollar {{ default "$"; }}
{temporary}
{"".join(blocks)}}}
"""


def _site(atlas: Atlas, number: int, site: Site, folder: Path) -> str:
    addresses = sorted({one for name in site.names for one in atlas.addresses(name)})
    pages = "".join(
        _page(path, page, folder / f"page-{number}-{at}")
        for at, (path, page) in enumerate(site.pages.items())
    )
    names = f"    server_name {' '.join(site.names)};\n"
    common = names + _headers(site) + pages
    plain = _listen(addresses, "80")
    if site.certificate is None:
        return f"  server {{\n{plain}{common}  }}\n"
    secure = _listen(addresses, "443 ssl http2")
    secure += f"    ssl_protocols {site.protocols};\n    ssl_ciphers DEFAULT:@SECLEVEL=0;\n"
    secure += f"    ssl_certificate {folder}/certificate-{number}.pem;\n"
    if site.plain == "same":
        return f"  server {{\n{plain}{secure}{common}  }}\n"
    sent_on = "    location / { return 301 https://$host$request_uri; }\n"
    return f"  server {{\n{plain}{names}{_headers(site)}{sent_on}  }}\n  server {{\n{secure}{common}  }}\n"


def _listen(addresses: list[str], rest: str) -> str:
    port, _, flags = rest.partition(" ")
    return "".join(f"    listen {f'[{one}]' if ':' in one else one}:{port} {flags};\n" for one in addresses)


def _headers(site: Site) -> str:
    lines = [f"    more_set_headers {_word(f'{name}: {value}')};\n" for name, value in site.headers.items()]
    return "".join([*lines, *(f"    add_header Set-Cookie {_word(one)} always;\n" for one in site.cookies)])


def _page(path: str, page: Page, file: Path) -> str:
    """Serve one path, from a file unless it is short; other paths are not found."""
    if page.redirect is not None:
        status = page.status if page.status != 200 else 302
        return f"    location = {path} {{ return {status} {_word(page.redirect)}; }}\n"
    if page.status == 200 and len(page.body) > INLINE:
        file.write_text(page.body, "utf-8")
        return f"    location = {path} {{ types {{ }} default_type {_word(page.type)}; alias {file}; }}\n"
    answer = f"return {page.status} {_word(page.body)}"
    return f"    location = {path} {{ types {{ }} default_type {_word(page.type)}; {answer}; }}\n"


def _word(text: str) -> str:
    """Quote a text for nginx, which knows no escape for a dollar."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "${dollar}")
    return f'"{quoted}"'
