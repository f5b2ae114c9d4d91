# SPDX-License-Identifier: Apache-2.0
"""Sees every connection attempt and every datagram of the network that the tests made, whether anybody listens or not."""

import secrets
import socket
import threading
from typing import NamedTuple, Optional

ETH_P_ALL = 3
OUTGOING = 4
TCP, UDP = 6, 17
SYN, ACK = 0x02, 0x10
MARKER = ("127.0.0.99", 9)


class Packet(NamedTuple):
    """A connection attempt ("tcp") or a datagram ("udp")."""

    kind: str
    source: str
    source_port: int
    address: str
    port: int


def ip_parts(data: bytes) -> Optional[tuple[int, str, str, bytes]]:
    """Protocol, source, destination and payload of an IP packet."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        length = (data[0] & 15) * 4
        addresses = [socket.inet_ntop(socket.AF_INET, data[at : at + 4]) for at in (12, 16)]
        return data[9], addresses[0], addresses[1], data[length:]
    if len(data) >= 40 and data[0] >> 4 == 6:
        addresses = [socket.inet_ntop(socket.AF_INET6, data[at : at + 16]) for at in (8, 24)]
        return data[6], addresses[0], addresses[1], data[40:]
    return None


def parse(data: bytes) -> Optional[Packet]:
    """What is worth noting in a packet."""
    parts = ip_parts(data)
    if parts is None:
        return None
    protocol, source, target, payload = parts
    ports = int.from_bytes(payload[0:2], "big"), int.from_bytes(payload[2:4], "big")
    if protocol == TCP and payload[13] & (SYN | ACK) == SYN:
        return Packet("tcp", source, ports[0], target, ports[1])
    if protocol == UDP:
        return Packet("udp", source, ports[0], target, ports[1])
    return None


class Sniffer:
    """Listens on the one interface that there is."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.markers: set[bytes] = set()
        self.arrived = threading.Condition()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Notes packets as they leave; on the loopback interface each is seen twice."""
        while True:
            data, sender = self.socket.recvfrom(65536)
            packet = parse(data) if sender[2] == OUTGOING else None
            if packet is None:
                continue
            with self.arrived:
                if (packet.address, packet.port) == MARKER:
                    self.markers.add(data[28:])
                    self.arrived.notify_all()
                else:
                    self.packets.append(packet)

    def seen(self) -> list[Packet]:
        """Everything that was sent before this call."""
        marker = secrets.token_bytes(16)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(marker, MARKER)
        with self.arrived:
            assert self.arrived.wait_for(lambda: marker in self.markers, 20), "the sniffer has lost packets"
            return list(self.packets)
