"""Raw sentences waiting to be labelled, read one at a time."""

from collections.abc import Iterator
from pathlib import Path

from stance.annotations import refuse_half_characters, text_digest
from stance.errors import AnnotationError
from stance.rows import Row, read_lines, read_rows, suffix_of
from stance.workbench.judgements import sentence_id

PLAIN_TEXT = ".txt"


def read_pool(path: Path | str) -> Iterator[Row]:
    """Rows of a pool, each with `id` and `text`, in bounded memory.

    Parameters
    ----------
    path : Path or str
        A `.txt` file with a sentence a line; a `.jsonl`, `.csv` or `.tsv` file with a field
        `text`; each also with `.gz` behind; or a folder of whole documents, which are divided
        into sentences that know their document (`doc`) and their place in it (`n`). Rows without
        text are passed over; those without an id are named by a digest of their text.

    Raises
    ------
    AnnotationError
        A file that cannot be read, or a row that cannot be used.
    """
    path = Path(path)
    if path.is_dir():
        yield from _read_documents(path)
    else:
        yield from (row for _, row in read_pool_file(path))


def read_pool_file(path: Path) -> Iterator[tuple[int, Row]]:
    """Rows of a pool that is one file, as `read_pool` gives them, with their lines.

    Raises
    ------
    AnnotationError
        A file that cannot be read, or a row that cannot be used.
    """
    for line, row in _numbered_rows(path):
        text = row.get("text")
        if isinstance(text, str) and text.strip():
            refuse_half_characters(text, path, line)
            yield line, {**row, "id": sentence_id(row, path, line)}


def _numbered_rows(path: Path) -> Iterator[tuple[int, Row]]:
    suffix, _ = suffix_of(path)
    if suffix != PLAIN_TEXT:
        return read_rows(path)
    return enumerate(({"text": line.strip()} for line in read_lines(path)), start=1)


def _read_documents(folder: Path) -> Iterator[Row]:
    from stance.reading.documents import find_documents
    from stance.reading.segmentation import segment

    for path in find_documents([folder]):
        text = _document_text(path)
        name = path.relative_to(folder).with_suffix("").as_posix()
        statements = (part for part in segment(text) if not part.boilerplate)
        for n, part in enumerate(statements):
            sentence = " ".join(text[part.start : part.end].split())
            yield {"text": sentence, "doc": name, "n": n, "id": text_digest(sentence)}


def _document_text(path: Path) -> str:
    from stance.reading.documents import EncodingError, load_document

    try:
        return load_document(path).text
    except EncodingError as error:
        remedy = "save it as plain text in UTF-8, or take it out of the folder"
        raise AnnotationError(f"{error.problem}; {remedy}", path=path) from None
