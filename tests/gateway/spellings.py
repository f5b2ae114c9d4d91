# SPDX-License-Identifier: Apache-2.0
"""Addresses that must not be read, in many spellings, each with the error that it gives."""

from gateway_support import BAD_PORT, BAD_SCHEME, BAD_URL, CREDENTIALS, NOT_PUBLIC_HOST, NOT_PUBLIC_LITERAL

RANGES = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.5", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
)
SPELT = (
    *("2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "017700000001", "0x7F.0.0.0x1"),
    *("127.0.0.1.", "%31%32%37.0.0.1", "0xa.5", "167772165", "0251.254.169.254", "2852039166", "10.5", "0"),
)
RANGES6 = (
    *("::1", "::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "2001::1"),
    *("::ffff:a00:5", "::ffff:5db8:d822", "::a00:5", "64:ff9b::a00:5", "64:ff9b::10.0.0.5", "2002:a00:5::1"),
    "2606:2800:220:1::1",
)
# These have a dot, so that the rule about names passes them on; the one about addresses does not.
DOTTED6 = ("::ffff:10.0.0.5", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::10.0.0.5", "::93.184.216.34")
NAMES = (
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "metadata", "metadata.google.internal", "printer.local"),
    *("db.internal", "nas.lan", "router", "x.home.arpa", "x.test", "x.invalid", "x.example", "x.onion", "a..com"),
)
SCHEMES = ("ftp://93.184.216.34/", "file:///etc/passwd", "gopher://10.0.0.5:6379/_x", "javascript:alert(1)", "data:,x")
UNPARSEABLE = ("http://", "http://[::1/", "http://a b.com/", "http://a%zz.com/", "http://\uff11\uff12\uff17.0.0.1/")
PORTS = ("http://s.sites.com:22/", "http://s.sites.com:6379/", "https://s.sites.com:3128/", "http://93.184.216.34:1/")
USERS = (
    "http://user@s.sites.com/",
    "http://user:word@s.sites.com/",
    "http://@s.sites.com/",
    "http://93.184.216.34@x.y/",
)

REFUSED: tuple[tuple[str, str], ...] = (
    *[(f"http://{host}/", NOT_PUBLIC_LITERAL) for host in RANGES + SPELT],
    *[(f"http://[{host}]/", NOT_PUBLIC_HOST) for host in RANGES6],
    *[(f"http://{host}/", NOT_PUBLIC_HOST) for host in NAMES],
    *[(url, BAD_SCHEME) for url in SCHEMES],
    *[(url, BAD_URL) for url in UNPARSEABLE],
    *[(url, BAD_PORT) for url in PORTS],
    *[(url, CREDENTIALS) for url in USERS],
)
