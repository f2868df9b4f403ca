"""How fast the unit explorer is in a real browser: ``python -m benchmarks.units_in_browser [units.html]``.

Needs Chromium. Without a page the units are made up, 10,000 of them in one layer; of a page, such as that of a built
book, the largest layer of the first network is taken, and the layer with about 64 units. Everything is measured as it
is, and with the processor slowed down 4-fold. *First paint*: from the opening of the page to its first picture, and to
the tiles. *A unit*: from the change of the address to the end of the frame that shows the unit's pictures, and of the
one that adds what lies below. *Scrolling*: the time between two frames while 100 pixels pass in each, as by a quick
flick, and while the whole layer does in 300, as by dragging the bar; a frame of a 60 Hz screen is 16.7 ms. *Computed*:
processor time of the page's main thread for a unit or a frame, whatever else the machine does.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.book import synthetic_units
from tests.book.addresses import on_disk

LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SLOWER, FRAMES = (1, 4), 300

PAINT = """async () => {
    await unitExplorer.ready;
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return [paint ? paint.startTime : NaN, performance.getEntriesByName("unit-shown")[0].startTime];
}"""
FRAME = """const frame = () => new Promise((next) => requestAnimationFrame(() => {
    const after = new MessageChannel(); // a message posted in a frame's callback arrives once that frame is painted
    after.port1.onmessage = next;
    after.port2.postMessage(0);
}));"""
UNITS = (
    "async ([layer, units, count, mark]) => {"
    + FRAME
    + """
    const times = [];
    for (let k = 0; k < count; k++) {
        await frame();
        performance.clearMarks();
        const begin = performance.now();
        unitExplorer.go(`${layer}/${(k * 37) % units}`);
        while (!performance.getEntriesByName(mark).length) await new Promise((next) => setTimeout(next));
        await frame();
        times.push(performance.now() - begin);
        while (!performance.getEntriesByName("unit-complete").length) await new Promise((next) => setTimeout(next));
    }
    return times;
}"""
)
SCROLL = """async ([steps, pixels]) => {
    const times = [];
    scrollTo(0, 0);
    const step = pixels || (document.documentElement.scrollHeight - innerHeight) / steps;
    let before = await new Promise(requestAnimationFrame);
    for (let k = 1; k <= steps; k++) {
        scrollTo(0, step * k);
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    return times;
}"""
SORT = (
    "async (layer) => {"
    + FRAME
    + """
    const measure = document.querySelector(".unit-controls select option:last-child").value;
    performance.clearMarks("unit-shown");
    const begin = performance.now();
    unitExplorer.go(`${layer}?sort=-${measure}`);
    while (!performance.getEntriesByName("unit-shown").length) await new Promise((next) => setTimeout(next));
    await frame();
    return performance.now() - begin;
}"""
)


def timed(page: Page, session: CDPSession, script: str, given: list[object]) -> tuple[list[float], float]:
    """The times that a script takes, sorted, and the processor time of one, both in milliseconds."""

    def computed() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")

    before = computed()
    times: list[float] = sorted(page.evaluate(script, given))
    return times, 1000 * (computed() - before) / len(times)


class Layer(NamedTuple):
    """A layer of the explorer: its address, and how many units it has."""

    hash: str
    units: int


def layers(browser: Browser, place: Path) -> tuple[Layer, Layer]:
    """The layer whose number of units is nearest to 64, and the largest, of the first network of a page."""
    page = browser.new_page()
    page.goto(place.as_uri())
    network = page.evaluate("() => unitExplorer.ready.then(() => unitExplorer.networks()[0])")
    page.close()
    found = [Layer(f"#{network['id']}/{one['name']}", one["units"]) for one in network["layers"]]
    return min(found, key=lambda one: abs(one.units - 64)), max(found, key=lambda one: one.units)


def measure(browser: Browser, place: Path, small: Layer, large: Layer, slower: int) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    loaded: set[Path] = set()
    page.on("request", lambda request: loaded.add(on_disk(request.url)))

    def opened(layer: Layer) -> tuple[float, float]:
        page.goto("about:blank")
        page.goto(place.as_uri() + layer.hash)
        first, tiles = page.evaluate(PAINT)
        return first, tiles

    print(f"processor {slower} times slower" if slower > 1 else "as it is")
    first, tiles = opened(small)
    size = sum(path.stat().st_size for path in loaded if path.is_file()) / 1e6
    print(f"  first paint {first:6.0f} ms, {small.units:,} tiles {tiles:6.0f} ms; {size:.2f} MB loaded")
    for layer in (small, large):
        _, tiles = opened(layer)
        for name, mark in {"pictures": "unit-shown", "complete": "unit-complete"}.items():
            times, computed = timed(page, session, UNITS, [layer.hash, min(layer.units, 64), 40, mark])
            most = f"median {times[20]:6.1f} ms, most {times[-1]:6.1f} ms"
            print(f"  a unit of a layer of {layer.units:>6,} units, {name}: {most}; computed {computed:5.1f} ms")
    opened(large)
    print(f"  {large.units:,} units: tiles {tiles:6.0f} ms, sorted {page.evaluate(SORT, large.hash):6.1f} ms")
    opened(large)
    for name, pixels in (("by 100 pixels", 100), ("through all", 0)):
        frames, computed = timed(page, session, SCROLL, [FRAMES, pixels])
        late = sum(time > 34 for time in frames)
        print(
            f"  scrolling {name:13}: a frame in the median {frames[FRAMES // 2]:5.1f} ms, 95% "
            f"{frames[FRAMES * 95 // 100]:5.1f} ms; {late} of {FRAMES} over two frames; computed {computed:5.1f} ms"
        )
    context.close()


def main() -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else synthetic_units.write(Path(folder) / "made")
        browser = playwright.chromium.launch(executable_path=program, args=LAUNCH)
        small, large = layers(browser, place)
        for slower in SLOWER:
            measure(browser, place, small, large, slower)
        browser.close()


if __name__ == "__main__":
    main()
