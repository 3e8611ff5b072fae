"""Where messages may go: the address comes from a browser, so from anybody."""

import pytest

from notify.push import endpoints

GOOD = [
    "https://fcm.googleapis.com/fcm/send/abc:def",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "https://eu.updates.push.services.mozilla.com/wpush/v2/gAAA",
    "https://wns2-par02p.notify.windows.com/w/?token=BQY%3d",
    "https://web.push.apple.com/QGuQ",
    "https://FCM.googleapis.com:443/x",
]
BAD = [
    "",
    "fcm.googleapis.com/x",
    "http://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com:x/",
    "https://fcm.googleapis.com.example.org/x",
    "https://evilfcm.googleapis.com/x",
    "https://notify.windows.com/x",
    "https://.notify.windows.com/x",
    "https://evilnotify.windows.com/x",
    "https://example.org/#.notify.windows.com",
    "https://example.org\\.notify.windows.com/x",
    "https://example.org?.notify.windows.com/x",
    "https://fcm.googleapis.com@example.org/x",
    "https://user:word@fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x#y",
    "https://fcm.googleapis.com./x",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/\nHost: example.org",
    "https://fcm。googleapis.com/x",
    "https://ｆcm.googleapis.com/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/x",
    "//fcm.googleapis.com/x",
    "file:///etc/passwd",
    "https://",
    "https://fcm.googleapis.com/" + "x" * 1000,
]


@pytest.mark.parametrize("endpoint", GOOD)
def test_the_push_services_of_the_browsers_may_be_sent_to(endpoint):
    endpoints.check(endpoint)


@pytest.mark.parametrize("endpoint", BAD)
def test_nothing_else_may(endpoint):
    with pytest.raises(endpoints.NotAllowed):
        endpoints.check(endpoint)


def test_a_push_service_of_ones_own_may_be_named(settings):
    settings.PUSH_HOSTS = ["push.example.org", "push.example.net:8443"]
    endpoints.check("https://push.example.org/x")
    endpoints.check("https://push.example.net:8443/x")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://push.example.net/x",
        "https://push.example.org:8443/x",
        "http://push.example.org/x",
        "https://example.org/",
    ],
)
def test_only_with_its_own_port_and_by_https(settings, endpoint):
    settings.PUSH_HOSTS = ["push.example.org", "push.example.net:8443"]
    with pytest.raises(endpoints.NotAllowed):
        endpoints.check(endpoint)


def test_plain_http_is_for_this_machine_alone_and_only_where_it_is_named(settings):
    settings.PUSH_HOSTS = ["127.0.0.1:9000", "push.example.org:80"]
    endpoints.check("http://127.0.0.1:9000/x")
    for endpoint in ("http://127.0.0.1:9001/x", "http://localhost:9000/x", "http://push.example.org:80/x"):
        with pytest.raises(endpoints.NotAllowed):
            endpoints.check(endpoint)


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
]
MANY = ["224.0.0.1", "255.255.255.255", "ff02::1"]
PRIVATE_6 = ["::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "::"]
PRIVATE_INSIDE = ["64:ff9b::7f00:1", "64:ff9b::10.1.2.3", "64:ff9b:1::7f00:1", "::7f00:1"]


@pytest.mark.parametrize("address", PRIVATE + PRIVATE_6 + PRIVATE_INSIDE + MANY)
def test_a_known_name_must_not_lead_into_a_private_network(monkeypatch, address):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", (address, 443))])
    with pytest.raises(endpoints.NotAllowed):
        endpoints.check_reachable(endpoints.check(GOOD[0]))


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    found = [(2, 1, 6, "", ("142.250.1.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(endpoints.NotAllowed):
        endpoints.check_reachable(endpoints.check(GOOD[0]))


@pytest.mark.parametrize("address", ["142.250.1.1", "2a00:1450:4001::1", "64:ff9b::142.250.1.1"])
def test_public_addresses_are_fine(monkeypatch, address):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", (address, 443))])
    endpoints.check_reachable(endpoints.check(GOOD[0]))


def test_the_audience_is_the_origin():
    assert endpoints.origin("https://fcm.googleapis.com/fcm/send/x") == "https://fcm.googleapis.com"
