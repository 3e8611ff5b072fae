"""`manage.py send_test_digest`: through the same outbox, and counted nowhere."""

import pytest
from django.core.management import CommandError, call_command

from notify.digest import inspection
from notify.models import Delivery
from tests.notify import readers

pytestmark = pytest.mark.django_db


def test_it_goes_to_the_person_through_the_outbox(sink, capsys):
    user = readers.reader()
    call_command("send_test_digest", user.email.upper())
    row = Delivery.objects.get()
    assert (row.is_test, row.status, sink.recipients) == (True, "sent", [user.email])
    assert "is on its way" in capsys.readouterr().out


def test_it_goes_to_another_address_with_links_that_do_nothing(sink):
    user = readers.reader()
    call_command("send_test_digest", user.email, "--to", "editor@example.org")
    assert sink.recipients == ["editor@example.org"]
    assert "/m/sample/" in inspection.read(sink.messages[0]).html


def test_it_is_written_into_a_folder_and_not_sent(tmp_path, sink):
    user = readers.reader()
    call_command("send_test_digest", user.email, "--preview", str(tmp_path / "mail"))
    assert {path.name for path in (tmp_path / "mail").iterdir()} == {"digest.html", "digest.txt", "digest.eml"}
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [(["nobody@example.org"], "nobody here"), (["poor@example.org"], "fewer than three")],
)
def test_what_cannot_be_sent_is_refused_with_a_reason(arguments, why):
    readers.reader(picks=1, email="poor@example.org")
    with pytest.raises(CommandError, match=why):
        call_command("send_test_digest", *arguments)


def test_a_bad_address_and_a_bad_folder_are_refused(tmp_path):
    user = readers.reader()
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("send_test_digest", user.email, "--to", "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="could not be written"):
        call_command("send_test_digest", user.email, "--preview", str(tmp_path / "file"))
    assert not Delivery.objects.exists()
