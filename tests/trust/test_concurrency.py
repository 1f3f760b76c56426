"""Threads, processes and event loops share a model from the first use on: same answers, no wait."""

import itertools
import json
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest

import stance

from .support import LONG, PROBES, SOURCE, answer, environment

# Imported by every program below: statements, what they are expected to give, and a counter.
_SETTING = """
import json, sys, threading
import stance
import stance.model

loads = []
whole_load = stance.model.load

def counted(path):
    loads.append(threading.get_ident())
    return whole_load(path)

stance.model.load = counted
texts = json.loads(sys.argv[1])
"""


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Statements of several kinds."""
    fillers = ["Tokyo", "Moscow", "Few in Japan", "“The Kurils”", "No one", "日本", ""]
    endings = ["welcomed the treaty.", "isn't ready to trust Russia.", "met in Sochi.", "?"]
    return [f"{a} {b}".strip() for a, b in itertools.product(fillers, endings)] + list(PROBES)


@pytest.fixture(scope="module")
def expected(texts: list[str]) -> list[str]:
    """Labels of the statements, found one by one in one thread."""
    return [stance.classify(text).value for text in texts]


def told(code: str, texts: list[str], **options: object) -> object:
    """What a program prints that knows the statements."""
    return answer(_SETTING + code, json.dumps(texts), timeout=60, **options)


def test_sixteen_threads_from_first_use_on(texts: list[str], expected: list[str]) -> None:
    code = """
begin = threading.Barrier(16)
found = [None] * 16

def work(number):
    begin.wait()
    for _ in range(20):
        found[number] = [stance.classify(text).value for text in texts]

sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([len(loads), found]))
"""
    loads, found = told(code, texts)  # type: ignore[misc]
    assert loads == 1
    assert found == [expected] * 16


def test_every_call_at_once(texts: list[str], expected: list[str]) -> None:
    """Single and bulk calls, classification and explanation, mixed in one pool."""
    code = """
from concurrent.futures import ThreadPoolExecutor

calls = [
    lambda: [stance.classify(text) for text in texts],
    lambda: [stance.assess(text).label for text in texts],
    lambda: list(stance.classify_many(texts, chunk_size=3)),
    lambda: [seen.label for seen in stance.assess_many(texts)],
]
with ThreadPoolExecutor(16) as pool:
    runs = [pool.submit(calls[n % 4]) for n in range(64)]
    found = {json.dumps([label.value for label in run.result()]) for run in runs}
print(json.dumps([len(loads), sorted(map(json.loads, found))]))
"""
    assert told(code, texts) == [1, [expected]]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("first", ["loaded before", "not loaded before"])
def test_process_pools(texts: list[str], expected: list[str], method: str, first: str) -> None:
    code = f"""
import multiprocessing

def main():
    if {first == "loaded before"}:
        stance.classify("Tokyo waits.")
    with multiprocessing.get_context({method!r}).Pool(3) as pool:
        found = pool.map(stance.classify, texts, chunksize=2)
    print(json.dumps([label.value for label in found]))

if __name__ == "__main__":
    main()
"""
    assert told(code, texts) == expected


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_joblib_workers(texts: list[str], expected: list[str], n_jobs: int) -> None:
    many = texts * 20
    found = stance.classify_many(many, n_jobs=n_jobs, chunk_size=7)
    assert [label.value for label in found] == expected * 20


def test_thread_of_a_worker_process(texts: list[str], expected: list[str]) -> None:
    """Only a main thread may set signals; others get their model all the same."""
    code = """
from joblib import Parallel, delayed
from stance.shipping import Reference

def work(reference):
    found = []
    thread = threading.Thread(target=lambda: found.append(reference.find(None)))
    thread.start()
    thread.join()
    return [[label.value for label in model.classify_many(texts)] for model in found]

reference = Reference(stance.load(stance.resources.model_folder()))
print(json.dumps(Parallel(n_jobs=2)(delayed(work)(reference) for _ in range(2))))
"""
    assert told("import stance.resources\n" + code, texts) == [[expected]] * 2


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
def test_joblib_backends(texts: list[str], expected: list[str], backend: str) -> None:
    import joblib

    with joblib.parallel_config(backend=backend, n_jobs=2):
        found = list(stance.classify_many(texts, n_jobs=None, chunk_size=5))
    assert [label.value for label in found] == expected


def test_a_model_of_ones_own_in_workers(small: stance.Model, texts: list[str]) -> None:
    alone = [small.assess(text) for text in texts]
    assert list(small.assess_many(texts, n_jobs=2, chunk_size=4)) == alone


def test_taking_a_few_of_endlessly_many(texts: list[str], expected: list[str]) -> None:
    for n_jobs in (1, 2):
        results = stance.classify_many(itertools.cycle(texts), n_jobs=n_jobs, chunk_size=10)
        assert [label.value for label in itertools.islice(results, len(texts))] == expected
        results.close()  # type: ignore[attr-defined]


def test_asyncio_executors(texts: list[str], expected: list[str]) -> None:
    code = """
import asyncio
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

async def ask(pool):
    loop = asyncio.get_running_loop()
    tasks = [loop.run_in_executor(pool, stance.classify, text) for text in texts]
    return [label.value for label in await asyncio.gather(*tasks)]

async def main():
    found = [await asyncio.gather(*(ask(None) for _ in range(4)))]
    with ThreadPoolExecutor(16) as pool:
        found.append(await asyncio.gather(*(ask(pool) for _ in range(4))))
    with ProcessPoolExecutor(2) as pool:
        found.append([await ask(pool)])
    print(json.dumps([len(loads), found]))

if __name__ == "__main__":
    asyncio.run(main())
"""
    loads, found = told(code, texts)  # type: ignore[misc]
    assert loads == 1
    assert [one for group in found for one in group] == [expected] * 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_while_another_thread_loads(texts: list[str], expected: list[str]) -> None:
    """A child must not wait for a lock that a thread of its parent held."""
    code = """
import os, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import numpy
begun = threading.Event()

def slow(path):
    begun.set()
    time.sleep(1)
    return counted(path)

stance.model.load = slow
loader = threading.Thread(target=stance.classify, args=("Tokyo waits.",))
loader.start()
begun.wait()
stance.model.load = counted
read, write = os.pipe()
child = os.fork()
if child == 0:
    labels = [stance.classify(text).value for text in texts]
    os.write(write, json.dumps(labels).encode())
    os._exit(0)
end = time.monotonic() + 20
while os.waitpid(child, os.WNOHANG) == (0, 0):
    if time.monotonic() > end:
        os.kill(child, 9)
        os.write(write, b'"waited in vain"')
        break
    time.sleep(0.02)
os.close(write)
loader.join()
with open(read) as stream:
    print(stream.read())
"""
    assert told(code, texts) == expected


def test_models_go_through_pickle_by_value(small: stance.Model, texts: list[str]) -> None:
    again = pickle.loads(pickle.dumps(small))
    assert list(again.assess_many(texts)) == list(small.assess_many(texts))


def test_use_does_not_change_a_model(small_folder: Path, texts: list[str]) -> None:
    model = stance.load(small_folder)
    before = [model.assess(text) for text in texts]
    with pytest.raises(TypeError):
        model.manifest["name"] = "other"  # type: ignore[index]
    for seen in before:
        assert model.assess("".join(cue.text for cue in seen.cues)).label in stance.LABELS
    assert [model.assess(text) for text in texts] == before
    assert list(model.assess_many(texts)) == before


FREE_THREADED = sorted(
    {
        *filter(None, (shutil.which(f"python3.{minor}t") for minor in range(13, 20))),
        *map(str, Path.home().glob(".pyenv/versions/3.*t/bin/python")),
    }
)


@pytest.mark.skipif(not FREE_THREADED, reason="no free-threaded interpreter is installed")
@pytest.mark.parametrize("interpreter", FREE_THREADED)
def test_without_the_global_lock(interpreter: str, texts: list[str], expected: list[str]) -> None:
    code = (
        _SETTING
        + """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(16) as pool:
    runs = [pool.submit(lambda: [stance.classify(t).value for t in texts]) for _ in range(32)]
    print(json.dumps([len(loads), [run.result() for run in runs]]))
"""
    )
    done = subprocess.run(
        [interpreter, "-X", "gil=0", "-c", code, json.dumps(texts)],
        env=environment(PYTHON_GIL="0"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "No module named 'numpy'" in done.stderr:
        pytest.skip("numpy is not installed for it")
    assert json.loads(done.stdout) == [1, [expected] * 32]


@pytest.mark.skipif(not LONG, reason="longer variant: STANCE_LONG_TESTS=1")
def test_first_use_a_hundred_times(texts: list[str], expected: list[str]) -> None:
    for _ in range(100):
        test_sixteen_threads_from_first_use_on(texts, expected)


def test_programs_find_this_library() -> None:
    """What runs in other processes above is the library under test."""
    place = answer("import json, stance; print(json.dumps(stance.__file__))")
    assert Path(place).resolve().parents[1] == SOURCE
