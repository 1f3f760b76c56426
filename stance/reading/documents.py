"""Files as texts: what encoding they are in, whether they are pages, which files a folder holds."""

import codecs
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from stance.errors import StanceError
from stance.rows import FORMATS, suffix_of

SUFFIXES = (".txt", ".text", ".md", ".html", ".htm", ".xhtml")
_ROWS = (*FORMATS, ".parquet")
_PAGES = (".html", ".htm", ".xhtml")
_PAGE_START = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = {
    b"%PDF": "a PDF; save its text with a PDF reader or pdftotext",
    b"PK\x03\x04": "a zip archive or office document; save it as plain text",
    b"\xd0\xcf\x11\xe0": "an old office document; save it as plain text",
    b"\x1f\x8b": "compressed; unpack it",
    b"{\\rtf": "rich text; save it as plain text",
}
_HEAD = 4096


class DocumentError(StanceError):
    """A file that cannot be read as a text.

    Attributes
    ----------
    name : str
        The file.
    """

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(f"{name}: {problem}")

    def __reduce__(self) -> tuple[type["DocumentError"], tuple[str, str]]:
        return type(self), (self.name, str(self.args[0]).removeprefix(f"{self.name}: "))


class EncodingError(DocumentError):
    """A file that cannot be decoded.

    Attributes
    ----------
    problem : str
        What is wrong, without the remedy that `stance read` has for it.
    """

    def __init__(self, name: str, problem: str) -> None:
        self.problem = problem
        remedy = "name its encoding, such as --encoding cp1252 or shift_jis"
        super().__init__(name, f"{problem}; {remedy}")

    def __reduce__(self) -> tuple[type["EncodingError"], tuple[str, str]]:
        return type(self), (self.name, self.problem)


class Document(NamedTuple):
    """A text and where it came from."""

    name: str
    text: str


def find_documents(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those with a known suffix in the folders named, sorted.

    Raises
    ------
    DocumentError
        A folder without such files, or a path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()
            )
            if not inside:
                known = ", ".join(SUFFIXES)
                raise DocumentError(str(path), f"no documents in this folder (looked for {known})")
            yield from inside
        elif path == Path("-") or path.exists():
            yield path
        else:
            raise DocumentError(str(path), "no such file; check the path")


def load_document(path: Path, encoding: str | None = None) -> Document:
    """Read a file; of an HTML page, the main text.

    Parameters
    ----------
    path : Path
        ``-`` is standard input.
    encoding : str, optional
        By default a byte-order mark decides, then what the page declares, then UTF-8.

    Raises
    ------
    DocumentError
        A binary file, one in another encoding, or a page without text.
    """
    name = "standard input" if path == Path("-") else str(path)
    if suffix_of(path)[0] in _ROWS:
        raise DocumentError(name, "rows and not a text; label them with `stance classify`")
    try:
        data = sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
    except OSError as error:
        raise DocumentError(name, f"cannot be read: {error.strerror or error}") from None
    page = path.suffix.lower() in _PAGES or bool(_PAGE_START.match(data[:_HEAD]))
    text = decode(data, name, page=page, encoding=encoding)
    return Document(name, main_text(text, name) if page else text)


def decode(data: bytes, name: str, *, page: bool = False, encoding: str | None = None) -> str:
    """Decode a file's bytes.

    Raises
    ------
    DocumentError
        They are no text, or not in the encoding found or given.
    """
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise DocumentError(name, f"this file is {what}")
    marked = next((found for mark, found in _MARKS if data.startswith(mark)), None)
    if marked is None and encoding is None and b"\0" in data[: 16 * _HEAD]:
        raise EncodingError(name, "a binary file")
    declared = _CHARSET.search(data[:_HEAD]) if page else None
    chosen = encoding or marked or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        return data.decode(chosen)
    except LookupError:
        raise EncodingError(name, f"unknown encoding '{chosen}'") from None
    except UnicodeError as error:
        place = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise EncodingError(name, f"not {chosen}{place}") from None


def main_text(page: str, name: str) -> str:
    """The main text of an HTML page, without menus and prompts.

    Raises
    ------
    DocumentError
        The page holds no text that could be found, or the extractor is not installed.
    """
    try:
        import trafilatura
    except ImportError:
        hint = 'pip install "japan-russia-stance[html]", or save the page as text'
        raise DocumentError(name, f"reading HTML needs an extra: {hint}") from None
    text = trafilatura.extract(page, include_comments=False, include_tables=False)
    if not text:
        raise DocumentError(name, "no main text found in this page; save the article as text")
    return str(text)
