"""Compression of pages."""

import gzip

from django.test import Client


def test_page_is_compressed_with_random_padding(client: Client, db: None) -> None:
    """A random file name in the gzip header hides the page's length from a BREACH attack."""
    answers = [client.get("/sign-in/", headers={"accept-encoding": "gzip"}) for _ in range(20)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert all(b"<html" in gzip.decompress(answer.content) for answer in answers)
    assert len({len(answer.content) for answer in answers}) > 1
