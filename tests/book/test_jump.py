"""The page "A jump" of the built book, in a real browser and from disk: does it compute what Python computes?

The book: as in ``test_built_book.py``. The networks are those that the book was built from, beside its pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page
from torch.nn import functional

from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector, gaussian_derivative, responses
from helpers.studies.jump_detection.signals import JumpTask, sample
from tests.book import accessibility
from workflow.jump_data import TITLES, networks_of, read

pytestmark = pytest.mark.book

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
STAGES = HTML.parent / "stages" / "jump_detection"
LISTS = [STAGES / f"{name}.json" for name in ("perceptrons", "convnets")]
READY = "() => window.jumpPlayground.ready"


@pytest.fixture
def open_page(new_tab: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens the page, ready, at an address; errors and requests off the disk fail the test."""
    if not (HTML / "jump.html").is_file():
        pytest.fail(
            f"There is no page on a jump in {HTML.name}: run `make book` first, or name its folder in BOOK_HTML."
        )
    errors: list[str] = []
    elsewhere: list[str] = []

    def opened(address: str = "", **context: Any) -> Page:
        page = new_tab(**context)
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda one: not one.url.startswith(("file:", "data:")) and elsewhere.append(one.url))
        page.goto((HTML / "jump.html").as_uri() + address, wait_until="load", timeout=120_000)
        page.evaluate(READY)
        return page

    yield opened
    assert errors == []
    assert elsewhere == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def test_every_method_answers_as_python_does(page: Page) -> None:
    seeds = page.evaluate("jumpManifest.seeds")
    tasks = [JumpTask(), JumpTask(jump=1.5, noise_before=0.3, noise_after=0.3)]
    x = torch.cat([sample(task, 12, seeds=[7], purpose="test").x[0] for task in tasks])
    x[0] = 0
    kept = {key: read(path).networks for key, path in networks_of(*LISTS).items()}
    for seed in (seeds[0], seeds[-1]):
        found = page.evaluate(
            "async ([seed, all]) => { await jumpPlayground.change({seed}); return all.map(jumpPlayground.forward); }",
            [seed, x.tolist()],
        )
        for key in TITLES:
            row = kept[key].seeds.index(seed)
            for k, expected in enumerate(kept[key].activations(x.expand(len(kept[key].seeds), -1, -1))):
                ours = np.array([one[key][k] for one in found])
                np.testing.assert_allclose(ours, expected[row], rtol=1e-5, atol=1e-5, err_msg=key)

    detector = GradientDetector.of(tasks[0])
    answers = page.evaluate("all => all.map(jumpPlayground.filter)", x.tolist())
    change = responses(x[None], [gaussian_derivative(detector.window, detector.tau)])[0, 0]
    np.testing.assert_allclose([one["response"] for one in answers], change, atol=1e-5)
    assert [one["position"] - 21 for one in answers[1:]] == detector.predict(x[None])[0, 1:].tolist()

    for task in tasks:
        known = {"height": task.jump, "noise": task.noise_before}
        answers = page.evaluate("([all, known]) => all.map((x) => jumpPlayground.bayes(x, known))", [x.tolist(), known])
        expected = BayesDetector.of(task).log_posterior(x[None])[0]
        ours = np.array([one["logarithms"] for one in answers])
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose([one["probability"] for one in answers], expected.exp(), atol=1e-5)
        assert [one["position"] - 21 for one in answers] == expected.argmax(-1).tolist()


def test_the_engine_computes_every_kind_of_layer(page: Page) -> None:
    random = torch.Generator().manual_seed(0)
    maps, signals = (torch.randn(*shape, generator=random) for shape in ((3, 7, 8), (2, 11)))
    square, row = (torch.randn(*shape, generator=random) for shape in ((4, 3, 3, 3), (5, 2, 5)))
    biases = torch.randn(9, generator=random)
    cases = [
        ("conv2d", "relu", maps, functional.conv2d(maps, square, biases[:4], padding=1).relu(), 1, square, biases[:4]),
        ("conv1d", "none", signals, functional.conv1d(signals, row, biases[4:], padding=2), 2, row, biases[4:]),
        ("maxpool2d", "none", maps, functional.max_pool2d(maps, 3), 0, maps[:0], biases[:0]),
        ("maxpool1d", "none", signals, functional.max_pool1d(signals, 3), 0, signals[:0], biases[:0]),
    ]
    for kind, activation, x, expected, padding, weight, bias in cases:
        layer = {"kind": kind, "activation": activation, "shape": list(expected.shape), "padding": padding}
        layer |= {"kernel": weight.shape[-1] if len(weight) else 3, "weights": weight.numel(), "biases": bias.numel()}
        found = page.evaluate(
            "([layer, numbers, x, shape]) => [...play.engine.forward([layer],"
            " play.engine.parameters([layer], Float32Array.from(numbers)), x, shape)[0]]",
            [layer, torch.cat([weight.flatten(), bias]).tolist(), x.flatten().tolist(), list(x.shape)],
        )
        np.testing.assert_allclose(found, expected.flatten(), rtol=1e-5, atol=1e-5, err_msg=kind)


def test_a_test_signal_of_the_book_is_answered_as_on_its_pages(page: Page) -> None:
    page.locator("select[name=example]").select_option(label="test signal 3")
    seed = page.evaluate("jumpPlayground.state().seed")
    first = read(networks_of(*LISTS)["mlp-2"])
    test = sample(first.recipe.task, first.recipe.validation_signals, seeds=[seed], purpose="test")
    np.testing.assert_array_equal(np.float32(page.evaluate("jumpPlayground.signal()")), test.x[0, 2])
    row = page.locator("[data-part=table] tr", has_text="Bayes").locator("td").all_inner_texts()
    posterior = BayesDetector.of(first.recipe.task).log_posterior(test.x[:, 2:3])[0, 0]
    truth = int(test.label[0, 2])
    position = int(posterior.argmax())
    assert row[:2] == [str(21 + position), f"{position - truth:+d}".replace("-", "−") if position != truth else "0"]
    np.testing.assert_allclose(float(row[2]), posterior.exp().max(), atol=0.00051)


def test_the_same_number_makes_the_same_noise_of_the_right_strength(page: Page) -> None:
    noise = [page.evaluate(f"[...play.jump.noise({seed}, 100)]") for seed in (1, 1, *range(2, 300))]
    assert noise[0] == noise[1]
    drawn = np.array(noise[1:])
    assert len({tuple(row) for row in drawn}) == len(drawn)
    assert abs(drawn.mean()) < 0.02 and abs(drawn.std() - 1) < 0.02
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 0.02


def test_mean_errors_are_those_of_as_many_signals_in_python(page: Page) -> None:
    page.evaluate("jumpPlayground.change({noise: 1.5})")
    page.get_by_role("button", name="Mean error over 600 new signals").click()
    shown = page.locator("[data-part=table] tbody td:last-child").all_inner_texts()
    task = JumpTask(noise_before=1.5, noise_after=1.5)
    test = sample(task, 6_000, seeds=[0], purpose="test")
    for place, answers in (
        (0, GradientDetector.of(task).predict(test.x)),
        (-1, BayesDetector.of(task).predict(test.x)),
    ):
        errors = (answers - test.label).abs().double()
        assert abs(float(shown[place]) - errors.mean()) < 4 * errors.std() / 600**0.5
    page.get_by_label("Noise", exact=False).first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-part=table] tbody td:last-child").all_inner_texts() == [""] * len(shown)


def test_mouse_draws_and_the_address_holds_it(page: Page, open_page: Callable[..., Page]) -> None:
    board = page.get_by_role("slider", name="The signal of 100 points")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.205 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.305 * box["width"], box["y"] + 60)
    page.mouse.up()
    drawn = page.evaluate("jumpPlayground.state().drawn")
    assert [place for place, _ in drawn] == list(range(20, 31))  # a quick stroke leaves no gap
    assert all(a >= b for (_, a), (_, b) in pairwise(drawn))
    handle = page.locator("#jump .handle").bounding_box()
    assert handle
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.645 * box["width"], handle["y"] + 8, steps=3)
    page.mouse.up()
    assert page.evaluate("jumpPlayground.state().jump") == 65
    page.wait_for_function("() => location.hash.includes('drawn=') && location.hash.includes('jump=65')")
    there = open_page(page.evaluate("location.hash"))
    for what in ("signal()", "state()"):
        assert there.evaluate(f"jumpPlayground.{what}") == page.evaluate(f"jumpPlayground.{what}")
    there.get_by_role("button", name="Clear what is drawn").click()
    assert there.evaluate("jumpPlayground.state().drawn") == []
    there.wait_for_function("() => !location.hash.includes('drawn=')")
    there.go_back()
    there.wait_for_function("() => jumpPlayground.state().drawn.length === 11")


def test_keyboard_moves_points_and_reads_values(page: Page) -> None:
    board = page.get_by_role("slider", name="The signal of 100 points")
    board.focus()
    before = page.evaluate("jumpPlayground.signal()")
    for key in ("Home", "ArrowRight", "ArrowUp", "ArrowUp", "PageDown"):
        page.keyboard.press(key)
    after = page.evaluate("jumpPlayground.signal()")
    assert after[1] == pytest.approx(round(round(before[1] + 0.1, 2) + 0.1, 2) - 1, abs=0.011)
    assert [k for k in range(100) if before[k] != after[k]] == [1]
    assert board.get_attribute("aria-valuetext") == f"point 2: {after[1]:.2f}"
    page.get_by_role("slider", name="Bayes: the limit").focus()
    page.keyboard.press("End")
    assert "position 80 has probability" in page.locator("[data-part=reading]").inner_text()
    page.get_by_role("radio", name="Four layers").focus()
    page.keyboard.press("Space")
    assert page.locator(".layer h3").all_inner_texts() == [*(f"Hidden layer {k}" for k in (1, 2, 3)), "Probabilities"]
    page.get_by_label("Jump at").focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "() => document.querySelector('[role=status][data-part=answer]').textContent.includes('at 21.')"
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("#jump=999", "The address has jump = 999; allowed is a whole number from 21 to 80."),
        ("#noise=-1", "The address has noise = -1; allowed is a number from 0 to 3."),
        ("#seed=%3Cb%3E", "The address has seed = <b>; allowed is"),
        ("#example=test-101", "The address has example = test-101; allowed is"),
        ("#drawn=!!", "The drawn points of the address are damaged and left out."),
    ],
)
def test_an_address_that_cannot_be_shown_is_named(page: Page, address: str, sentence: str) -> None:
    page.evaluate(f"location.hash = {address!r}")
    page.wait_for_function("words => document.querySelector('[role=alert]').textContent.includes(words)", arg=sentence)
    assert page.evaluate("jumpPlayground.state().jump") == 50


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_no_serious_accessibility_fault_and_no_sideways_scrolling(
    open_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = open_page("#network=mlp-4", viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.wait_for_timeout(400)  # the theme makes what scrolls focusable 300 ms after a new size
    faults = accessibility.faults(page)
    too_wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert faults == []
    assert too_wide <= 0


def test_a_finger_draws_on_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    board = page.get_by_role("slider", name="The signal of 100 points")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + 0.505 * box["width"], box["y"] + 30)
    assert [place for place, _ in page.evaluate("jumpPlayground.state().drawn")] == [50]
