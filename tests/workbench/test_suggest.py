import json
import random

import pytest

from stance.errors import AnnotationError, StanceError
from stance.workbench.overlaps import likeness, shingles_of
from stance.workbench.pool import read_pool
from stance.workbench.suggest import suggest

WORDS = [
    "harbor",
    "treaty",
    "envoy",
    "salmon",
    "island",
    "visa",
    "budget",
    "forest",
    "railway",
    "museum",
    "protest",
    "archive",
]


def pool(count=400, seed=0):
    generator = random.Random(seed)
    return [
        {"id": f"p{n}", "text": " ".join(generator.choice(WORDS) for _ in range(8)) + f" {n}"}
        for n in range(count)
    ]


def doubt(row_id):
    """A doubt from 0 to 1 that the name alone decides."""
    return random.Random(row_id).random()


def guess_by(rows):
    torn = {row["text"]: doubt(row["id"]) for row in rows}

    def guess(texts):
        for text in texts:
            second = torn.get(text, 0) / 2
            yield (1 - second, second, 0.0)

    return guess


def names(found):
    return [suggestion.row["id"] for suggestion in found]


def test_the_most_uncertain_are_chosen():
    rows = pool()
    found = suggest(rows, guess_by(rows), 20, random_share=0)
    expected = sorted((row["id"] for row in rows), key=doubt, reverse=True)[:20]
    assert set(names(found)) == set(expected)
    assert {suggestion.reason for suggestion in found} == {"uncertain"}
    assert all(suggestion.told.startswith("supportive 0.5") for suggestion in found)


def test_a_share_is_drawn_at_random_and_does_not_show_in_the_order():
    rows = pool()
    found = suggest(rows, guess_by(rows), 50, random_share=0.4)
    reasons = [suggestion.reason for suggestion in found]
    assert reasons.count("random") == 20
    assert set(reasons[:20]) == set(reasons[-20:]) == {"random", "uncertain"}
    doubts = [doubt(s.row["id"]) for s in found if s.reason == "random"]
    assert 0.25 < sum(doubts) / 20 < 0.75
    assert all(suggestion.record()["suggested"] == suggestion.reason for suggestion in found)
    assert not any("probab" in json.dumps(suggestion.record()) for suggestion in found)


def test_the_seed_and_not_the_order_of_the_pool_decides():
    rows = pool()
    found = suggest(rows, guess_by(rows), 30)
    shuffled = random.Random(1).sample(rows, len(rows))
    assert names(suggest(iter(shuffled), guess_by(rows), 30)) == names(found)
    other = suggest(rows, guess_by(rows), 30, seed=1)
    drawn = [{s.row["id"] for s in f if s.reason == "random"} for f in (found, other)]
    assert drawn[0] != drawn[1]


def test_near_copies_copies_and_known_sentences_are_passed_over():
    rows = pool(40)
    best = max(rows, key=lambda row: doubt(row["id"]))
    copies = [{"id": f"c{n}", "text": best["text"] + f" and so on {n}"} for n in range(50)]
    same = [{"id": f"d{n}", "text": best["text"].upper()} for n in range(50)]
    crowd = rows + copies + same

    def guess(texts):
        yield from ((0.5, 0.5, 0.0) if best["text"] in text else (0.9, 0.1, 0.0) for text in texts)

    found = suggest(crowd, guess, 20, random_share=0)
    shingles = [shingles_of(suggestion.row["text"]) for suggestion in found]
    alike = sum(
        likeness(one, other) >= 0.5
        for place, one in enumerate(shingles)
        for other in shingles[:place]
    )
    assert alike == 0
    known = [row["text"].upper() for row in rows]
    assert not set(names(suggest(crowd, guess, 20, known=known))) & {row["id"] for row in rows}


def test_a_small_pool_is_given_back_whole():
    rows = pool(5)
    assert set(names(suggest(rows, guess_by(rows), 20))) == {row["id"] for row in rows}
    copies = [{"id": str(n), "text": f"{WORDS * 2} {n}"} for n in range(9)]
    assert len(suggest(copies, guess_by(copies), 5)) == 5
    assert suggest([], guess_by([]), 5) == []
    assert suggest(rows, guess_by(rows), 5, known=[row["text"] for row in rows]) == []


def test_a_share_of_a_small_pool_is_random():
    rows = pool(23)
    found = suggest(rows, guess_by(rows), 100)
    assert [suggestion.reason for suggestion in found].count("random") == 5
    assert len(found) == 23


def test_a_large_pool_is_read_once_in_chunks():
    seen = {"most": 0}

    def rows():
        for n in range(20_000):
            yield {"id": str(n), "text": f"sentence number {n} of a long pool"}

    def guess(texts):
        seen["most"] = max(seen["most"], len(texts))
        return [(0.6, 0.3, 0.1)] * len(texts)

    assert len(suggest(rows(), guess, 10)) == 10
    assert seen["most"] <= 2000


@pytest.mark.parametrize("name", ["pool.txt", "pool.jsonl", "pool.csv"])
def test_pools_of_every_kind(name, tmp_path):
    path = tmp_path / name
    path.write_text({
        "pool.txt": "\ufeffA b.\n\n  C d. \r\n",
        "pool.jsonl": '{"text": "A b.", "id": "1"}\n{"text": ""}\n{"text": "C d."}\n',
        "pool.csv": "id,text\n1,A b.\n2,\n,C d.\n",
    }[name])  # fmt: skip
    found = list(read_pool(path))
    assert [row["text"] for row in found] == ["A b.", "C d."]
    assert all(row["id"] for row in found)


def test_a_folder_of_documents_is_divided_into_sentences(tmp_path):
    (tmp_path / "may").mkdir()
    (tmp_path / "may" / "talks.txt").write_text("Mr. Abe met Mr. Putin.\nThey spoke.\n\nNo deal.")
    (tmp_path / "a.md").write_text("The ferry  is back.")
    assert [(row["doc"], row["n"], row["text"]) for row in read_pool(tmp_path)] == [
        ("a", 0, "The ferry is back."),
        ("may/talks", 0, "Mr. Abe met Mr. Putin."),
        ("may/talks", 1, "They spoke."),
        ("may/talks", 2, "No deal."),
    ]


def test_a_pool_of_another_kind_is_refused(tmp_path):
    with pytest.raises(AnnotationError, match=r"use \.jsonl"):
        list(read_pool(tmp_path / "pool.pdf"))


@pytest.mark.parametrize(
    ("row", "field", "remedy"),
    [
        ({"text": "A \ud800 b."}, "text", "mend the text"),
        ({"id": 3, "text": "A b."}, "id", "put it in quotes"),
    ],
)
def test_a_sentence_that_could_not_be_written_again_is_refused(row, field, remedy, tmp_path):
    path = tmp_path / "pool.jsonl"
    path.write_text('{"text": "C d."}\n' + json.dumps(row))
    with pytest.raises(AnnotationError, match=remedy) as caught:
        list(read_pool(path))
    assert (caught.value.path, caught.value.line, caught.value.field) == (path, 2, field)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("old.txt", "Café".encode("cp1252"), "not utf-8 at byte 3"),
        ("page.html", b'<html><meta charset="klingon">A b.', "unknown encoding 'klingon'"),
        ("raw.txt", b"A\0b", "a binary file"),
    ],
)
def test_a_document_in_another_encoding_is_named_with_a_remedy(name, data, problem, tmp_path):
    (tmp_path / "a.txt").write_text("A b.")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AnnotationError) as caught:
        list(read_pool(tmp_path))
    remedy = "save it as plain text in UTF-8, or take it out of the folder"
    assert str(caught.value) == f"{tmp_path / name}: {problem}; {remedy}"


def test_a_document_of_another_kind_keeps_its_own_remedy(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"%PDF-1.4")
    with pytest.raises(StanceError, match=r"a\.txt: this file is a PDF; save its text"):
        list(read_pool(tmp_path))
