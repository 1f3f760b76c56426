"""The benchmark of baselines, on statements simple enough to know the outcome."""

import json
import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from click.testing import CliRunner

from stance.annotations import Annotation, read_annotations
from stance.labels import LABELS, Label
from tests.benchmarks import public_set
from tests.benchmarks.accuracy import climb, compare_on_own_labels, read_labelled, table
from tests.benchmarks.methods import Method, Texts, majority, semeval, tfidf

WORDS = ("warm", "cold", "plain")


def corpus(sentences: int, start: int = 0) -> list[Annotation]:
    """Sentences whose first word tells the label; neutral is the most frequent."""
    return [
        Annotation(str(i), f"{WORDS[kind]} words number {i}", LABELS[kind], str(i))
        for i in range(start, start + sentences)
        for kind in [i % 3 if i % 4 else 2]
    ]


def absent(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Need a package that is not there."""
    raise ModuleNotFoundError("No module named 'nowhere'")


def test_a_method_that_cannot_be_run_keeps_its_row() -> None:
    columns = {"held-out": corpus(24, 60), "more": corpus(12, 90)}
    methods = [Method("majority", majority), Method("absent", absent), Method("tfidf", tfidf)]
    rows = climb(methods, corpus(60), columns)
    assert [row.method for row in rows] == ["majority", "absent", "tfidf"]
    assert rows[0].macro_f1["held-out"].value < 0.3
    assert rows[2].macro_f1["more"].value == 1
    lines = table(rows, columns).splitlines()
    assert lines[0] == "| method | held-out (24) | more (12) |"
    assert "not run: No module named 'nowhere'" in lines[3]
    assert len({line.count("|") for line in lines}) == 1


def test_recipe_learns() -> None:
    test = corpus(24, 60)
    labelled = semeval(corpus(60), [[item.text for item in test]])[0]
    assert labelled == [item.label for item in test]


def test_own_labels_are_compared_on_the_same_splits(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    rows = [f"{item.text},{item.label}\n" for item in corpus(150)]
    file.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    found = compare_on_own_labels(file)
    assert found.tested == 150
    assert 110 <= found.trained <= 130
    assert found.ours.value == found.recipe.value == 1
    assert found.gain.value == 0
    assert "--no-names --no-cues" in str(found)


def test_measured_text_may_repeat_itself(tmp_path: Path) -> None:
    file = tmp_path / "real.jsonl"
    row = json.dumps({"text": "Talks went on.", "label": "neutral"})
    file.write_text(f"{row}\n{row}\n", encoding="utf-8")
    assert len(read_labelled(file)) == 2


def test_public_set_is_converted(tmp_path: Path) -> None:
    rated = "1_1\t2.5\tSplendid.\n1_2\t0.4\tSo it is.\n2_1\t-0.5\tBad, sad.\n2_2\t1\tSplendid.\n"
    name = "hutto_ICWSM_2014/nytEditorialSnippets_GroundTruth.txt"
    inner = packed({name: rated.encode()})
    archive, out = tmp_path / "vader.tar.gz", tmp_path / "out.csv"
    archive.write_bytes(packed({"vader/additional_resources/hutto_ICWSM_2014.tar.gz": inner}))
    done = CliRunner().invoke(public_set.main, [str(archive), str(out)], catch_exceptions=False)
    assert done.output.startswith("3 sentences")
    found = [(item.text, item.label, item.group) for item in read_annotations(out)]
    assert found == [
        ("Splendid.", Label.SUPPORTIVE, "1"),
        ("So it is.", Label.NEUTRAL, "1"),
        ("Bad, sad.", Label.SKEPTICAL, "2"),
    ]


def packed(files: dict[str, bytes]) -> bytes:
    """Pack files into the bytes of a gzipped tar archive."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    return stream.getvalue()
