"""Any text gets an answer, the same one wherever it stands, in linear time."""

import gzip
import io
import itertools
import json
import random
import time
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stance
from stance.annotations import read_annotations
from stance.lexicon import build_lexicon, read_sources
from stance.reading import Reading, read
from stance.statements import read_statements
from stance.workbench.exchange import read_items

from .support import CORPUS, LONG, PROJECT, cases, check_assessment, named

ODD = cases("odd_texts.jsonl")
UNITS = cases("long_texts.jsonl")

EXAMPLES = settings(
    max_examples=5000 if LONG else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# Surrogates included, which `text()` leaves out unasked.
ANYTHING = st.text(st.characters(exclude_categories=()))
PIECES = st.sampled_from(
    "Japan|Russia|the Kurils|peace treaty|not|isn't|trust|welcomed|1956|'s|’s|—|, |; |“|\"|\n|\r\n"
    "|\0|\u0301|\u200d|\ufeff|\ufb2c".split("|")
)
TEXTS = ANYTHING | st.lists(PIECES | ANYTHING).map("".join) | st.lists(PIECES).map(" ".join)


@pytest.mark.parametrize("row", named(ODD))
def test_odd_text(packaged: stance.Model, row: dict[str, str]) -> None:
    seen = packaged.assess(row["text"])
    check_assessment(row["text"], seen)
    assert packaged.classify(row["text"]) == seen.label


@EXAMPLES
@given(TEXTS)
def test_any_text(packaged: stance.Model, text: str) -> None:
    seen = packaged.assess(text)
    check_assessment(text, seen)
    assert packaged.classify(text) == seen.label
    assert packaged.assess(text) == seen


@EXAMPLES
@given(st.lists(TEXTS, max_size=8), st.integers(1, 4), st.randoms(use_true_random=False))
def test_company_does_not_matter(
    packaged: stance.Model, texts: list[str], chunk_size: int, order: Any
) -> None:
    alone = {text: packaged.assess(text) for text in texts}
    order.shuffle(texts)
    assert list(packaged.classify_many(texts)) == [alone[text].label for text in texts]
    assert list(packaged.assess_many(texts, chunk_size=chunk_size)) == [alone[t] for t in texts]


def test_odd_texts_together(packaged: stance.Model) -> None:
    texts = [row["text"] for row in ODD]
    alone = [packaged.classify(text) for text in texts]
    assert list(packaged.classify_many(texts)) == alone
    assert list(packaged.classify_many(texts, chunk_size=7)) == alone
    assert list(packaged.classify_many(texts[::-1])) == alone[::-1]


def seconds(call: Callable[[str], object], text: str) -> float:
    """Shortest of two runs."""
    times = []
    for _ in range(2):
        begun = time.perf_counter()
        call(text)
        times.append(time.perf_counter() - begun)
    return min(times)


@pytest.mark.parametrize("row", named(UNITS))
@pytest.mark.parametrize(
    ("call", "length"), [("classify", 1_000_000), ("assess", 40_000), ("read", 12_000)]
)
def test_time_grows_with_length(
    packaged: stance.Model, row: dict[str, str], call: str, length: int
) -> None:
    ask = partial(read, model=packaged) if call == "read" else getattr(packaged, call)
    # Some characters are folded into many.
    size = max(len(row["unit"]), len(unicodedata.normalize("NFKD", row["unit"])))
    text = row["unit"] * (length // size)
    short = seconds(ask, text[: len(text) // 16])
    # Linear is 16 times, quadratic 256; the rest is the noise of a busy machine.
    assert seconds(ask, text) < 60 * short + 0.15


@pytest.mark.parametrize("row", named(UNITS))
def test_long_text(packaged: stance.Model, row: dict[str, str]) -> None:
    text = row["unit"] * (3000 // len(row["unit"]))
    seen = packaged.assess(text)
    check_assessment(text, seen)
    assert packaged.classify(text) == seen.label


def test_ten_megabytes_without_a_space(packaged: stance.Model) -> None:
    text = "x" * 10_000_000
    assert packaged.classify(text) == packaged.assess(text).label == packaged.classify("x" * 50)
    assert [statement.end for statement in read(text, model=packaged)] == [len(text)]


def test_a_million_quotation_marks(packaged: stance.Model) -> None:
    text = '"' * 1_000_000
    assert packaged.classify(text) == packaged.assess(text).label == stance.Label.NEUTRAL
    # A document of them takes some twenty seconds.
    found = read(text if LONG else text[:100_000], model=packaged)
    assert found.distribution()


@pytest.mark.parametrize("length", [0, 1, 2, 7, 50])
def test_text_without_words_is_neutral(packaged: stance.Model, length: int) -> None:
    prior = packaged.assess("")
    assert prior.label == stance.Label.NEUTRAL
    for marks in itertools.product(" \n!?\"'(),;:.…—%$*_-\u200b\u0301“", repeat=2):
        text = "".join(marks) * length
        assert packaged.assess(text) == prior
        assert packaged.classify(text) == prior.label


def _scores(model: stance.Model, texts: list[str]) -> list[object]:
    return [(seen.label, seen.scores) for seen in model.assess_many(texts)]


def test_normal_forms_of_every_character(packaged: stance.Model) -> None:
    """Every character that a normal form changes, inside a word and beside one."""
    changed = [
        char
        for char in map(chr, itertools.chain(range(0xAC00), range(0xD7A4, 0x30000)))
        if any(unicodedata.normalize(form, char) != char for form in ("NFC", "NFD"))
    ]
    changed += [chr(code) for code in range(0xAC00, 0xD7A4, 97)]
    texts = [f"Japan{char}s trust {char} Russia 1{char}2" for char in changed]
    assert len(texts) > 2000
    expected = _scores(packaged, texts)
    for form in ("NFC", "NFD"):
        normal = [unicodedata.normalize(form, text) for text in texts]
        assert [
            (text, form)
            for text, ours, theirs in zip(texts, expected, _scores(packaged, normal), strict=True)
            if ours != theirs
        ] == []


@EXAMPLES
@given(TEXTS)
def test_normal_forms_of_any_text(packaged: stance.Model, text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert _scores(packaged, [composed]) == _scores(packaged, [decomposed])


@EXAMPLES
@given(st.lists(PIECES).map(" ".join))
def test_style_of_quotation_marks(packaged: stance.Model, text: str) -> None:
    straight = text.translate(str.maketrans("“”‘’", "\"\"''"))
    curly = straight.translate(str.maketrans("\"'", "“’"))
    closing = straight.translate(str.maketrans("\"'", "”‘"))
    assert len({str(_scores(packaged, [form])) for form in (text, straight, curly, closing)}) == 1


NOT_TEXTS = [None, float("nan"), 0, b"Japan", bytearray(b"Japan"), ["Japan"], object(), True]


@pytest.mark.parametrize("item", NOT_TEXTS, ids=repr)
def test_not_a_text(packaged: stance.Model, item: Any) -> None:
    for call in (packaged.classify, packaged.assess):
        with pytest.raises(stance.StatementError, match=type(item).__name__):
            call(item)
    for many in (packaged.classify_many, packaged.assess_many):
        with pytest.raises(TypeError, match="index 2") as caught:
            list(many(["a", "b", item, "c"], chunk_size=2))
        assert isinstance(caught.value, stance.StatementError)
        assert caught.value.index == 2


@pytest.mark.parametrize("item", ["Japan", b"Japan", None, 3])
def test_not_an_iterable_of_texts(packaged: stance.Model, item: Any) -> None:
    with pytest.raises(TypeError):
        list(packaged.classify_many(item))


def check_reading(text: str, found: Reading, model: stance.Model) -> None:
    assert found.text == text
    at = 0
    for statement in found:
        assert at <= statement.start < statement.end <= len(text)
        assert statement.text == text[statement.start : statement.end]
        assert statement.holder
        assert statement.assessment == model.assess(statement.text)
        at = statement.end
    assert len(json.loads(found.to_json())["statements"]) == len(found)
    found.to_html()


@pytest.mark.parametrize("row", named(ODD))
def test_odd_document(packaged: stance.Model, row: dict[str, str]) -> None:
    for text in (row["text"], f"{row['text']} said Anna Orlova.\n\n“{row['text']}"):
        check_reading(text, read(text, model=packaged), packaged)


@EXAMPLES
@given(
    st.lists(
        PIECES
        | st.sampled_from(
            ["said", "Putin", "Mr. Abe", "according to", "he", ".", "?", "\n\n", "- "]
        )
        | ANYTHING
    ).map(" ".join)
)
def test_any_document(packaged: stance.Model, text: str) -> None:
    check_reading(text, read(text, model=packaged), packaged)


@pytest.mark.parametrize("item", NOT_TEXTS, ids=repr)
def test_not_a_document(packaged: stance.Model, item: Any) -> None:
    with pytest.raises(stance.StatementError):
        read(item, model=packaged)


LINES = st.one_of(
    st.binary(),
    ANYTHING.map(lambda text: json.dumps({"text": text, "label": "neutral"}).encode()),
    st.dictionaries(
        st.sampled_from(["text", "label", "id", "group", "n", "labels", "extra", "doc"]),
        st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING | st.lists(ANYTHING),
    ).map(lambda row: json.dumps(row).encode()),
)


@EXAMPLES
@given(
    st.lists(LINES).map(b"\n".join),
    st.sampled_from([".jsonl", ".csv", ".tsv", ".jsonl.gz"]),
    st.booleans(),
)
def test_any_annotations(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str, whole: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") and whole else data)
    try:
        found = read_annotations(path)
    except stance.AnnotationError as error:
        found, message = [], str(error)
    else:
        message = str(path)
    assert str(path) in message
    assert all(item.label in stance.LABELS for item in found)


EXCHANGE = PROJECT / "tests" / "data" / "exchange"
ODD_VALUES = [None, True, 0, 1e400, 10**20, "", "x", "neutral", "\ud800", [], [[]], [None], {}]
ODD_VALUES.append({"x": {}})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Ways to everything inside a JSON value, itself first."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A JSON value with another one at a place inside it."""
    if not path:
        return new
    changed = value.copy()
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("source", sorted(EXCHANGE.iterdir()), ids=lambda path: path.name)
def test_any_value_in_any_place_of_a_tools_file(source: Path, tmp_path: Path) -> None:
    text = source.read_text("utf-8")
    tool = source.name.rsplit("-", 1)[0]
    by_line = source.suffix == ".jsonl"
    rows = [json.loads(line) for line in text.split("\n")[:-1]] if by_line else json.loads(text)
    for row in rows:
        if isinstance(row.get("stance"), str):
            row["stance"] = json.loads(row["stance"])
    path = tmp_path / source.name
    for place in places(rows):
        for odd in ODD_VALUES:
            changed = replaced(rows, place, odd)
            lines = changed if by_line and isinstance(changed, list) else [changed]
            text = "\n".join(map(json.dumps, lines))
            path.write_text(text.replace("Infinity", "1e400"), "utf-8")
            try:
                read_items(path, tool)
            except stance.AnnotationError as error:
                assert str(path) in str(error)


CELLS = st.sampled_from(
    "\t|\n|\r|\0|\u2028|@|'s|one's|not|.|-|+|1|first = |[|]|\"|\ufeff".split("|")
)


@EXAMPLES
@given(st.lists(CELLS | st.text()).map("".join), st.sampled_from(["names", "cues", "target"]))
def test_any_word_list(
    tmp_path_factory: pytest.TempPathFactory, content: str, changed: str
) -> None:
    """Appended to, or instead of, a whole one."""
    files = {"names": "names.tsv", "cues": "cues.tsv", "target": "target.toml"}
    for before in ("", (CORPUS / files[changed]).read_text("utf-8")):
        path = tmp_path_factory.getbasetemp() / files[changed]
        path.write_bytes((before + content).encode())
        paths = {name: CORPUS / file for name, file in files.items()} | {changed: path}
        try:
            build_lexicon(read_sources(**paths), ["japan"])
        except stance.AnnotationError as error:
            assert any(name in str(error) for name in files.values())


@pytest.mark.parametrize("content", ["first = " + "[" * 100_000, "first = " + "9" * 10_000, "\0"])
def test_target_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "target.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(stance.AnnotationError, match=r"target\.toml"):
        read_sources(target=path)


STATEMENTS: dict[str, bytes] = {
    ".txt": b"Tokyo waits.\nMoscow\n",
    ".jsonl": b'{"text": "Tokyo waits.", "n": 3}\n{"text": "a"}\n',
    ".csv": b'text,label\n"Tokyo, waits",x\na,b\n',
    ".tsv": b"text\tlabel\na\tb\n",
    ".csv.gz": gzip.compress(b"text,label\na,b\n" * 9, mtime=0),
}


def _parquet() -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": ["Tokyo waits.", "é", None] * 40}), stream)
    return stream.getvalue()


@pytest.mark.parametrize("suffix", [*STATEMENTS, ".parquet"])
def test_any_file_of_statements(tmp_path: Path, suffix: str) -> None:
    whole = STATEMENTS[suffix] if suffix in STATEMENTS else _parquet()
    bits = [*(bytes([code]) for code in range(256)), b"\xef\xbb\xbf", b"9" * 5000, b"[" * 3000]
    chosen = random.Random(17)
    path = tmp_path / f"any{suffix}"
    for _ in range(5000 if LONG else 500):
        data = bytearray(whole)
        for _ in range(chosen.choice([1, 1, 4])):
            at = chosen.randrange(len(data) + 1)
            data[at : at + chosen.choice([0, 0, 1, 5])] = chosen.choice(bits)
        path.write_bytes(data)
        try:
            list(read_statements(path))
        except stance.StanceError as error:
            assert str(path) in str(error)


def test_reader_is_linear_in_marks(tmp_path: Path) -> None:
    """Runs of combining marks, which normalising puts in order in quadratic time."""

    def seconds(marks: int) -> float:
        text = "a" + "\u0301" * marks + "\u0323" * marks
        rows = [{"text": f"Japan {n} {text}", "label": "neutral"} for n in range(10)]
        (tmp_path / "marks.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
        begun = time.perf_counter()
        read_annotations(tmp_path / "marks.jsonl")
        return time.perf_counter() - begun

    assert seconds(4800) < 60 * seconds(300) + 0.1
