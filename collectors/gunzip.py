"""Unpacking gzip as it arrives, in bounded steps: a small answer may unpack to gigabytes."""

import zlib

_GZIP_ONLY = 31


class Gunzip:
    """Unpacks a body piece by piece. A body may consist of several gzip members in a row."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_ONLY)
        self._begun = False

    def unpack(self, piece: bytes, most: int) -> bytes:
        """What the piece unpacks to, cut at `most` bytes (at least 1). Raises `zlib.error` for what is not gzip."""
        out = bytearray()
        while piece and len(out) < most:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_ONLY)
            self._begun = True
            out += self._member.decompress(piece, most - len(out))
            piece = self._member.unused_data
        return bytes(out)

    @property
    def whole(self) -> bool:
        """Whether what came so far ends where a member ends."""
        return self._member.eof or not self._begun
