"""Compression of pages."""

import gzip

from django.test import Client


def test_page_is_compressed_with_random_padding(client: Client, db: None) -> None:
    """Django adds a random file name to the gzip header, to hide the page's length (BREACH)."""
    answers = [client.get("/sign-in/", headers={"accept-encoding": "gzip"}) for _ in range(20)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert all(b"<html" in gzip.decompress(answer.content) for answer in answers)
    assert len({len(answer.content) for answer in answers}) > 1
