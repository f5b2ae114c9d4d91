# SPDX-License-Identifier: Apache-2.0
"""A DNS server that answers each name as its script says, also in ways that no honest server would."""

import socket
import socketserver
import struct
import threading
from typing import Callable, NamedTuple, Optional

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from inside import RESOLVER


class Question(NamedTuple):
    """What was asked, and how often the same was asked before."""

    name: str
    kind: str
    before: int
    query: dns.message.Message

    def answer(self, *records: tuple[str, str, str], ttl: int = 60, rcode: int = 0) -> dns.message.Message:
        """Records as (name, kind, data)."""
        message = dns.message.make_response(self.query, recursion_available=True)
        message.set_rcode(dns.rcode.Rcode(rcode))
        groups: dict[tuple[str, str], list[str]] = {}
        for name, kind, data in records:
            groups.setdefault((name, kind), []).append(data)
        for (name, kind), texts in groups.items():
            message.answer.append(dns.rrset.from_text(name + ".", ttl, "IN", kind, *texts))
        return message


Script = Callable[[Question], Optional[dns.message.Message]]


def addresses(*texts: str, ttl: int = 60) -> Script:
    """These addresses; an A question gets those of IPv4, an AAAA question those of IPv6."""

    def script(question: Question) -> dns.message.Message:
        fit = [text for text in texts if (":" in text) == (question.kind == "AAAA")]
        wanted = fit if question.kind in ("A", "AAAA") else []
        return question.answer(*[(question.name, question.kind, text) for text in wanted], ttl=ttl)

    return script


def in_turn(*scripts: Script) -> Script:
    """The first script for the first question of a kind, and so on; then always the last."""
    return lambda question: scripts[min(question.before, len(scripts) - 1)](question)


def alias(target: str, then: Script) -> Script:
    """A CNAME record, and what the target has, in one answer as resolvers give it."""

    def script(question: Question) -> Optional[dns.message.Message]:
        inner = then(question._replace(name=target))
        if inner is not None:
            record = dns.rrset.from_text(question.name + ".", 60, "IN", "CNAME", target + ".")
            inner.answer.insert(0, record)
        return inner

    return script


def failing(rcode: int) -> Script:
    """No answer but this code."""
    return lambda question: question.answer(rcode=rcode)


def silent(_question: Question) -> None:
    """Never answers."""


class Resolver:
    """The server, over UDP and TCP. Names without a script do not exist."""

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.asked: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((RESOLVER, 53))
        threading.Thread(target=self.serve_udp, daemon=True).start()
        resolver = self

        class OneStream(socketserver.StreamRequestHandler):
            """Questions over TCP, which is where long answers go."""

            def handle(self) -> None:
                while length := self.rfile.read(2):
                    reply = resolver.reply(self.rfile.read(struct.unpack("!H", length)[0]))
                    if reply is None:
                        return
                    wire = reply.to_wire()
                    self.wfile.write(struct.pack("!H", len(wire)) + wire)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.tcp = socketserver.ThreadingTCPServer((RESOLVER, 53), OneStream)
        self.tcp.daemon_threads = True
        threading.Thread(target=self.tcp.serve_forever, daemon=True).start()

    def serve_udp(self) -> None:
        """Answers datagrams; what does not fit says that it is cut."""
        while True:
            wire, sender = self.udp.recvfrom(4096)
            reply = self.reply(wire)
            if reply is None:
                continue
            size = max(512, dns.message.from_wire(wire).payload)
            whole = reply.to_wire()
            if len(whole) > size:
                reply.answer.clear()
                reply.flags |= dns.flags.TC
                whole = reply.to_wire()
            self.udp.sendto(whole, sender)

    def reply(self, wire: bytes) -> Optional[dns.message.Message]:
        """What the name's script says."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        with self.lock:
            before = self.asked.count((name, kind))
            self.asked.append((name, kind))
        return self.scripts.get(name, failing(dns.rcode.NXDOMAIN))(Question(name, kind, before, query))

    def questions(self, name: str) -> list[str]:
        """The kinds that were asked of a name, and of what ends in it or begins with it."""
        with self.lock:
            return [kind for asked, kind in self.asked if asked == name or asked.startswith(name + ".")]
