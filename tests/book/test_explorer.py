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
from playwright.sync_api import Browser, Error, Page

from helpers.studies.net_fragments import fragments, pixel_flips
from helpers.studies.net_fragments.digits import compose, compositions, digits
from helpers.studies.net_fragments.networks import TABLE
from helpers.studies.net_fragments.trajectories import Trajectories
from tests.book import accessibility
from tests.book.addresses import on_disk
from workflow.explorer import networks_of, read

pytestmark = pytest.mark.book

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
NETWORKS = HTML.parent / "stages" / "net_fragments" / "encoders.json"  # the list of what the stage made
READY = "() => window.fragmentExplorer.ready"


@pytest.fixture
def open_explorer(new_tab: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens the explorer, ready, at an address; keyword arguments are options of the browser.

    Errors of any page fail the test.
    """
    if not (HTML / "explorer.html").is_file():
        pytest.fail(f"There is no explorer in {HTML.name}: run `make book` first, or name its folder in BOOK_HTML.")
    errors: list[str] = []

    def opened(address: str = "", **context: Any) -> Page:
        page = new_tab(**context)
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((HTML / "explorer.html").as_uri() + address, wait_until="load", timeout=120_000)
        page.evaluate(READY)
        return page

    yield opened
    assert errors == []


@pytest.fixture
def page(open_explorer: Callable[..., Page]) -> Page:
    return open_explorer()


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
    assert f"{switched} unit{'' if switched == 1 else 's'} of the head switched on or off" in answer
    rows = page.locator(".layer", has_text="Head: 12 units").locator("table.units tbody tr")
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


def test_the_address_holds_what_is_shown_and_goes_back(open_explorer: Callable[..., Page]) -> None:
    page = open_explorer("#model=6&epoch=0&digit=5&flipped=47.56")
    shown = page.evaluate("fragmentExplorer.state()")
    assert [shown[name] for name in ("model", "epoch", "digit")] == [6, 0, 5]
    assert shown["image"] == digits()[6].flatten().int().tolist()
    page.wait_for_function("() => location.hash.includes('seed=')")  # all of it, now
    page.get_by_role("button", name="row 1, column 1", exact=True).click()
    page.wait_for_function("() => location.hash.includes('flipped=0.47.56')")
    page.go_back()
    page.wait_for_function("() => fragmentExplorer.state().image[0] === 0")
    page.go_forward()
    page.wait_for_function("() => fragmentExplorer.state().image[0] === 1")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => document.querySelector('.link [role=status]').textContent !== ''")
    page.evaluate("location.hash = 'model=12'")
    page.wait_for_function("() => document.querySelector('[data-part=fault]').textContent.includes('Model 12')")
    page.evaluate("location.hash = 'flipped=<b>'")
    page.wait_for_function("() => document.querySelector('[data-part=fault]').textContent.includes('flipped = <b>')")


def test_a_stroke_paints_and_values_are_read(page: Page) -> None:
    page.evaluate("fragmentExplorer.select({model: 1, digit: 1})")
    first, last = (page.locator(f"[data-pixel='{k}']").bounding_box() for k in (2, 38))
    assert first and last
    page.mouse.move(first["x"] + 8, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 8, last["y"] + 8, steps=12)
    page.mouse.up()
    image = np.array(page.evaluate("fragmentExplorer.state().image")).reshape(9, 9)
    assert image[:5, 2].tolist() == [1] * 5
    values = page.evaluate("fragmentExplorer.forward(fragmentExplorer.state().image).conv1")
    maps = page.locator(".layer canvas").first
    maps.scroll_into_view_if_needed()
    maps.hover(position={"x": 12 * 3 + 5, "y": 12 * 2 + 5})
    reading = page.locator("[data-part=reading]")
    start = "Convolution 1, channel 1, row 3, column 4: "
    assert reading.inner_text().startswith(start)
    assert float(reading.inner_text().removeprefix(start)) == pytest.approx(values[2 * 7 + 3], abs=0.00051)
    page.mouse.move(0, 0)
    page.get_by_role("application", name="Activations of Convolution 1").focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert reading.inner_text().startswith("Convolution 1, channel 1, row 5, column 5: ")  # on from where it was read


@pytest.mark.parametrize("fair", [False, True])
def test_the_pixel_that_breaks_it_is_the_one_of_the_study(page: Page, kept: Trajectories, fair: bool) -> None:
    page.evaluate("fragmentExplorer.select({model: 9})")
    page.locator("[data-part=fair]").set_checked(fair)
    seed, epoch = (page.evaluate(f"fragmentExplorer.state().{name}") for name in ("seed", "epoch"))
    networks = kept[9].networks(epoch)
    row = kept[9].seeds.index(seed)
    expected = pixel_flips.search(networks)
    single, pair = (expected.single_still_nearest, expected.pair_still_nearest) if fair else (expected[0], expected[2])
    for digit in (0, 3, 8):
        found = page.evaluate(
            "async (digit) => { await fragmentExplorer.select({digit}); return fragmentExplorer.search(); }", digit
        )
        size = 1 if single[row, digit] else 2 if pair[row, digit] else 0
        assert len(found["flips"] or []) == size
        words = page.locator("[data-part=found]").inner_text()
        assert words.startswith(("None: ", "One pixel is enough: ", "No single pixel is enough; two are: ")[size])
        image = torch.tensor(page.evaluate("fragmentExplorer.state().image")).float().unflatten(0, (9, 9))
        answers = networks.predict(torch.stack([digits()[digit], image]))[row].tolist()
        assert answers == [found["before"], found["answer"] if size else found["before"]]


def test_how_well_a_unit_tells_a_line_is_as_in_the_study(page: Page, kept: Trajectories) -> None:
    present = compositions()
    for number, layer in ((1, "conv1"), (8, "conv2"), (9, "head"), (10, "hidden")):
        found = page.evaluate(
            "async ([model, layer]) => { await fragmentExplorer.select({model});"
            " return fragmentExplorer.separations(layer).map((unit) => unit.map(String)); }",
            [number, layer],
        )
        seed, epoch = (page.evaluate(f"fragmentExplorer.state().{name}") for name in ("seed", "epoch"))
        activity = kept[number].networks(epoch).activations(compose(present))[layer].flatten(2)
        expected = fragments.separation(activity[kept[number].seeds.index(seed)], present)
        ours = np.array([[float(value.replace("Infinity", "inf")) for value in unit] for unit in found])
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)
    page.get_by_text("Does a unit stand for a line?").click()
    page.get_by_role("spinbutton", name="Unit").fill("5")
    page.keyboard.press("Enter")
    shown = page.locator("[data-part=nine] tbody td:nth-child(2)").all_inner_texts()
    assert [float(text.replace("off without it", "inf")) for text in shown] == pytest.approx(
        ours[4].tolist(), abs=0.00501
    )
    page.wait_for_function("() => location.hash.includes('unit=hidden-5')")


def test_epochs_play_and_stop_and_stand_still_for_who_wants_it(open_explorer: Callable[..., Page], page: Page) -> None:
    page.evaluate("fragmentExplorer.select({epoch: 0})")
    page.get_by_role("button", name="Play the epochs").click()
    page.wait_for_function("() => fragmentExplorer.state().epoch === fragmentManifest.lastEpoch", timeout=15_000)
    page.get_by_role("button", name="Play the epochs").wait_for()
    still = open_explorer("#epoch=0", reduced_motion="reduce")
    still.get_by_role("button", name="Next epoch").click()
    still.wait_for_timeout(800)
    assert still.evaluate("fragmentExplorer.state().epoch") == 1


def test_a_phone_shows_image_and_answer_together(open_explorer: Callable[..., Page]) -> None:
    page = open_explorer(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for part in ("grid", "answer", "probabilities"):
        box = page.locator(f"[data-part={part}]").bounding_box()
        assert box and box["y"] + box["height"] < 844, part
    page.locator("[data-pixel='40']").tap()
    assert "1 pixel flipped" in page.locator("[data-part=answer]").inner_text()


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
        lambda request: request.url.startswith("file:") and loaded.append(on_disk(request.url)),
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
    faults = accessibility.faults(page)
    too_wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert faults == []
    assert too_wide <= 0
