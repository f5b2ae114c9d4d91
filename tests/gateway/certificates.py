# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of the tests, made with openssl, and certificates good and bad."""

import ssl
import subprocess
from pathlib import Path

CONFIG = """
[ca]
default_ca = here
[here]
dir = {folder}
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""
VALID = ("20200101000000Z", "20991231000000Z")
EXPIRED = ("20200101000000Z", "20200201000000Z")
NOT_YET = ("20990101000000Z", "20991231000000Z")


class Authority:
    """Makes certificates in one folder; ca.pem is what a client trusts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("1000\n")
        (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder))
        self.self_signed("ca", "Test authority", "basicConstraints=critical,CA:TRUE")

    def openssl(self, *words: str) -> None:
        """Runs openssl, which must succeed."""
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def self_signed(self, stem: str, name: str, extension: str) -> None:
        """A certificate that vouches for itself."""
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{stem}.key")
        self.openssl(
            "req", "-x509", *key, "-out", f"{stem}.pem", "-days", "3650", "-subj", f"/CN={name}", "-addext", extension
        )

    def signed(self, stem: str, names: str, period: tuple[str, str]) -> None:
        """A certificate of the authority."""
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{stem}.key")
        extension = f"subjectAltName={names}"
        self.openssl("req", "-new", *key, "-out", f"{stem}.csr", "-subj", f"/CN={stem}", "-addext", extension)
        dates = ("-startdate", period[0], "-enddate", period[1])
        self.openssl("ca", "-batch", "-config", "openssl.cnf", "-in", f"{stem}.csr", "-out", f"{stem}.pem", *dates)

    def context(self, stem: str) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        return context
