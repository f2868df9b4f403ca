"""Results of two pages, as runs write them."""

import json

import pytest


def results(page, **given):
    ran = {
        "scale": "laptop",
        "seeds": [0, 1],
        "device": "cpu",
        "seconds": 90.0,
        "peak_memory_mb": 500.0,
        "commit": "a" * 40,
    }
    machine = {"system": "Linux", "cores": 2, "processor": "A <processor>", "memory_gib": 8.0}
    weights = [{"name": "vgg16", "source": "trained | here", "sha256": "0" * 64}]
    found = {"versions": {"python": "3.11.7"}, "weights": weights, "data": [], "claims": [], "measurements": {}}
    parameters = {"scale": "laptop", "noise": 1.5}
    content = {"page": page, "title": page, "parameters": parameters, "machine": machine, **ran, **found}
    return content | given


@pytest.fixture(scope="session")
def make_results():
    return results


@pytest.fixture
def build(tmp_path):
    """Writes the results of pages into a build's folder, with the list of a stage beside them."""

    def make(*pages):
        for page in pages:
            path = tmp_path / "results" / page["page"] / "results.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(page))
        listed = tmp_path / "stages" / "one" / "nets.json"
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text(json.dumps({"stage": "one/nets", "seconds": 60.0, "made": {"a": "a.safetensors"}}))
        return tmp_path

    return make
