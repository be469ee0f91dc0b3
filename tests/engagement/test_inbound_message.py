"""What a mail says, of whatever bytes somebody sends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engagement.inbound.html_text import text_of
from backend.engagement.inbound.message import LONGEST_TEXT, Unreadable, hash_of, parse, passed

pytestmark = pytest.mark.unit
HEAD = (
    'From: Ada Lovelace <Ada@Acme.example>\r\nTo: "Smith, Bob" <bob@beacon.example>, log@in.beacon.example\r\n'
    "Cc: =?utf-8?q?J=C3=BCrgen?= <j@acme.example>\r\nDate: Mon, 01 Jun 2026 11:30:00 +0200\r\n"
    "Message-ID: <1@acme.example>\r\nSubject: =?utf-8?q?=C3=9Cber_uns?=\r\n"
)


def mail(head: str = HEAD, body: str = "Hello Bob,\r\n\r\nall is well.\r\n", more: str = "") -> bytes:
    return f"{head}{more}\r\n{body}".encode()


def test_addresses_subject_text_and_time_are_read() -> None:
    parsed = parse(mail())

    assert parsed.sender == "ada@acme.example"
    assert parsed.recipients == ("bob@beacon.example", "log@in.beacon.example", "j@acme.example")
    assert (parsed.subject, parsed.text) == ("Über uns", "Hello Bob,\n\nall is well.")
    assert parsed.written_at == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    assert not parsed.is_automatic


def test_of_a_mail_with_html_alone_the_text_is_taken() -> None:
    html = (
        "<html><head><title>No</title><style>p {color: red}</style></head><body><p>Hello <b>Bob</b>,</p>"
        "<div>all<br>is&nbsp;well &amp; <script>alert(1)</script>good</div>"
        "<ul><li>one</li><li>two</li></ul></body></html>"
    )

    parsed = parse(mail(more="Content-Type: text/html; charset=utf-8\r\n", body=html))

    assert parsed.text == "Hello Bob,\n\nall\nis well & good\n\none\n\ntwo"


def test_plain_text_is_preferred_and_files_are_left_out() -> None:
    parts = (
        "--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n"
        "--y\r\nContent-Type: text/html\r\n\r\n<b>no</b>\r\n"
        "--y\r\nContent-Type: text/plain\r\n\r\nyes\r\n--y--\r\n"
        "--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nfile\r\n--x--\r\n"
    )

    assert parse(mail(more="Content-Type: multipart/mixed; boundary=x\r\n", body=parts)).text == "yes"


@pytest.mark.parametrize(
    "header, is_automatic",
    [
        ("Auto-Submitted: auto-replied (vacation)", True),
        ("Auto-Submitted: auto-generated", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("Precedence: list", False),
        ("List-Id: <success.beacon.example>", False),
        ("X-Autoreply: yes", True),
        ("Return-Path: <>", True),
        ("Return-Path: <ada@acme.example>", False),
        ("Content-Type: multipart/report; boundary=x; report-type=delivery-status", True),
        ("X-Priority: 1", False),
    ],
)
def test_what_a_program_wrote_is_told_from_what_somebody_wrote(header: str, is_automatic: bool) -> None:
    assert parse(mail(more=f"{header}\r\n")).is_automatic is is_automatic


@pytest.mark.parametrize(
    "header, is_passed",
    [
        ("Authentication-Results: mx.example; spf=pass smtp.mailfrom=acme.example; dkim=none", True),
        ("Authentication-Results: MX.example; dkim=fail; dmarc = pass", True),
        ("Authentication-Results: mx.example; spf=fail; dkim=none", False),
        ("Authentication-Results: elsewhere.example; spf=pass", False),
        ("Authentication-Results: mx.example; spf=fail\r\nAuthentication-Results: mx.example; spf=pass", False),
        ("X-Spam: no", False),
    ],
)
def test_only_the_topmost_word_of_the_own_server_is_believed(header: str, is_passed: bool) -> None:
    assert passed(parse(mail(more=f"{header}\r\n")), "mx.example") is is_passed


def test_texts_are_bounded_and_free_of_control_characters() -> None:
    parsed = parse(mail(body="a\x00\x1b[31m\u202e" + "b" * 20_000, more=""))

    assert parsed.text == "a[31m" + "b" * (LONGEST_TEXT - 5) + " …"


def test_a_mail_in_a_character_set_that_nobody_knows_is_read_all_the_same() -> None:
    assert parse(mail(more="Content-Type: text/plain; charset=klingon\r\n", body="Qapla'")).text == "Qapla'"


def test_several_senders_are_none() -> None:
    assert parse(b"From: a@x.example, b@x.example\r\n\r\nHello").sender == ""


def test_a_mail_is_recognised_by_its_message_id_else_by_all_of_it() -> None:
    first = mail()

    assert hash_of(first) == hash_of(mail(more="Received: from elsewhere\r\n", body="other"))
    assert hash_of(b"Subject: a\r\n\r\nb") != hash_of(b"Subject: a\r\n\r\nc")
    assert hash_of(b"Subject: a\r\n\r\nb") == hash_of(b"Subject: a\r\n\r\nb")


@given(st.binary(max_size=2_000), st.sampled_from([b"", b"From: a@b.example\r\nContent-Type: multipart/mixed\r\n"]))
def test_whatever_bytes_come_are_read_or_called_unreadable(raw: bytes, head: bytes) -> None:
    assert len(hash_of(head + raw)) == 32
    try:
        parsed = parse(head + raw)
    except Unreadable:
        return
    assert len(parsed.text) <= LONGEST_TEXT + 2


def test_parts_nested_without_end_are_bounded() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_200))

    with pytest.raises(Unreadable, match="RecursionError"):
        parse(raw)


@given(st.text(max_size=500))
def test_text_of_anything_is_text(html: str) -> None:
    assert "\n\n\n" not in text_of(html)
