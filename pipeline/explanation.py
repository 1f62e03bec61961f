"""Reading the text of an explanation that was published, from the file it was written in."""

import io
import zipfile
from pathlib import Path

from docx import Document

from core.errors import YuqingError

LONGEST_TITLE = 60


def read_explanation(path: Path) -> tuple[str, str]:
    """Title (its first line) and text of a .docx or plain text file. Raises `YuqingError` when it cannot be read."""
    if not path.is_file():
        raise YuqingError(f"找不到文件 {path}")
    content = path.read_bytes()
    text = _word(path, content) if path.suffix.lower() == ".docx" else _plain(path, content)
    lines = [line.strip().lstrip("#").strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise YuqingError(f"{path.name} 里没有文字。")
    return lines[0][:LONGEST_TITLE], "\n".join(lines)


def _word(path: Path, content: bytes) -> str:
    try:
        document = Document(io.BytesIO(content))
    except (zipfile.BadZipFile, KeyError, ValueError):
        raise YuqingError(f"{path.name} 不是 Word（.docx）文件。", "旧的 .doc 请另存为 .docx。") from None
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def _plain(path: Path, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise YuqingError(f"{path.name} 不是文本文件。", "可用 .docx、.txt、.md。")
