"""Which addresses and URLs are of the public internet."""

import pytest

from dateline.outbound import AddressRefused, check_url, is_public

PRIVATE = """127.0.0.1 127.8.8.8 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1
255.255.255.255 198.18.0.1 192.0.2.7 ::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 2001:db8::1 ::ffff:10.0.0.1
::ffff:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:c0a8:101:: localhost"""
PUBLIC = "1.1.1.1 93.184.216.34 2606:4700:4700::1111 ::ffff:1.1.1.1 64:ff9b::101:101"


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "file:///etc/passwd", "//a.example", "http://", "http://user:pw@a.example/",
     "http://a.example:99999/", "http://a.example/ x", "gopher://a.example", "http://[::1", ""],
)  # fmt: skip  # a row of values
def test_urls_that_are_never_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


def test_a_url_that_may_be_asked() -> None:
    assert check_url("https://a.example:8443/hook?x=1") == "https://a.example:8443/hook?x=1"
