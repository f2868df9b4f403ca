"""The keys and the search of the unit explorer, with made-up networks: ``synthetic_units.py``."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.book.units.pages import heading


def test_keys_lead_everywhere_but_not_while_typing(page: Page) -> None:
    keyboard = page.keyboard
    page.locator(".unit-tile[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        keyboard.press(key)
    columns = int(page.locator("[role=grid]").get_attribute("aria-colcount") or 0)
    assert page.evaluate("document.activeElement.dataset.unit") == str(columns)
    keyboard.press("End")
    assert page.evaluate("document.activeElement.dataset.unit") == "63"
    keyboard.press("Home")
    keyboard.press("Enter")
    expect(heading(page)).to_have_text("mixed4b_5x5/0")
    keyboard.press("n")
    expect(heading(page)).to_have_text("mixed4b_5x5/1")
    keyboard.press("ArrowRight")
    expect(heading(page)).to_have_text("mixed4b_5x5/2")
    keyboard.press("p")
    expect(heading(page)).to_have_text("mixed4b_5x5/1")
    keyboard.press("g")
    expect(page.locator(".unit-tile[data-unit='1']")).to_be_focused()
    keyboard.press("n")
    expect(page.locator(".unit-status")).to_contain_text("mixed4b_1x1 of Plain network")
    keyboard.press("r")
    expect(heading(page)).to_be_visible()
    keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search units")).to_be_focused()
    before = page.url
    keyboard.type("rn?")
    assert page.url == before
    expect(page.locator("dialog")).not_to_be_visible()
    keyboard.press("Escape")
    keyboard.press("Escape")
    keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).not_to_be_visible()


def test_units_are_found_by_name_number_and_class(page: Page) -> None:
    field, options = (
        page.get_by_role("combobox", name="Search units"),
        page.get_by_role("listbox").get_by_role("option"),
    )
    first = options.first
    for typed, found in [
        ("mixed4b_5x5/23", "mixed4b_5x5/23"),
        ("4b 23", "mixed4b_5x5/23"),
        ("4b_1", "mixed4b_1x1"),
        ("plain wide 9999", "wide/9999"),
    ]:
        field.fill(typed)
        expect(first).to_contain_text(found)
    field.fill("beagle")
    expect(first).to_contain_text("conv1/5 strongest class: beagle")
    field.fill("mixd4b")
    expect(first).to_contain_text("mixed4b")
    field.fill("4b 23")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(heading(page)).to_have_text("mixed4b_1x1/23")


def test_enter_opens_what_is_written_also_before_it_is_suggested(page: Page) -> None:
    """Faster than any hand: all keys in one go, so that no answer comes between them."""
    type_and_enter = """field => {
        for (field.value of ["4", "4b", "4b 2", "4b 23"]) field.dispatchEvent(new Event("input"));
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    }"""
    field = page.get_by_role("combobox", name="Search units")
    field.evaluate(type_and_enter)
    expect(heading(page)).to_have_text("mixed4b_5x5/23")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_enter_in_an_empty_search_opens_nothing(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search units")
    field.fill("4b 23")
    expect(page.get_by_role("option", name="mixed4b_5x5/23")).to_be_visible()
    field.press("Escape")
    field.focus()
    before = page.url
    field.press("Enter")
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert page.url == before


def test_a_number_alone_is_a_unit_of_the_layer_on_show(page: Page) -> None:
    field, options = page.get_by_role("combobox", name="Search units"), page.locator("#unit-suggestions li")
    field.fill("1")
    expect(options.first).to_contain_text("mixed4b_5x5/1 Plain network")
    expect(options.nth(1)).to_contain_text("conv1")  # a layer with the number in its name
    field.fill("64")  # there are units 0 to 63
    expect(page.get_by_role("option", name="mixed4b_5x5/64")).to_have_count(0)
    field.fill("23")
    field.press("Enter")
    expect(heading(page)).to_have_text("mixed4b_5x5/23")
    field.fill("7")
    expect(options.first).to_contain_text("mixed4b_5x5/7")


def test_where_nothing_is_found_enter_opens_nothing(page: Page) -> None:
    field, options = page.get_by_role("combobox", name="Search units"), page.locator("#unit-suggestions li")
    field.fill("mixed")  # something is found, and marked
    expect(field).to_have_attribute("aria-activedescendant", "unit-suggestion-0")
    field.fill("zzz")
    expect(options.first).to_contain_text("nothing is called so")
    assert field.get_attribute("aria-activedescendant") is None
    before = page.url
    field.press("Enter")
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert page.url == before
    expect(options.first).to_be_visible()
    field.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    nearest = options.last.locator(".name").inner_text()
    field.press("Enter")
    expect(page.locator(".unit-status")).to_contain_text(f"{nearest} of Plain network")


def test_a_suggestion_is_opened_by_a_click_of_any_kind(page: Page) -> None:
    field, option = page.get_by_role("combobox", name="Search units"), page.locator("#unit-suggestions li").first
    field.fill("4b 23")
    expect(option).to_be_visible()
    option.dispatch_event("click")  # voice control and screen readers press no button of a mouse
    expect(heading(page)).to_have_text("mixed4b_5x5/23")
    field.fill("4b 24")
    expect(option).to_contain_text("24")
    option.click()
    expect(heading(page)).to_have_text("mixed4b_5x5/24")
    field.fill("4b 25")
    expect(option).to_contain_text("25")
    option.click(button="right")
    expect(heading(page)).to_have_text("mixed4b_5x5/24")


def test_keys_are_left_to_other_parts_of_a_page(page: Page) -> None:
    page.evaluate(
        """() => {
            const put = (html) => document.body.insertAdjacentHTML("beforeend", html);
            put('<textarea id="text"></textarea><div id="edit" contenteditable></div><button id="other">x</button>');
            put('<dialog id="box"><button>Close</button></dialog>');
            window.arrows = 0;
            document.querySelector("#other").onkeydown = (event) => { window.arrows += event.key === "ArrowRight"; };
        }"""
    )
    page.evaluate("unitExplorer.go('#plain/mixed4b_5x5/5')")
    expect(heading(page)).to_have_text("mixed4b_5x5/5")
    before = page.url
    for place in ("#text", "#edit"):
        page.locator(place).focus()
        page.keyboard.type("n/?")
    assert page.locator("#text").input_value() + page.locator("#edit").inner_text() == "n/?n/?"
    page.locator("#other").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.arrows") == 1
    page.locator("#box").evaluate("box => box.showModal()")
    page.keyboard.type("n?")
    assert page.url == before
    expect(page.get_by_role("dialog", name="Keys")).not_to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#other").focus()
    page.keyboard.press("n")
    expect(heading(page)).to_have_text("mixed4b_5x5/6")
