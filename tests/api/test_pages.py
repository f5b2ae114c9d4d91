# SPDX-License-Identifier: Apache-2.0
"""Pages: one document for every address, with a policy and a nonce of its own; files that may be kept; errors for the
rest."""

import gzip
import re
from typing import Callable

import pytest
import requests

from harness import Server

PLACES = [
    "/",
    "/login",
    "/logout",
    "/dashboard",
    "/dashboard/agents/agent_x/permissions",
    "/passport/agent_x",
    "/docs/api",
    "/authenticate?code=ABCD-EFGH",
]


def page(server: Server, path: str, **headers: str) -> requests.Response:
    """As a browser asks, without cookies."""
    return requests.get(server.base_url + path, headers=headers, timeout=20)


def files_of(document: str) -> list[str]:
    """The scripts and styles that a document names."""
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', document)


@pytest.mark.parametrize("path", PLACES)
def test_every_address_of_the_pages_gives_the_document(demo: Server, path: str) -> None:
    """Each address that the pages know gives the same document, whoever asks."""
    answer = page(demo, path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert len(files_of(answer.text)) >= 2


def test_the_policy_forbids_what_the_document_does_not_need(demo: Server) -> None:
    """Scripts and styles come from our own files alone; the nonce is new for each answer and stands at each of them."""
    nonces = set()
    for _ in range(3):
        answer = page(demo, "/")
        policy = answer.headers["Content-Security-Policy"]
        (nonce,) = set(re.findall(r"'nonce-([A-Za-z0-9_-]{24})'", policy))
        nonces.add(nonce)
        assert "'unsafe" not in policy and "http" not in policy and "*" not in policy
        for directive in ("default-src 'self';", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'self'"):
            assert directive in policy
        assert answer.text.count(f'nonce="{nonce}"') >= 3 and "NONCE" not in answer.text
        assert "<script>" not in answer.text and "<style" not in answer.text
    assert len(nonces) == 3


def test_files_are_compressed_kept_and_recognised(demo: Server) -> None:
    """A file with a hash in its name may be kept for ever; it is sent compressed to whoever takes that, and not again
    to whoever has it."""
    for path in files_of(page(demo, "/").text):
        plain = page(demo, path, **{"Accept-Encoding": "identity"})
        packed = requests.get(demo.base_url + path, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=20)
        raw = packed.raw.read()
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(raw) == plain.content and len(raw) < len(plain.content)
        assert packed.headers["ETag"] != plain.headers["ETag"]
        again = page(demo, path, **{"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"})
        assert (again.status_code, again.content) == (304, b"")
        assert page(demo, path, **{"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "refusal",
    ["identity", "gzip;q=0", "gzip; q=0", "br, gzip ; Q = 0.000", "gzip;q=0, br", "br", "notgzip", "br;a=gzip", ""],
)
def test_who_takes_no_gzip_gets_none(demo: Server, refusal: str) -> None:
    """What the client did not ask for is not sent."""
    path = files_of(page(demo, "/").text)[0]
    assert "Content-Encoding" not in page(demo, path, **{"Accept-Encoding": refusal}).headers


@pytest.mark.parametrize("wish", ["gzip", "GZIP", "br, gzip", "gzip;q=0.5", "gzip; q=0.001, br", "gzip;q=1.0"])
def test_who_takes_gzip_gets_it(demo: Server, wish: str) -> None:
    """However the wish is spelt and weighed."""
    path = files_of(page(demo, "/").text)[0]
    assert page(demo, path, **{"Accept-Encoding": wish}).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("known", ["*", '"other", {}', "W/{}"])
def test_what_a_client_has_is_not_sent_again(demo: Server, known: str) -> None:
    """A 304 has no body and tells the length that the file has, not that it is empty."""
    path = files_of(page(demo, "/").text)[0]
    plain = page(demo, path, **{"Accept-Encoding": "identity"})
    with requests.Session() as session:
        headers = {"Accept-Encoding": "identity", "If-None-Match": known.format(plain.headers["ETag"])}
        again = session.get(demo.base_url + path, headers=headers, timeout=20)
        behind = session.get(demo.base_url + "/login", timeout=20)  # on the same connection
        assert behind.status_code == 200 and behind.text.startswith("<!doctype html>")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Content-Length"] == plain.headers["Content-Length"] != "0"
    assert again.headers["ETag"] == plain.headers["ETag"]
    assert again.headers["Cache-Control"] == plain.headers["Cache-Control"]


def test_unknown_addresses_count_for_the_limit(start_server: Callable[..., Server]) -> None:
    """A browser that asks for what there is not is limited as everybody is; pages and files are not counted."""
    server = start_server(rate_limit=3)
    for _ in range(5):
        assert page(server, "/login").status_code == 200
    found = [page(server, "/nothing", Accept="text/html").status_code for _ in range(5)]
    assert found == [404, 404, 404, 429, 429]
    assert page(server, "/login").status_code == 200


def test_files_without_a_hash_are_asked_for_again(demo: Server) -> None:
    """Manifest, service worker and icons have fixed names, so they are never kept without asking."""
    types = {
        "/manifest.webmanifest": "application/manifest+json",
        "/sw.js": "text/javascript; charset=utf-8",
        "/icon.svg": "image/svg+xml",
        "/icon-192.png": "image/png",
        "/icon-512.png": "image/png",
    }
    for path, content_type in types.items():
        answer = page(demo, path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
        assert answer.headers["Cache-Control"] == "no-cache" and "ETag" in answer.headers


def test_an_unknown_address_is_an_error_for_everybody(demo: Server) -> None:
    """A browser gets the document, which says that there is nothing; a program gets JSON; the API is always JSON."""
    browser = page(demo, "/nothing", Accept="text/html,application/xhtml+xml")
    assert (browser.status_code, browser.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Content-Security-Policy" in browser.headers
    assert page(demo, "/nothing").json()["code"] == "NOT_FOUND"
    assert page(demo, "/api/nothing", Accept="text/html").json()["code"] == "NOT_FOUND"
    assert requests.get(demo.base_url + "//evil.example/x", timeout=20).status_code == 404
    for path in ("/assets/", "/assets/none.js", "/dashboardx", "/assets/../index.html", "/%2e%2e/"):
        assert page(demo, path).status_code == 404, path


def test_pages_take_get_and_head_alone(demo: Server) -> None:
    """HEAD has the headers of GET and no body; nothing can be sent to a page."""
    head, got = requests.head(demo.base_url + "/", timeout=20), page(demo, "/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.content))
    assert requests.post(demo.base_url + "/login", timeout=20).status_code == 404


def test_the_first_page_is_small(demo: Server) -> None:
    """What the document names comes to less than 250 kB, compressed."""
    size = 0
    for path in files_of(page(demo, "/").text):
        size += int(
            requests.head(demo.base_url + path, headers={"Accept-Encoding": "gzip"}, timeout=20).headers[
                "Content-Length"
            ]
        )
    assert 10_000 < size < 250_000
