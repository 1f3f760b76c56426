"""The command line: files, folders, pages, formats, errors."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from stance.errors import StanceError
from stance.reading.commands import columns, printable, read, table
from stance.reading.documents import DocumentError, decode, load_document
from tests.reading.test_page import Page

HTML = """<!doctype html><html><head><meta charset="{charset}"><title>T</title></head><body>
<nav><a href="/">Home</a> <a href="/a">About us</a></nav><article><h1>Talks resume</h1>
<p>Japan and Russia agreed on Monday to resume talks on a peace treaty, diplomats in Saint-Étienne
said. The meeting is to be held in autumn, and both sides are preparing for it.</p>
<p>"We hope for the best," said Anna Orlova, a professor of history in Sapporo, on Tuesday.</p>
</article><footer>Cookies</footer></body></html>"""


@pytest.fixture(autouse=True)
def _words_decide(monkeypatch, model):
    monkeypatch.setattr("stance.api.chosen_model", lambda folder: model)


@pytest.fixture
def folder(tmp_path, article):
    """A folder with an article, a second text further in and a file of another kind."""
    (tmp_path / "in").mkdir()
    (tmp_path / "a.txt").write_text(article, encoding="utf-8")
    (tmp_path / "in" / "b.md").write_text("Tokyo hopes for a treaty.", encoding="utf-8")
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    return tmp_path


def _run(*arguments, input=None):
    found = CliRunner().invoke(read, [str(argument) for argument in arguments], input=input)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_table_by_holder(folder):
    lines = _run(folder / "a.txt").stdout.splitlines()
    assert lines[0] == str(folder / "a.txt")
    assert lines[1].split()[:2] == ["holder", "statements"]
    assert [line.split("  ")[0] for line in lines[3:]] == ["Takeshi Arimura", "Kremlin", "author"]


def test_rows_as_jsonl_and_csv_agree(folder):
    rows = [json.loads(line) for line in _run(folder, "--format", "jsonl").stdout.splitlines()]
    assert len(rows) == 7
    assert rows[0]["document"] == str(folder / "a.txt")
    table = list(csv.DictReader(io.StringIO(_run(folder, "--format", "csv").stdout)))
    assert [row["text"] for row in table] == [row["text"] for row in rows]
    assert [row["holder"] for row in table] == [row["holder"] for row in rows]


def test_workers_read_the_same(folder):
    alone = _run(folder, "--format", "jsonl").stdout
    assert _run(folder, "--format", "jsonl", "--jobs", 2).stdout == alone


def test_model_of_ones_own(folder, monkeypatch, small_model):
    monkeypatch.undo()
    rows = _run(folder / "a.txt", "--model", small_model.path, "--format", "jsonl").stdout
    first = json.loads(rows.splitlines()[0])
    assert first["label"] == small_model.classify(first["text"])
    assert first["confidence"] == small_model.assess(first["text"]).confidence


def test_what_is_read_is_not_replaced(folder):
    before = (folder / "a.txt").read_text()
    with pytest.raises(StanceError, match="would replace what is read"):
        _run(folder / "a.txt", "--html", folder / "a.txt")
    (folder / "b.html").write_text(HTML.format(charset="utf-8"))
    _run(folder / "b.html", "--html", folder)
    assert (folder / "b.html").read_text() == HTML.format(charset="utf-8")
    assert (folder / "b-2.html").exists()
    assert (folder / "a.txt").read_text() == before


def test_rows_are_no_document(folder):
    (folder / "rows.csv").write_text("text,label\nTokyo waits.,neutral\n")
    with pytest.raises(DocumentError, match="stance classify"):
        _run(folder / "rows.csv")


def test_a_document_that_cannot_be_read_does_not_stop_the_others(folder):
    (folder / "a0.txt").write_bytes("Kōno hopes.".encode("shift_jis", "replace") + b"\xff")
    found = CliRunner().invoke(read, [str(folder), "--format", "jsonl"])
    assert {Path(json.loads(row)["document"]).name for row in found.stdout.splitlines()} == {
        "a.txt", "b.md",
    }  # fmt: skip
    assert "left out" in found.stderr
    assert "a0.txt: not utf-8" in found.stderr
    assert "1 of 3 documents" in str(found.exception)


def test_stated_encoding(folder):
    path = folder / "sjis.txt"
    path.write_bytes("「We hope」, said 河野.".encode("shift_jis"))
    (row,) = _run(path, "--encoding", "shift_jis", "--format", "jsonl").stdout.splitlines()
    assert "河野" in json.loads(row)["text"]


@pytest.mark.parametrize("style", ["table", "jsonl", "csv"])
@pytest.mark.parametrize("unit", ["statement", "holder", "document"])
def test_every_format_by_every_unit(folder, style, unit):
    assert _run(folder, "--format", style, "--by", unit).stdout.count("\n") >= 2


def test_a_long_holder_leaves_room_for_the_statement(folder):
    holder = "senior official of the ministry of agriculture, forestry and fisheries"
    rows = [["Nothing has been agreed on the islands.", holder, "speech", "skeptical", "0.90"]]
    header, _, line = table(["statement", "holder", "kind", "stance", "sure"], rows)
    assert line.startswith("Nothing has been agreed on the islands.  senior official of the")
    assert "…" in line
    assert len(line) == len(header) <= 100


def test_by_document_counts(folder):
    rows = [
        json.loads(line)
        for line in _run(folder, "--by", "document", "--format", "jsonl").stdout.splitlines()
    ]
    assert [row["statements"] for row in rows] == [6, 1]
    assert [row["boilerplate"] for row in rows] == [2, 0]


def test_standard_input(article):
    assert "Takeshi Arimura" in _run(input=article).stdout
    assert "Takeshi Arimura" in _run("-", input=article).stdout


def test_pages_for_one_and_for_several(folder):
    target = folder / "out.html"
    assert "page in" in _run(folder / "a.txt", "--html", target).stderr
    Page(target.read_text(encoding="utf-8"))
    _run(folder / "a.txt", folder / "in", "--html", folder / "pages")
    assert sorted(p.name for p in (folder / "pages").iterdir()) == ["a.html", "b.html"]


def test_several_documents_do_not_fit_one_page(folder):
    found = _run(folder, "--html", folder / "out.html")
    assert found.exit_code == 2
    assert "name a folder" in found.stderr


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04...", "zip"),
        (b"text\0more", "binary"),
        ("Saint-Étienne".encode("cp1252"), "byte 6"),
    ],
)
def test_undecodable_files_say_what_to_do(tmp_path, data, hint):
    path = tmp_path / "x.txt"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=hint) as caught:
        load_document(path)
    assert caught.value.name == str(path)


def test_encodings_are_declared_marked_or_utf8(tmp_path):
    path = tmp_path / "x.txt"
    text = "Ties with Saint-Étienne"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        path.write_bytes(text.encode(encoding))
        assert load_document(path).text == text
    path.write_bytes("日本とロシア".encode("shift_jis"))
    assert load_document(path, "shift_jis").text == "日本とロシア"
    with pytest.raises(DocumentError, match="unknown encoding"):
        load_document(path, "nonsense")
    assert decode(b'<meta charset="cp1252">\xc9', "x", page=True).endswith("É")


def test_missing_files_and_empty_folders_say_so(tmp_path):
    with pytest.raises(DocumentError, match="no such file"):
        _run(tmp_path / "none.txt")
    with pytest.raises(DocumentError, match="no documents in this folder"):
        _run(tmp_path)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_main_text_of_a_page(tmp_path, charset):
    pytest.importorskip("trafilatura", reason="the html extra is not installed")
    path = tmp_path / "article.html"
    path.write_bytes(HTML.format(charset=charset).encode(charset))
    text = load_document(path).text
    assert "Saint-Étienne" in text
    assert "Anna Orlova" in text
    assert "Cookies" not in text
    assert "About us" not in text


def test_a_page_without_the_extra_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    path = tmp_path / "article.html"
    path.write_text(HTML.format(charset="utf-8"), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"japan-russia-stance\[html\]"):
        load_document(path)


def test_cells_keep_to_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    rows = [["a very long name of a holder that does not fit in", "12"], ["日本政府", "3"]]
    lines = list(table(["holder", "statements"], rows))
    assert {columns(line) for line in lines} == {40}
    assert "…" in lines[2]


def test_nothing_steers_the_terminal():
    assert printable("a\x1b[31mb\n‮c") == "a [31mb c"
