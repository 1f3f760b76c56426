"""Raw sentences waiting to be labelled, read one at a time."""

from collections.abc import Iterator
from pathlib import Path

from stance.annotations import text_digest
from stance.rows import Row, read_lines, read_rows

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
        A file that cannot be read, or a row that does not parse.
    """
    path = Path(path)
    rows: Iterator[Row]
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if path.is_dir():
        rows = _read_documents(path)
    elif suffix == PLAIN_TEXT:
        rows = ({"text": line.strip()} for line in read_lines(path))
    else:
        rows = (row for _, row in read_rows(path))
    for row in rows:
        text = row.get("text")
        if isinstance(text, str) and text.strip():
            name = row.get("id")
            yield {**row, "id": name if isinstance(name, str) and name else text_digest(text)}


def _read_documents(folder: Path) -> Iterator[Row]:
    from stance.reading.documents import find_documents, load_document
    from stance.reading.segmentation import segment

    for path in find_documents([folder]):
        text = load_document(path).text
        name = path.relative_to(folder).with_suffix("").as_posix()
        statements = (part for part in segment(text) if not part.boilerplate)
        for n, part in enumerate(statements):
            yield {"text": " ".join(text[part.start : part.end].split()), "doc": name, "n": n}
