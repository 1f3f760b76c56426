"""The same calls on a cluster: a scheduler and two worker processes that dask starts here."""

import os
from itertools import islice

import pytest
from joblib import parallel_config

import stance
from stance.model import Model
from stance.storage import Stored, read_folder

distributed = pytest.importorskip(
    "distributed", reason="needs the 'dask' extra: pip install 'japan-russia-stance[dask]'"
)


def note_loads():
    """Make this worker write down every model it loads or unpacks."""
    import stance.model

    original = stance.model.Model.__init__
    stance.model.loads = []

    def init(self, *arguments):
        stance.model.loads.append(os.getpid())
        original(self, *arguments)

    stance.model.Model.__init__ = init


def forget_models():
    import stance.api
    from stance import shipping

    stance.api._packaged = None
    shipping._models.clear()
    stance.model.loads.clear()


def loads():
    import stance.model

    return stance.model.loads


@pytest.fixture(scope="module")
def cluster():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(note_loads)
        yield client


@pytest.fixture
def client(cluster):
    cluster.run(forget_models)
    return cluster


@pytest.fixture
def texts(test_part):
    return test_part[:600]


def test_the_same_call_runs_on_the_cluster(client, model, texts):
    expected = [model.classify(text) for text in texts]
    with parallel_config(backend="dask"):
        assert list(stance.classify_many(iter(texts), chunk_size=20)) == expected
        assert list(stance.assess_many(texts[:40], chunk_size=5)) == [
            model.assess(text) for text in texts[:40]
        ]
    per_worker = client.run(loads)
    assert len(per_worker) == 2
    for address, pids in per_worker.items():
        assert len(pids) == 1, f"{address} loaded the model {len(pids)} times"
        assert os.getpid() not in pids


def test_a_model_the_workers_cannot_load_is_sent_to_them(client, small_model, texts):
    lexicon, tables, _ = read_folder(small_model.path)
    leaning = Model(Stored(lexicon, tables._replace(intercept=tables.intercept + 2**20), {}))
    expected = [leaning.classify(text) for text in texts]
    assert expected != list(stance.classify_many(texts))
    with parallel_config(backend="dask"):
        assert list(leaning.classify_many(texts, chunk_size=10)) == expected
    # Once the packaged model, in search of this one; once this one.
    assert all(len(pids) <= 2 for pids in client.run(loads).values())


@pytest.mark.parametrize("bad", [None, b"Tokyo"])
def test_a_bad_item_is_named_behind_all_results_before_it(client, texts, bad):
    items = [*texts[:47], bad, *texts[47:]]
    with parallel_config(backend="dask"):
        results = stance.classify_many(items, chunk_size=10)
    assert len(list(islice(results, 47))) == 47
    with pytest.raises(stance.StatementError, match="index 47") as caught:
        next(results)
    assert caught.value.index == 47


def test_reading_stays_a_few_chunks_ahead(client, texts):
    taken = 0

    def source():
        nonlocal taken
        while True:
            taken += 1
            yield texts[taken % len(texts)]

    with parallel_config(backend="dask"):
        results = stance.classify_many(source(), chunk_size=10)
        for number in range(1, 400):
            next(results)
            # Four threads in all, four chunks of ten each, and the chunk in hand.
            assert taken <= number + 4 * 4 * 10 + 10
        results.close()
        # The cluster still works.
        assert len(list(stance.classify_many(texts, chunk_size=50))) == len(texts)
