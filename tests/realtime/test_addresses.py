"""Whose network an address is in."""

import pytest

from custom_components.realtime_assist.realtime import Reach, reach, refusal


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("8.8.8.8", Reach.PUBLIC),
        ("2606:4700::1111", Reach.PUBLIC),
        ("64:ff9b::808:808", Reach.PUBLIC),
        ("::ffff:8.8.8.8", Reach.PUBLIC),
        ("127.0.0.1", Reach.PRIVATE),
        ("10.1.2.3", Reach.PRIVATE),
        ("172.16.0.1", Reach.PRIVATE),
        ("192.168.1.10", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("169.254.1.1", Reach.PRIVATE),
        ("0.0.0.0", Reach.PRIVATE),
        ("224.0.0.251", Reach.PRIVATE),
        ("255.255.255.255", Reach.PRIVATE),
        ("::1", Reach.PRIVATE),
        ("::", Reach.PRIVATE),
        ("::10.0.0.7", Reach.PRIVATE),
        ("fec0::1", Reach.PRIVATE),
        ("fe80::1%eth0", Reach.PRIVATE),
        ("fd12::1", Reach.PRIVATE),
        ("ff02::1", Reach.PRIVATE),
        ("64:ff9b::a00:1", Reach.PRIVATE),
        ("2002:a00:1::", Reach.PRIVATE),
        ("::ffff:192.168.1.10", Reach.PRIVATE),
        ("169.254.169.254", Reach.FORBIDDEN),
        ("169.254.170.2", Reach.FORBIDDEN),
        ("100.100.100.200", Reach.FORBIDDEN),
        ("fd00:ec2::254", Reach.FORBIDDEN),
        ("fd20:ce::254", Reach.FORBIDDEN),
        ("::ffff:169.254.169.254", Reach.FORBIDDEN),
        ("64:ff9b::a9fe:a9fe", Reach.FORBIDDEN),
    ],
)
def test_an_address_tells_who_can_reach_it(address: str, where: Reach):
    assert reach(address) is where


def test_a_name_is_no_address():
    with pytest.raises(ValueError, match="box"):
        reach("box.example")


@pytest.mark.parametrize(
    ("address", "tls", "may_be_private", "code"),
    [
        ("8.8.8.8", True, False, None),
        ("8.8.8.8", False, True, "insecure_address"),
        ("10.0.0.1", True, False, "private_address"),
        ("10.0.0.1", False, True, None),
        ("100.64.0.1", False, True, "insecure_address"),
        ("100.64.0.1", True, True, None),
        ("198.18.0.1", False, True, "insecure_address"),
        ("169.254.169.254", True, True, "forbidden_address"),
    ],
)
def test_a_name_that_leads_elsewhere_is_not_told_the_key(
    address: str, tls: bool, may_be_private: bool, code: str | None
):
    assert refusal(address, tls=tls, may_be_private=may_be_private) == code
