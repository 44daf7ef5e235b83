"""A picture with at most 256 colours: a page of words needs no more, and its file is a third of the size."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256
Colour = tuple[int, int, int]


def with_palette(png: bytes) -> bytes:
    """The same picture; of one with too many colours the rarest are given as the nearest of the others.

    Takes what a browser writes: eight bits a colour, with or without a share of light let through, not interlaced.
    """
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", next(chunks(png))[1])
    if depth != 8 or kind not in (2, 6):
        raise ValueError("This is no picture as a browser writes it.")
    data = zlib.decompress(b"".join(body for name, body in chunks(png) if name == b"IDAT"))
    rows = list(unfiltered(data, width, height, 3 if kind == 2 else 4))
    pixels = [
        [(row[at], row[at + 1], row[at + 2]) for at in range(0, len(row), len(row) // width)]
        for row in rows
    ]
    counted = Counter(pixel for row in pixels for pixel in row)
    kept = [colour for colour, _ in counted.most_common(MOST)]
    number = {colour: place for place, colour in enumerate(kept)}
    number |= {colour: number[nearest(colour, kept)] for colour in counted if colour not in number}
    lines = b"".join(b"\0" + bytes(number[pixel] for pixel in row) for row in pixels)
    return SIGNATURE + b"".join(
        (
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", b"".join(bytes(colour) for colour in kept)),
            chunk(b"IDAT", zlib.compress(lines, 9)),
            chunk(b"IEND", b""),
        )
    )


def nearest(colour: Colour, kept: list[Colour]) -> Colour:
    return min(kept, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, colour, strict=True)))


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def unfiltered(data: bytes, width: int, height: int, size: int) -> Iterator[bytearray]:
    """The rows as they are: PNG writes each byte as its difference from those beside and above it."""
    length = width * size
    above = bytearray(length)
    for number in range(height):
        start = number * (length + 1)
        way, row = data[start], bytearray(data[start + 1 : start + 1 + length])
        if way:
            for at in range(length):
                left = row[at - size] if at >= size else 0
                corner = above[at - size] if at >= size else 0
                row[at] = (row[at] + guess(way, left, above[at], corner)) & 255
        yield row
        above = row


def guess(way: int, left: int, up: int, corner: int) -> int:
    if way == 1:
        return left
    if way == 2:
        return up
    if way == 3:
        return (left + up) // 2
    distances = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
    return (left, up, corner)[distances.index(min(distances))]
