"""Streams of statements: order, bounded reading, errors that name the item, clean endings."""

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from itertools import count, islice

import pytest
from joblib import parallel_config

import stance
from stance.model import Model, load
from stance.resources import model_folder
from stance.storage import Stored, read_folder
from tests.program import ROOM, alone, wait_until

WORKERS = [pytest.param(1, id="here"), pytest.param(2, id="workers")]


class Counted:
    """Endless statements that remember how many were taken."""

    def __init__(self, texts):
        self.texts = texts
        self.taken = 0

    def __iter__(self):
        for number in count():
            self.taken += 1
            yield self.texts[number % len(self.texts)]


def exploding(text):
    class Exploding(str):
        def fail(self, *arguments):
            raise RuntimeError("cannot be looked at")

        isascii = lower = replace = fail

    return Exploding(text)


def drain(results):
    """Results up to the error, and the error."""
    taken = []
    try:
        for result in results:
            taken.append(result)
    except Exception as error:
        return taken, error
    return taken, None


@pytest.fixture(scope="module")
def leaning(small_model):
    """The small model never written to disk and leaning so far that it finds one label only."""
    lexicon, tables, _ = read_folder(small_model.path)
    return Model(Stored(lexicon, tables._replace(intercept=tables.intercept + 2**20), {}))


@pytest.mark.parametrize("n_jobs", WORKERS)
@pytest.mark.parametrize("chunk_size", [1, 7, 2000])
def test_order_is_kept_whatever_the_chunks(model, test_part, n_jobs, chunk_size):
    texts = test_part[:60]
    expected = [model.classify(text) for text in texts]
    options = {"n_jobs": n_jobs, "chunk_size": chunk_size}
    assert list(stance.classify_many(iter(texts), **options)) == expected
    assessed = list(stance.assess_many(texts, **options))
    assert assessed == [model.assess(text) for text in texts]


@pytest.mark.parametrize("n_jobs", WORKERS)
def test_no_statements_no_results(n_jobs):
    assert list(stance.classify_many([], n_jobs=n_jobs)) == []


def test_nothing_is_read_before_the_first_result_is_asked_for(test_part):
    source = Counted(test_part)
    stance.classify_many(source, n_jobs=1)
    stance.classify_many(source, n_jobs=2)
    assert source.taken == 0


@pytest.mark.parametrize(("n_jobs", "ahead"), [(1, 10), (2, 90)])
def test_reading_stays_a_few_chunks_ahead_of_a_slow_taker(test_part, n_jobs, ahead):
    source = Counted(test_part)
    results = stance.classify_many(source, n_jobs=n_jobs, chunk_size=10)
    for number, _ in enumerate(islice(results, 300), 1):
        if number % 25 == 0:
            time.sleep(0.03)
        assert source.taken <= number + ahead
    results.close()


def test_chunks_of_long_texts_close_early(test_part):
    source = Counted(["peace " * 200_000])
    next(stance.classify_many(source, n_jobs=1))
    assert source.taken == 1


@pytest.mark.parametrize("texts", ["one statement", b"bytes"])
def test_a_single_text_is_refused_at_once(texts):
    with pytest.raises(stance.StatementError, match="give a list"):
        stance.classify_many(texts)


@pytest.mark.parametrize("options", [{"chunk_size": 0}, {"n_jobs": 0}])
def test_senseless_options_are_refused_at_once(options):
    with pytest.raises(ValueError, match=r"chunk_size|n_jobs"):
        stance.classify_many(["Tokyo."], **options)


@pytest.mark.parametrize("n_jobs", WORKERS)
@pytest.mark.parametrize("item", [None, b"Tokyo", float("nan"), 7])
def test_an_item_that_is_no_text_is_named_behind_all_results_before_it(test_part, n_jobs, item):
    texts = [*test_part[:47], item, *test_part[:30]]
    taken, error = drain(stance.classify_many(texts, n_jobs=n_jobs, chunk_size=10))
    assert taken == list(stance.classify_many(test_part[:47]))
    assert isinstance(error, stance.StatementError)
    assert isinstance(error, TypeError)
    assert error.index == 47
    assert "index 47" in str(error)


@pytest.mark.parametrize("n_jobs", WORKERS)
def test_a_statement_that_fails_is_named_behind_all_results_before_it(test_part, n_jobs):
    texts = [*test_part[:47], exploding("Tokyo"), *test_part[:30]]
    taken, error = drain(stance.assess_many(texts, n_jobs=n_jobs, chunk_size=10))
    assert taken == list(stance.assess_many(test_part[:47]))
    assert isinstance(error, stance.StanceError)
    assert "statement at index 47" in str(error)
    assert "cannot be looked at" in str(error)
    assert any("in fail" in note for note in error.__notes__)


@pytest.mark.parametrize("n_jobs", WORKERS)
def test_an_error_of_the_source_comes_behind_all_results_before_it(test_part, n_jobs):
    def source():
        yield from test_part[:47]
        raise ConnectionError("line is down")

    taken, error = drain(stance.classify_many(source(), n_jobs=n_jobs, chunk_size=10))
    assert len(taken) == 47
    assert isinstance(error, ConnectionError)


def test_the_source_is_read_in_the_thread_of_the_caller(test_part):
    from threading import get_ident

    threads = set()

    def source():
        for text in test_part[:400]:
            threads.add(get_ident())
            yield text

    list(stance.classify_many(source(), n_jobs=2, chunk_size=10))
    assert threads == {get_ident()}


@pytest.mark.parametrize("sized", [True, False])
def test_progress_is_shown_on_standard_error(test_part, capsys, sized):
    texts = test_part[:50] if sized else iter(test_part[:50])
    assert len(list(stance.classify_many(texts, progress=True))) == 50
    shown = capsys.readouterr()
    assert ("50/50" if sized else "50 statements") in shown.err
    assert shown.out == ""


# Configured by joblib ---------------------------------------------------------------------------


def test_without_configuration_no_worker_is_started():
    script = (
        "import sys, stance\n"
        "list(stance.classify_many(['Putin landed in Tokyo.'] * 5000))\n"
        "assert 'joblib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=ROOM)


# The fork start method warns of threads from Python 3.12 on; the backend is joblib's to keep.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_joblib_chooses_where_it_runs(model, leaning, test_part, backend):
    texts = test_part[:200]
    with parallel_config(backend=backend, n_jobs=2):
        here = stance.classify_many(texts, chunk_size=9)
        unsaved = leaning.classify_many(texts, chunk_size=9)
    assert list(here) == [model.classify(text) for text in texts]
    assert list(unsaved) == [leaning.classify(text) for text in texts]


# The model's way to the workers -----------------------------------------------------------------


def test_a_model_that_was_never_written_reaches_the_workers(leaning, test_part):
    expected = [leaning.classify(text) for text in test_part]
    assert expected != list(stance.classify_many(test_part))
    assert list(leaning.classify_many(test_part, n_jobs=2, chunk_size=50)) == expected


@pytest.mark.parametrize("fate", ["gone", "replaced"])
def test_a_model_whose_folder_is_no_longer_it_reaches_the_workers(
    small_model, test_part, tmp_path, fate
):
    folder = tmp_path / "model"
    shutil.copytree(small_model.path, folder)
    mine = load(folder)
    shutil.rmtree(folder)
    if fate == "replaced":
        shutil.copytree(model_folder(), folder)
    expected = list(small_model.classify_many(test_part))
    assert list(mine.classify_many(test_part, n_jobs=2, chunk_size=50)) == expected


# Endings ----------------------------------------------------------------------------------------


def start(script, *arguments, stdout=subprocess.PIPE):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Programs started in the background of a shell would be told to ignore it.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        # An interrupt while coverage holds its lock would leave the process waiting for it.
        env={key: value for key, value in os.environ.items() if not key.startswith("COV")},
    )


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX")
@pytest.mark.parametrize("ending", ["results.close()", "del results"])
def test_taking_only_the_first_results_leaves_nothing_behind(ending):
    script = (
        "import itertools, stance\n"
        "if __name__ == '__main__':\n"
        "    texts = itertools.repeat('Putin landed in Tokyo.')\n"
        "    results = stance.classify_many(texts, n_jobs=2, chunk_size=100)\n"
        "    first = list(itertools.islice(results, 250))\n"
        f"    {ending}\n"
        "    again = list(stance.classify_many(first, n_jobs=2, chunk_size=100))\n"
        "    assert len(again) == 250\n"
    )
    process = start(script)
    out, err = process.communicate(timeout=ROOM)
    assert (process.returncode, out, err) == (0, "", "")
    wait_until(lambda: alone(process.pid))


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX")
def test_a_program_may_end_in_the_middle_of_its_results():
    script = (
        "import itertools, stance\n"
        "texts = itertools.repeat('Putin landed in Tokyo.')\n"
        "results = stance.classify_many(texts, n_jobs=2, chunk_size=100)\n"
        "next(results)\n"
    )
    process = start(script)
    process.communicate(timeout=ROOM)
    assert process.returncode == 0
    wait_until(lambda: alone(process.pid))


@pytest.mark.skipif(os.name != "posix", reason="signals to process groups are POSIX")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_the_command_with_130(tmp_path, jobs):
    statements = tmp_path / "statements.txt"
    os.mkfifo(statements)
    labels = tmp_path / "labels.txt"
    with labels.open("w") as out:
        process = start(
            "from stance.cli import main; main()",
            "classify",
            str(statements),
            "--jobs",
            jobs,
            stdout=out,
        )
    with statements.open("w") as source:
        # More than is read ahead, so that results appear while the source stays open.
        source.write("Putin landed in Tokyo.\n" * 40_000)
        source.flush()
        wait_until(lambda: labels.stat().st_size > 0)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=ROOM)
    assert (process.returncode, err.strip()) == (130, "Interrupted.")
    wait_until(lambda: alone(process.pid))
