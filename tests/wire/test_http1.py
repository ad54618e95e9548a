"""Where HTTP/1 messages end: strict with what is asked, lenient with what is answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.wire.http1 import (
    Chunked,
    Incoming,
    Malformed,
    Sized,
    UntilClosed,
    answer_body,
    read_answer,
    read_request,
    request_body,
    written,
)

HEAD = b"POST /a HTTP/1.1\r\nHost: www.bbc.co.uk\r\n"


def lines(text: bytes) -> list[bytes]:
    incoming = Incoming()
    incoming.data += text
    head = incoming.take_head()
    assert head is not None
    return head


@given(st.integers(1, 40))
def test_a_head_is_the_same_however_it_comes(step: int) -> None:
    text, incoming = HEAD + b"A: b\r\n\r\nrest", Incoming()
    for at in range(0, len(text), step):
        incoming.data += text[at : at + step]
        if (head := incoming.take_head()) is not None:
            break
    assert head == [b"POST /a HTTP/1.1", b"Host: www.bbc.co.uk", b"A: b"]
    assert b"rest".startswith(incoming.take())


@pytest.mark.parametrize(
    "text",
    [
        b"GET /\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
        HEAD + b"Content-Length: 3, 4\r\n\r\n",
        HEAD + b"Content-Length: +3\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n",
        HEAD.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        request_body(read_request(lines(text)))


def test_a_length_said_twice_goes_on_once() -> None:
    head = read_request(lines(HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n"))
    assert isinstance(request_body(head), Sized)
    assert written("POST /a HTTP/1.1", head.fields).count(b"Content-Length: 3") == 1


CHUNKS = b"3\r\nabc\r\n5;x=y\r\nhello\r\n0\r\nX-Sum: 8\r\n\r\n"


@given(st.integers(1, len(CHUNKS)))
def test_chunks_end_where_they_say_however_they_come(step: int) -> None:
    body, taken = Chunked(strict=True), 0
    sent = CHUNKS + b"GET / HTTP/1.1"
    for at in range(0, len(sent), step):
        taken += body.feed(sent[at : at + step])
    assert body.ended
    assert taken == len(CHUNKS)


@pytest.mark.parametrize(
    "chunks",
    [
        b"3\nabc\r\n",
        b"0x3\r\nabc\r\n",
        b"3 \r\nabc\r\n",
        b"3\r\nabcd\r\n",
        b"-1\r\n",
        b"f" * 16 + b"\r\n",
        b"3;" + b"x" * 9000,
        b"0\r\nno colon here\x00\r\n\r\n",
    ],
)
def test_chunks_that_can_be_read_in_two_ways_are_refused(chunks: bytes) -> None:
    with pytest.raises(Malformed):
        Chunked(strict=True).feed(chunks)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (b"Content-Length: 3\r\nContent-Length: 3\r\n", Sized),
        (b"Content-Length: 3, 3\r\n", Sized),
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", Chunked),
        (b"Transfer-Encoding: gzip\r\n", UntilClosed),
        (b"Content-Length : 3\r\n", Sized),
        (b"Content-Length: many\r\n", UntilClosed),
        (b"", UntilClosed),
    ],
)
def test_an_answer_is_read_as_browsers_read_it(fields: bytes, kind: type) -> None:
    head = read_answer(lines(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n"))
    assert head is not None
    assert isinstance(answer_body(head, "GET"), kind)
    assert b" :" not in head.raw


def test_two_different_lengths_of_an_answer_are_none() -> None:
    head = read_answer(lines(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"))
    assert head is not None
    with pytest.raises(Malformed):
        answer_body(head, "GET")


def test_an_answer_to_head_has_no_body() -> None:
    head = read_answer(lines(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"))
    assert head is not None
    assert answer_body(head, "HEAD").ended


def test_what_is_no_http_is_none() -> None:
    assert read_answer([b"ICY 200 OK"]) is None
