"""The explorer of the built book, in a real browser and from disk: does it compute what PyTorch computes?

The book: as in ``test_built_book.py``. The networks are those that the book was built from, beside its pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page

from helpers.studies.net_fragments.digits import compose, compositions, digits
from helpers.studies.net_fragments.networks import TABLE
from helpers.studies.net_fragments.trajectories import Trajectories
from workflow.explorer import networks_of, read

pytestmark = pytest.mark.book

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
NETWORKS = HTML.parent / "stages" / "net_fragments" / "encoders.json"  # the list of what the stage made
AXE = {"resultTypes": ["violations"], "preload": False}
READY = "() => window.fragmentExplorer.ready"


@pytest.fixture(scope="module")
def open_explorer(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the explorer, ready; keyword arguments go to the browser's context. Errors of any page fail the test."""
    if not (HTML / "explorer.html").is_file():
        pytest.fail(f"There is no explorer in {HTML.name}: run `make book` first, or name its folder in BOOK_HTML.")
    errors: list[str] = []

    def opened(**context: Any) -> Page:
        page = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context)).new_page()
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((HTML / "explorer.html").as_uri(), wait_until="load", timeout=120_000)
        page.evaluate(READY)
        return page

    yield opened
    assert errors == []


@pytest.fixture
def page(open_explorer: Callable[..., Page]) -> Iterator[Page]:
    page = open_explorer()
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def kept() -> Trajectories:
    return read(networks_of(NETWORKS))


def test_results_agree_with_pytorch_for_every_model(page: Page, kept: Trajectories) -> None:
    random = torch.Generator().manual_seed(0)
    flipped = (digits() - (torch.rand(10, 9, 9, generator=random) < 0.1).float()).abs()
    images = torch.cat([digits(), flipped, compose(compositions()[::61]), torch.zeros(1, 9, 9), torch.ones(1, 9, 9)])
    seeds = page.evaluate("window.fragmentManifest.seeds")
    asked = images.flatten(1).int().tolist()
    for number in TABLE:
        for row, seed in ((0, seeds[0]), (len(seeds) - 1, seeds[-1])):
            for epoch in (0, kept[number].epochs):
                choice = {"model": number, "seed": seed, "epoch": epoch}
                found = page.evaluate(
                    "async ([choice, images]) => { await fragmentExplorer.select(choice);"
                    " return images.map((image) => fragmentExplorer.forward(image)); }",
                    [choice, asked],
                )
                expected = kept[number].networks(epoch).activations(images)
                assert list(found[0]) == list(expected)
                for name, tensor in expected.items():
                    ours = np.array([one[name] for one in found])
                    np.testing.assert_allclose(ours, tensor[row].flatten(1), rtol=1e-5, atol=1e-5, err_msg=str(choice))


def test_what_is_shown_is_what_the_network_says(page: Page, kept: Trajectories) -> None:
    page.evaluate("fragmentExplorer.select({model: 6, digit: 9})")
    page.get_by_role("button", name="row 6, column 3").click()
    page.get_by_role("button", name="row 7, column 3").click()
    seed, epoch = (page.evaluate(f"fragmentExplorer.state().{name}") for name in ("seed", "epoch"))
    outputs = kept[6].networks(epoch).activations(digits()[[9, 8]])
    probability = outputs["classes"][kept[6].seeds.index(seed), 1]
    shown = page.locator(".classes .value").all_inner_texts()
    np.testing.assert_allclose([float(text) for text in shown], probability, atol=0.00051)
    assert page.locator("[data-part=nearest]").inner_text() == "digit 8, 0 pixels away"
    before, after = outputs["head"][kept[6].seeds.index(seed)] > 0
    switched = int((before ^ after).sum())
    answer = page.locator("[data-part=answer]").inner_text()
    assert f"The network says {int(probability.argmax())}, with probability" in answer
    assert "2 pixels flipped" in answer
    assert f"{switched} neuron{'' if switched == 1 else 's'} of the head switched on or off" in answer
    rows = page.locator(".layer", has_text="Head: 12 neurons").locator("table.units tbody tr")
    numbers = rows.evaluate_all(
        "rows => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => +cell.textContent))"
    )
    both = outputs["head"][kept[6].seeds.index(seed)]
    expected = torch.stack([both[1], both[0], both[1] - both[0]], dim=1)
    np.testing.assert_allclose(numbers, expected, atol=0.00055)


def test_a_flip_is_answered_before_the_next_frame(page: Page) -> None:
    """Nothing is put off: the answer stands when the click has been handled."""
    page.evaluate("fragmentExplorer.select({model: 10})")
    before, after = page.evaluate(
        """() => {
            const shown = () => document.querySelector("[data-part=answer]").textContent;
            const before = shown();
            document.querySelector("[data-pixel='40']").click();
            return [before, shown()];
        }"""
    )
    assert "flipped" not in before
    assert "1 pixel flipped" in after


def test_keyboard_walks_over_the_image_and_flips(page: Page) -> None:
    page.evaluate("fragmentExplorer.select({digit: 7})")
    page.locator("[role=grid] button[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    focused = page.locator(":focus")
    assert focused.get_attribute("aria-label") == "row 2, column 9"
    assert focused.get_attribute("aria-pressed") == "false"
    page.keyboard.press("Space")
    assert focused.get_attribute("aria-pressed") == "true"
    assert focused.get_attribute("aria-label") == "row 2, column 9, flipped"
    assert page.locator("[role=grid] button[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    assert focused.get_attribute("aria-label") == "row 2, column 9"


def test_controls_choose_model_seed_epoch_and_digit_by_keyboard(page: Page) -> None:
    seeds = page.evaluate("window.fragmentManifest.seeds")
    page.get_by_label("Model").select_option("7")
    page.get_by_label("Seed").select_option(str(seeds[-1]))
    page.get_by_label("Epoch").focus()
    page.keyboard.press("Home")
    page.get_by_role("radio", name="4").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => ((s) => s.model === 7 && s.epoch === 0 && s.digit === 5)(fragmentExplorer.state())")
    assert page.evaluate("fragmentExplorer.state().seed") == seeds[-1]
    assert page.locator("[data-part=epoch]").inner_text() == "0 (before training)"
    assert page.locator(".layer h3").all_inner_texts()[:3] == ["Convolution 1", "Pooling 1", "Convolution 2"]


def test_flips_stay_when_the_epoch_changes_and_go_with_the_digit(page: Page) -> None:
    page.evaluate("fragmentExplorer.toggle(0)")
    page.evaluate("fragmentExplorer.select({epoch: 0})")
    assert page.evaluate("fragmentExplorer.state().image[0]") == 1
    page.get_by_role("button", name="Restore the digit").click()
    page.wait_for_function("() => fragmentExplorer.state().image[0] === 0")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("select({model: 12})", "Model 12 is not in table 4.1; allowed is a whole number from 1 to 11."),
        ("select({epoch: 99})", "Epoch 99 was not stored; stored are 0 (before training) to"),
        ("select({seed: -1})", "Seed -1 is not stored; stored are"),
        ("forward(Array(80).fill(0))", "An image is 9 x 9 pixels; this one has 80 numbers."),
        ("forward(Array(81).fill(0.5))", "A pixel is 0 or 1; this image holds 0.5."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(page: Page, call: str, sentence: str) -> None:
    with pytest.raises(Error) as refused:
        page.evaluate(f"async () => await fragmentExplorer.{call}")
    assert sentence in str(refused.value)


def test_it_is_usable_after_two_megabytes_and_loads_the_rest_when_asked(browser: Browser) -> None:
    page = browser.new_context().new_page()
    loaded: list[Path] = []
    page.on(
        "request",
        lambda request: request.url.startswith("file:") and loaded.append(Path(request.url[7:].split("?")[0])),
    )
    page.goto((HTML / "explorer.html").as_uri(), wait_until="load", timeout=120_000)
    page.evaluate(READY)
    assert sum(path.stat().st_size for path in set(loaded) if path.is_file()) < 2_000_000
    assert len([path for path in loaded if path.name.startswith("model-")]) == 1
    page.evaluate("fragmentExplorer.select({model: 10})")
    assert loaded[-1].name.startswith("model-10-seed-")
    page.context.close()


def test_every_file_of_the_manifest_is_there(page: Page) -> None:
    models, seeds = page.evaluate("[fragmentManifest.models.map((one) => one.model), fragmentManifest.seeds]")
    folder = HTML / "explorer" / "data"
    expected = {f"model-{model}-seed-{seed}.js" for model in models for seed in seeds} | {"manifest.js"}
    assert {path.name for path in folder.iterdir()} == expected


@pytest.mark.parametrize(
    ("width", "scheme", "model"), [(1280, "light", 10), (1280, "dark", 8), (360, "light", 6), (360, "dark", 9)]
)
def test_no_serious_accessibility_fault_and_no_sideways_scrolling(
    open_explorer: Callable[..., Page], width: int, scheme: str, model: int
) -> None:
    page = open_explorer(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page.evaluate(f"fragmentExplorer.select({{model: {model}}})")
    page.evaluate("fragmentExplorer.toggle(41)")
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    page.wait_for_timeout(400)  # the theme makes what scrolls focusable 300 ms after a new size
    violations = Axe().run(page, options=AXE).response["violations"]
    faults = [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    too_wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    page.context.close()
    assert faults == []
    assert too_wide <= 0
