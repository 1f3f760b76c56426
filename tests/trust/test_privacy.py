"""Nothing is sent, kept or told; what is installed is pinned and its licence known."""

import json
import re
import tomllib
from collections import Counter
from importlib.metadata import PackageNotFoundError, requires
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import stance
from stance.annotations import read_annotations
from stance.lexicon import BOUNDARY_ID, Lexicon, TokenIndex, build_lexicon, read_sources
from stance.resources import annotations_folder, model_folder
from stance.storage import read_folder
from stance.stream import stream_of
from stance.text import BOUNDARY, tokenise_many

from .support import CORPUS, PROJECT, SOURCE, answer, contents, run_python

SECRET = "Xanthippe Quillfeather-Zyx told Tokyo and Moscow about the fjordwhistle."
OTHER_FILES = ("golden.jsonl", "manifest.json", "MODEL_CARD.md")


# Nothing is sent.

# Found by every interpreter below it, workers included.
_NO_NETWORK = """
import os, sys

def refuse(event, details):
    if event.startswith("socket.") and not (
        event == "socket.__new__" and details[1] == 1  # AF_UNIX, between processes of this machine
    ):
        if event not in ("socket.bind", "socket.connect") or isinstance(details[1], tuple):
            with open(os.environ["STANCE_SOCKETS"], "a") as log:
                log.write(f"{event} {details[1:]}\\n")
            raise PermissionError("no network in this test")
    elif event in ("urllib.Request", "ftplib.connect", "http.client.connect"):
        raise PermissionError("no network in this test")

sys.addaudithook(refuse)
"""

_EVERYTHING = """
import json, sys, stance
from stance.reading import read

text = sys.argv[1]
stance.classify(text)
stance.assess(text)
list(stance.classify_many([text] * 9, n_jobs=2, chunk_size=3))
read(text + " He agreed.").to_html()
print(json.dumps("done"))
"""


@pytest.fixture
def no_network(tmp_path: Path) -> dict[str, str]:
    """Environment in which every interpreter refuses to open a socket, and writes it down."""
    place = tmp_path / "no-network"
    place.mkdir()
    (place / "sitecustomize.py").write_text(_NO_NETWORK)
    return {"PYTHONPATH": str(place), "STANCE_SOCKETS": str(place / "log")}


def _hooked(env: dict[str, str]) -> dict[str, str]:
    return {**env, "PYTHONPATH": f"{env['PYTHONPATH']}:{SOURCE}"}


def test_the_refusal_works(no_network: dict[str, str]) -> None:
    code = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')"
    done = run_python("-c", code, env=_hooked(no_network))
    assert "no network in this test" in done.stderr
    done = run_python("-c", "import socket; socket.socket()", env=_hooked(no_network))
    assert "no network in this test" in done.stderr
    assert "socket.__new__" in Path(no_network["STANCE_SOCKETS"]).read_text()


def test_no_socket_when_classifying_and_reading(no_network: dict[str, str]) -> None:
    assert answer(_EVERYTHING, SECRET, env=_hooked(no_network)) == "done"
    assert not Path(no_network["STANCE_SOCKETS"]).exists()


def test_no_socket_when_retraining(no_network: dict[str, str], tmp_path: Path) -> None:
    done = run_python(
        *("-m", "stance", "retrain", "--annotations", CORPUS),
        *("--out", tmp_path / "model", "--jobs", "2"),
        env=_hooked(no_network),
    )
    assert done.returncode == 0, done.stderr
    assert not Path(no_network["STANCE_SOCKETS"]).exists()


# Nothing is kept.


def test_nothing_is_written_when_classifying_and_reading() -> None:
    code = """
import os, sys
written, watching = [], []

def note(event, details):
    if not watching:
        return
    if event == "open":
        path, mode, flags = details
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and path != os.devnull:
            written.append(str(path))
    elif event in ("os.mkdir", "os.rename", "os.symlink", "tempfile.mkstemp", "tempfile.mkdtemp"):
        written.append(event)

sys.addaudithook(note)
import json, logging, stance
from stance.reading import read
logging.basicConfig(level=0)

def use(text):
    stance.classify(text)
    stance.assess(text)
    list(stance.classify_many([text] * 50))
    read(text + " He agreed.").to_html()

# Once beforehand: importing old versions of scipy tries out where temporary files can be made.
use("Tokyo waits.")
watching.append(True)
use(sys.argv[1])
print(json.dumps(written))
"""
    # Silence on standard error is checked too: nothing is logged, at any level.
    assert answer(code, SECRET, env={"PYTHONDONTWRITEBYTECODE": "1"}) == []


def test_workers_leave_nothing_behind(tmp_path: Path) -> None:
    env = {"TMPDIR": str(tmp_path), "JOBLIB_TEMP_FOLDER": str(tmp_path)}
    assert answer(_EVERYTHING, SECRET, env=env) == "done"
    assert contents(tmp_path) == {}


def test_no_text_stays_in_memory() -> None:
    """Statements with words never seen before leave no trace."""
    code = """
import gc, json, sys, tracemalloc, stance
from stance.reading import read

text = "Japan" + sys.argv[1]
count = sys.getrefcount(text)
for call in (stance.classify, stance.assess):
    call(text)
list(stance.assess_many([text]))
read(text)
gc.collect()
kept = sys.getrefcount(text) - count

def flood(start):
    for n in range(start, start + 2000):
        stance.classify(f"Statement w{n:x}q of {n}tokyo, m{n:x}z")

flood(0)
gc.collect()
tracemalloc.start()
flood(2000)
gc.collect()
grown, _ = tracemalloc.get_traced_memory()
print(json.dumps([kept, grown]))
"""
    kept, grown = answer(code, SECRET)
    assert kept == 0
    assert grown < 20_000


def test_errors_do_not_quote_what_was_given() -> None:
    for item in (SECRET.encode(), [SECRET], {SECRET: SECRET}):
        for call in (stance.classify, stance.assess, lambda i: list(stance.classify_many([i]))):
            with pytest.raises(stance.StatementError) as caught:
                call(item)  # type: ignore[arg-type]
            assert "Xanthippe" not in str(caught.value)


# Nothing is told: no training sentence can be read out of a model.


def tokens_from_lists(annotations: Path) -> set[str]:
    """Tokens that the word lists bring along, whatever the sentences."""
    lists = {name: annotations / f"{name}.tsv" for name in ("names", "cues")}
    present = {name: path for name, path in lists.items() if path.is_file()}
    return set(build_lexicon(read_sources(**present), []).tokens)  # type: ignore[arg-type]


def stored_pairs(folder: Path) -> tuple[Lexicon, set[tuple[int, int]]]:
    """Pairs of neighbours that a model has weights for."""
    lexicon, tables, _ = read_folder(folder)
    slots = np.flatnonzero(tables.pair_check >= 0)
    left = tables.pair_check[slots]
    right = slots - tables.pair_offset[left]
    return lexicon, set(zip(left.tolist(), right.tolist(), strict=True))


def rare_pairs(lexicon: Lexicon, texts: list[str]) -> set[tuple[int, int]]:
    """Pairs of neighbours that stand in fewer than two of the texts."""
    stream = stream_of(lexicon, TokenIndex(lexicon.tokens), texts)
    symbols = stream.symbol.tolist()
    found: Counter[tuple[int, int]] = Counter()
    seen: set[tuple[int, int]] = set()
    for left, right in pairwise(symbols):
        seen.add((left, right))
        if right == BOUNDARY_ID:
            found.update(seen)
            seen = set()
    return {pair for pair, texts in found.items() if texts < 2}


@pytest.mark.parametrize("which", ["packaged", "small"])
def test_nothing_is_stored_of_what_stands_in_one_sentence_only(
    which: str, small_folder: Path
) -> None:
    folder, annotations = {
        "packaged": (model_folder(), annotations_folder()),
        "small": (small_folder, CORPUS),
    }[which]
    texts = [item.text for item in read_annotations(annotations / "train.jsonl")]
    lexicon, pairs = stored_pairs(folder)
    assert pairs
    counts = Counter(token for text in texts for token in set(tokenise_many([text])))
    once = {token for token, texts in counts.items() if texts == 1}
    assert once
    assert once & set(lexicon.symbols) == set()
    assert once & (set(lexicon.tokens) - tokens_from_lists(annotations)) == set()
    assert pairs & rare_pairs(lexicon, texts) == set()


def test_no_training_sentence_stands_in_a_model(small_folder: Path) -> None:
    """Held-out sentences do, as golden ones; see SECURITY.md."""
    for folder, annotations in ((model_folder(), annotations_folder()), (small_folder, CORPUS)):
        texts = {item.text for item in read_annotations(annotations / "train.jsonl")}
        if (annotations / "test.jsonl").is_file():
            rows = (folder / "golden.jsonl").read_text("utf-8").split("\n")
            assert {json.loads(row)["text"] for row in rows if row} & texts == set()
        for name in ("manifest.json", "MODEL_CARD.md"):
            told = (folder / name).read_text("utf-8")
            assert [text for text in texts if text in told] == []
        lexicon = read_folder(folder).lexicon
        assert contents(folder).keys() == {*OTHER_FILES, "model.npz"}
        words = {*lexicon.tokens, *lexicon.symbols, *lexicon.categories} - {BOUNDARY}
        assert [word for word in words if re.search(r"\s", word)] == []


# What is installed.


def requirements(name: str) -> set[str]:
    """A distribution and all it requires at run time, by normal name."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        name = re.split(r"[\s;<>=!~\[(]", waiting.pop())[0].lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        waiting += [line for line in needed if ";" not in line]
    return found


def declared() -> dict[str, list[str]]:
    stated = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return {"": stated["dependencies"], **stated["optional-dependencies"]}


def locked() -> dict[str, str]:
    text = (PROJECT / "requirements-dev.txt").read_text("utf-8")
    return dict(re.findall(r"^([\w.-]+)==([\w.+!]+)", text, flags=re.MULTILINE))


def test_lock_is_whole() -> None:
    """Every line pinned with hashes, no place to fetch from, everything declared in it."""
    text = (PROJECT / "requirements-dev.txt").read_text("utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host", text)
    blocks = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    for block in blocks:
        assert re.match(r"[\w.-]+==\S+", block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    pins = {name.lower().replace("_", "-"): version for name, version in locked().items()}
    names = set(pins)
    for extra, needed in declared().items():
        for requirement in needed if extra != "bench" else ():
            name = re.split(r"[\[>;<=]", requirement)[0].lower().replace("_", "-")
            assert name in names | {"japan-russia-stance"}, name
            if floor := re.search(r">=([\d.]+)", requirement):
                held, least = (re.findall(r"\d+", version) for version in (pins[name], floor[1]))
                assert list(map(int, held)) >= list(map(int, least)), requirement


def test_licence_of_every_dependency_is_listed() -> None:
    text = (PROJECT / "DEPENDENCIES.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| ([\w.-]+) \| ([^|]+) \| ", text, flags=re.MULTILINE))
    needed = {name for line in declared()[""] for name in requirements(line)}
    for name in sorted(needed | {name.lower() for name in locked()}):
        assert listed.get(name, "").strip(), f"list {name} with its licence in DEPENDENCIES.md"


def test_every_promise_has_its_test() -> None:
    text = (PROJECT / "SECURITY.md").read_text("utf-8")
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        assert f"tests/trust/{path.name}" in text
    for name in set(re.findall(r"`(tests/[\w./-]+)`", text)):
        assert (PROJECT / name).exists(), name
