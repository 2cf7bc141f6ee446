"""Andon's own certificate authority, made at the first start.

Certificates pass Python's ``VERIFY_X509_STRICT`` (RFC 5280): the authority's basic constraints and key usage
are critical, subject and authority key identifiers are present, names stand in the alternative names.
Elliptic curve P-256 throughout, which every TLS library of the last decade knows.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from andon_security.files import write_secret

AUTHORITY_YEARS = 10
#: Browsers refuse server certificates that live longer than 398 days, whoever signed them.
SERVER_DAYS = 397
#: A certificate is renewed at a start when less than this is left of it.
RENEW_DAYS = 60
#: A clock a little behind ours must not see a certificate from the future.
_BACKDATE = dt.timedelta(hours=1)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Authority:
    """The authority of one installation: a folder with ``ca.pem`` and ``ca.key``."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    @classmethod
    def open(cls, folder: Path, now: dt.datetime) -> Authority:
        """The authority in ``folder``, made there if it is not yet."""
        certificate, key = folder / "ca.pem", folder / "ca.key"
        if certificate.exists() and key.exists():
            private = serialization.load_pem_private_key(key.read_bytes(), None)
            assert isinstance(private, ec.EllipticCurvePrivateKey)
            return cls(x509.load_pem_x509_certificate(certificate.read_bytes()), private)
        made = cls._make(now)
        write_secret(key, _pem_key(made._key))
        write_secret(certificate, made.pem, 0o644)
        return made

    @classmethod
    def _make(cls, now: dt.datetime) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Andon"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Andon authority of this installation"),
            ]
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATE)
            .not_valid_after(now + dt.timedelta(days=365 * AUTHORITY_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(sign_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @property
    def pem(self) -> bytes:
        """The authority's certificate, which clients trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue_server(self, names: Iterable[str], now: dt.datetime) -> tuple[bytes, bytes]:
        """A certificate for a server that is reached under ``names`` (host names or addresses), and its key; PEM."""
        names = list(names)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATE)
            .not_valid_after(now + dt.timedelta(days=SERVER_DAYS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM), _pem_key(key)


def serves(certificate: Path, names: Iterable[str], now: dt.datetime) -> bool:
    """Whether the certificate in the file is for all ``names`` and will be for a while."""
    if not certificate.exists():
        return False
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    if found.not_valid_after_utc < now + dt.timedelta(days=RENEW_DAYS):
        return False
    alternative = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return all(_alternative(name) in alternative for name in names)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
