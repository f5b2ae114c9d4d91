# SPDX-License-Identifier: Apache-2.0
"""The internet of the tests: web servers that may misbehave on public addresses, and watched sockets everywhere else."""

import ipaddress
import re
import socket
import ssl
import threading
from pathlib import Path
from typing import Callable, NamedTuple, Optional

from certificates import EXPIRED, NOT_YET, VALID, Authority
from inside import RESOLVER, SILENT_RESOLVER
from resolver import Resolver, Script, addresses
from sniffer import Packet, Sniffer

PUBLIC = "93.184.216.34"
PUBLIC_TOO = "93.184.216.35"
PUBLIC6 = "2606:2800:220:1::1"
PUBLIC_NETWORKS = (ipaddress.ip_network("93.184.216.0/24"), ipaddress.ip_network("2606:2800:220:1::/64"))
TLS_PORT = 443
SILENT_PORT = 8081  # its queue is full: connection attempts get no answer
CLOSED_PORT = 8082  # nobody listens
PAGE_PORTS = (80, TLS_PORT, 8080)
OTHER_PORTS = (22, 3128, 6379)  # nobody has anything to do here, nor on a forbidden address
MAX_HEAD = 65536


def is_public(address: str) -> bool:
    """Whether our sites live there."""
    return any(ipaddress.ip_address(address) in network for network in PUBLIC_NETWORKS)


class Request(NamedTuple):
    """A request as it came."""

    line: str
    headers: list[tuple[str, str]]
    address: str
    port: int


class Line:
    """A page server's end of a connection, with the request that came on it."""

    def __init__(self, sock: socket.socket, request: Request) -> None:
        self.sock = sock
        self.request = request

    def send(self, data: bytes) -> None:
        """Sends all of it; OSError when the other side is gone."""
        self.sock.sendall(data)

    def wait_gone(self, seconds: float) -> bool:
        """Says nothing until the other side hangs up; false if it does not."""
        self.sock.settimeout(seconds)
        try:
            return self.sock.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True


Handler = Callable[[Line], None]


class Site:
    """A host name (or an address) with a server behind it."""

    def __init__(self, host: str, handler: Handler, certificate: str) -> None:
        self.host = host
        self.handler = handler
        self.certificate = certificate
        self.requests: list[Request] = []

    def url(self, path: str = "/", scheme: str = "http") -> str:
        """An address on it."""
        return f"{scheme}://{self.host}{path}"


def read_head(sock: socket.socket) -> bytes:
    """The request's head; b"" when there is none."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < MAX_HEAD:
        data = sock.recv(65536)
        if not data:
            return b""
        head += data
        if head[0] == 0x16:  # the beginning of TLS, where nobody speaks it
            return b""
    return head


def parse_head(head: bytes, address: str, port: int) -> Request:
    """Request line and headers."""
    lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines[1:]]
    return Request(lines[0], [(name, value) for name, value in pairs], address, port)


class World:
    """All of it. One for each network."""

    def __init__(self, folder: Path) -> None:
        self.resolver = Resolver()
        self.sniffer = Sniffer()
        self.authority = Authority(folder)
        self.sites: dict[str, Site] = {}
        self.strays: list[tuple[str, int, bytes]] = []  # what arrived at a socket where nothing may arrive
        self.own_ports: set[int] = set()  # of the servers under test
        self.count = 0
        self.lock = threading.Lock()
        self.make_certificates()
        self.listeners = [
            self.listen(family, port)
            for family in (socket.AF_INET, socket.AF_INET6)
            for port in PAGE_PORTS + OTHER_PORTS
        ]
        self.full_queue = self.fill_queue()
        self.silent_resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # hears, and never answers
        self.silent_resolver.bind((SILENT_RESOLVER, 53))

    # ---- setting up ----

    def make_certificates(self) -> None:
        """Good and bad ones, by name."""
        self.authority.signed("good", f"DNS:*.sites.com,DNS:example.com,IP:{PUBLIC}", VALID)
        self.authority.signed("other-name", "DNS:somebody-else.com", VALID)
        self.authority.signed("expired", "DNS:*.sites.com", EXPIRED)
        self.authority.signed("not-yet", "DNS:*.sites.com", NOT_YET)
        self.authority.self_signed("self-signed", "self", "subjectAltName=DNS:*.sites.com")
        names = ("good", "other-name", "expired", "not-yet", "self-signed")
        self.contexts = {name: self.authority.context(name) for name in names}
        self.contexts["good"].sni_callback = self.choose_certificate

    def choose_certificate(self, line: ssl.SSLObject, name: Optional[str], _context: ssl.SSLContext) -> None:
        """The certificate of the site that the client asks for."""
        site = self.sites.get(name or "")
        if site is not None:
            line.context = self.contexts[site.certificate]

    def listen(self, family: socket.AddressFamily, port: int) -> socket.socket:
        """One port on all addresses of a family, and there all addresses are this machine's."""
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(("", port))
        listener.listen(256)
        threading.Thread(target=self.accept, args=(listener, port), daemon=True).start()
        return listener

    def fill_queue(self) -> list[socket.socket]:
        """A listener whose queue is full, so that further attempts get no answer at all."""
        listener = socket.socket()
        listener.bind((PUBLIC, SILENT_PORT))
        listener.listen(0)
        held = [listener]
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex((PUBLIC, SILENT_PORT))
            held.append(caller)
        return held

    def site(
        self, handler: Handler, dns: Optional[Script] = None, host: Optional[str] = None, certificate: str = "good"
    ) -> Site:
        """A new site; with a name of its own and the public address unless said otherwise."""
        with self.lock:
            self.count += 1
            site = Site(host or f"s{self.count}.sites.com", handler, certificate)
        self.sites[site.host] = site
        if not re.fullmatch(r"[\d.:\[\]]+", site.host):
            self.resolver.scripts[site.host] = dns or addresses(PUBLIC)
        return site

    # ---- serving ----

    def accept(self, listener: socket.socket, port: int) -> None:
        """A thread for each connection."""
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=self.serve_quietly, args=(sock, port), daemon=True).start()

    def serve_quietly(self, sock: socket.socket, port: int) -> None:
        """A client that goes away is no error here."""
        address = sock.getsockname()[0]
        with sock:
            sock.settimeout(30)
            try:
                if not is_public(address) or port in OTHER_PORTS:
                    self.note_stray(sock, address, port)
                elif port == TLS_PORT:
                    with self.contexts["good"].wrap_socket(sock, server_side=True) as secured:
                        self.serve(secured, address, port)
                else:
                    self.serve(sock, address, port)
            except OSError:
                pass

    def note_stray(self, sock: socket.socket, address: str, port: int) -> None:
        """Somebody has come where nobody may come. An answer shows whether it would have been passed on."""
        entry = (address, port, b"")
        self.strays.append(entry)
        sock.settimeout(2)
        self.strays[self.strays.index(entry)] = (address, port, sock.recv(4096))
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nsecret")

    def serve(self, sock: socket.socket, address: str, port: int) -> None:
        """One request, by the site that it names."""
        head = read_head(sock)
        if not head:
            return
        request = parse_head(head, address, port)
        host = dict(request.headers).get("Host", "")
        site = self.sites.get(re.sub(r":\d+$", "", host))
        if site is None:
            sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        site.requests.append(request)
        site.handler(Line(sock, request))

    # ---- what happened ----

    def is_expected(self, packet: Packet) -> bool:
        """Whether the packet goes where packets may go."""
        if {RESOLVER, SILENT_RESOLVER} & {packet.address, packet.source}:
            return 53 in (packet.port, packet.source_port)
        if packet.kind == "tcp" and packet.address == "127.0.0.1":
            return packet.port in self.own_ports
        ports = (*PAGE_PORTS, SILENT_PORT, CLOSED_PORT)
        return packet.kind == "tcp" and is_public(packet.address) and packet.port in ports

    def unexpected(self) -> list[Packet]:
        """All packets so far that went elsewhere."""
        return [packet for packet in self.sniffer.seen() if not self.is_expected(packet)]

    def attempts(self) -> int:
        """Connection attempts so far, those to the servers under test aside, and questions to the resolver."""
        ports = {*self.own_ports, SILENT_PORT}  # those who wait for the full queue try again now and then
        calls = [packet for packet in self.sniffer.seen() if packet.kind == "tcp" and packet.port not in ports]
        return len(calls) + len(self.resolver.asked)
