"""Who vouches for the benchmark's server? A certificate authority of its own, made for one run."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
import ssl

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

AUTHORITIES = "authorities.pem"
CHAIN = "server.pem"
KEY = "server.key"


def make_certificates(folder: Path) -> None:
    """Write the server's certificate and key, and a bundle of authorities as long as a real one, into a folder."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, server_name = _name("Benchmark authority"), _name("127.0.0.1")
    authority = (
        _certificate(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .add_extension(_authority_usage(), critical=True)
        .sign(authority_key, SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    server = (
        _certificate(server_name, authority_name, server_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(alternative, critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, SHA256())
    )
    (folder / AUTHORITIES).write_bytes(certifi.contents().encode() + authority.public_bytes(Encoding.PEM))
    (folder / CHAIN).write_bytes(server.public_bytes(Encoding.PEM))
    secret = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / KEY).write_bytes(secret)


def server_context(folder: Path) -> ssl.SSLContext:
    """Return what the server shows to whoever dials it with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CHAIN, folder / KEY)
    return context


def trusting(folder: Path) -> dict[str, str]:
    """Return the environment that makes a process trust the authority: OpenSSL's own, and Home Assistant's."""
    bundle = str(folder / AUTHORITIES)
    return {"SSL_CERT_FILE": bundle, "REQUESTS_CA_BUNDLE": bundle}


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _authority_usage() -> x509.KeyUsage:
    signs = dict.fromkeys(("key_cert_sign", "crl_sign", "digital_signature"), True)
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    return x509.KeyUsage(**signs, **dict.fromkeys(others, False), encipher_only=False, decipher_only=False)
