"""In whose network an address is, and whether anybody may be asked there."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


class Reach(StrEnum):
    """From where an address can be reached."""

    PUBLIC = "public"
    """From everywhere."""
    PRIVATE = "private"
    """From this machine or from networks that it is in alone."""
    FORBIDDEN = "forbidden"
    """From this machine alone, and what answers there hands out the machine's own credentials."""


# What clouds tell their machines of themselves: AWS, Azure, Google and Oracle; AWS and Google in IPv6; Alibaba; AWS's
# containers.
_METADATA = frozenset(
    {
        IPv4Address("169.254.169.254"),
        IPv6Address("fd00:ec2::254"),
        IPv6Address("fd20:ce::254"),
        IPv4Address("100.100.100.200"),
        IPv4Address("169.254.170.2"),
    }
)
# RFC 6052: an IPv4 address in the last four bytes.
_NAT64 = IPv6Network("64:ff9b::/96")
# RFC 4291: the same, given up since; it leaves out what is all zeros but for one.
_COMPATIBLE = IPv6Network("::/96")
_SELF = frozenset({IPv6Address("::"), IPv6Address("::1")})
# RFC 6598 and RFC 2544: of a provider's network or a laboratory's, in which others may listen.
_SHARED = (IPv4Network("100.64.0.0/10"), IPv4Network("198.18.0.0/15"))


def reach(address: str) -> Reach:
    """Return from where an IP address can be reached, whichever way it is written. Raises ValueError for none."""
    meant = _meant(ip_address(address.partition("%")[0]))
    if meant in _METADATA:
        return Reach.FORBIDDEN
    of_a_site = isinstance(meant, IPv6Address) and meant.is_site_local
    return Reach.PUBLIC if meant.is_global and not meant.is_multicast and not of_a_site else Reach.PRIVATE


def is_near(address: str) -> bool:
    """Return whether only this house can listen to what is sent to an IP address without TLS."""
    meant = _meant(ip_address(address.partition("%")[0]))
    return reach(address) is Reach.PRIVATE and not any(meant in network for network in _SHARED)


def refusal(address: str, *, tls: bool, may_be_private: bool) -> str | None:
    """Return the code of why nothing may be sent to an address that a name has led to; None where it may.

    A name may lead elsewhere than when its user was asked. Without TLS, what is sent must stay where few can listen.
    """
    where = reach(address)
    if where is Reach.FORBIDDEN:
        return "forbidden_address"
    if not tls and not is_near(address):
        return "insecure_address"
    return "private_address" if where is Reach.PRIVATE and not may_be_private else None


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64 or (address in _COMPATIBLE and address not in _SELF):
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
