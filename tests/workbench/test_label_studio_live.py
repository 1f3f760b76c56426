"""Exchange with Label Studio itself.

It needs a virtual environment of its own:

python -m venv studio && studio/bin/pip install label-studio
LABEL_STUDIO=studio/bin/label-studio pytest tests/workbench/test_label_studio_live.py
"""

import json
import os
import socket
import subprocess
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from stance.labels import Label
from stance.resources import annotations_folder
from stance.workbench.codebook import read_codebook
from stance.workbench.exchange import read_items, write_items
from stance.workbench.items import Item
from stance.workbench.judgements import Judgement, Verdict
from stance.workbench.label_studio import labelling_configuration

PROGRAM = os.environ.get("LABEL_STUDIO")
TOKEN = "0123456789abcdef0123456789abcdef01234567"
pytestmark = pytest.mark.skipif(not PROGRAM, reason="LABEL_STUDIO does not name the program")


class Studio:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [PROGRAM, "start", "--no-browser", "--port", str(self.port), "--user-token", TOKEN,
             "--username", "ann@example.org", "--password", "only-for-this-test"],
            env={**os.environ, "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
                 "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "COLLECT_ANALYTICS": "false"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self):
        for _ in range(120):
            try:
                return self.call("GET", "/api/projects/")
            except URLError:
                time.sleep(1)
        raise AssertionError("Label Studio did not start")

    def call(self, method, path, data=None):
        request = Request(
            f"http://localhost:{self.port}{path}",
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
        )
        with urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def project(self, tasks):
        interface = labelling_configuration(read_codebook(annotations_folder() / "CODEBOOK.md"))
        made = self.call("POST", "/api/projects/", {"title": "stance", "label_config": interface})
        self.call("POST", f"/api/projects/{made['id']}/import", json.loads(tasks.read_text()))
        return made["id"]

    def export(self, project):
        path = f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true"
        return self.call("GET", path)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    running = Studio(tmp_path_factory.mktemp("studio"))
    try:
        running.wait()
        yield running
    finally:
        running.process.terminate()
        running.process.wait()


ITEMS = [
    Item(
        "a1",
        "“Ties” are warming, said Shinzō & <co>.",
        Label.SUPPORTIVE,
        (
            Judgement("a1", "ann", Label.SUPPORTIVE, date="2024-05-01", note="clear"),
            Judgement("a1", "bo", Label.NEUTRAL, extra={"mood": 3}),
        ),
        {"group": "g1", "n": 3, "deep": {"x": [1, None, 2.123456789012345]}},
    ),
    Item("a2", "Page 3 of 7", None, (Judgement("a2", "ann", verdict=Verdict.SKIP),)),
    Item("a3", "Nobody has judged this yet.", Label.NEUTRAL),
    Item("a4", "Nor this.", fields={"genre": "wire"}),
]


def test_there_and_back_and_work_done_there(studio, tmp_path):
    path = tmp_path / "tasks.json"
    write_items(path, ITEMS, "label-studio")
    project = studio.project(path)
    tasks = studio.export(project)
    path.write_text(json.dumps(tasks))
    assert {item.id: item for item in read_items(path, "label-studio")} == {i.id: i for i in ITEMS}

    places = {task["data"]["id"]: task["id"] for task in tasks}
    choice = {"from_name": "stance", "to_name": "text", "type": "choices"}
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["hm"]}}
    given = [{**choice, "value": {"choices": ["skeptical"]}}, note]
    studio.call("POST", f"/api/tasks/{places['a4']}/annotations/", {"result": given})
    skipped = {"result": [], "was_cancelled": True}
    studio.call("POST", f"/api/tasks/{places['a3']}/annotations/", skipped)
    path.write_text(json.dumps(studio.export(project)))
    found = {item.id: item for item in read_items(path, "label-studio")}
    (judgement,) = found["a4"].judgements
    assert (judgement.label, judgement.note) == (Label.SKEPTICAL, "hm")
    assert found["a3"].judgements[0].verdict is Verdict.SKIP
    assert found["a1"] == ITEMS[0]

    write_items(path, found.values(), "label-studio")
    path.write_text(json.dumps(studio.export(studio.project(path))))
    assert {item.id: item for item in read_items(path, "label-studio")} == found
