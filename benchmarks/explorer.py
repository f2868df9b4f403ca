"""How long the playgrounds take to answer, in a real browser: ``python -m benchmarks.explorer``.

Needs a built book (``_build/html``, or the folder that BOOK_HTML names) and Chromium. In the explorer, for every model,
200 flips are timed; on the page "A jump", for every network whose layers can be shown, 200 moved points. Time goes from
the event to the last change of the page, its styles and layout included; and to the end of the frame that shows it. One
frame of a 60 Hz screen is 16.7 ms.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[1] / "_build" / "html")).resolve()
LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
COUNT = 200

TIME = """async ([act, count]) => {
    const handled = [], shown = [];
    for (let k = 0; k < count; k++) {
        await new Promise((next) => requestAnimationFrame(next));
        const begin = performance.now();
        window[act](k);
        document.body.getBoundingClientRect();
        handled.push(performance.now() - begin);
        // a message posted in a frame's callback arrives once that frame is painted
        await new Promise((next) => requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = next;
            after.port2.postMessage(0);
        }));
        shown.push(performance.now() - begin);
    }
    return [handled, shown];
}"""
FLIP = "window.flip = (k) => document.querySelector(`[data-pixel='${(k * 37) % 81}']`).click()"
MOVE = """window.move = (k) => {
    const board = document.querySelector("#jump .field");
    const key = k % 2 ? "ArrowUp" : "ArrowRight";
    board.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
}"""


def times(page: Page, name: str, act: str) -> None:
    """Time an act, and print a line."""
    handled, shown = (sorted(one) for one in page.evaluate(TIME, [act, COUNT]))
    middle, high = COUNT // 2, COUNT * 95 // 100
    print(f"{name:22} {handled[middle]:8.2f} {handled[high]:5.2f} {handled[-1]:9.2f} {shown[middle]:21.1f}")


def main() -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=LAUNCH)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        print("                handled: median  95%  most [ms]  shown: median [ms]")
        page.goto((HTML / "explorer.html").as_uri())
        page.evaluate("() => fragmentExplorer.ready")
        page.evaluate(FLIP)
        for model in range(1, 12):
            page.evaluate("(model) => fragmentExplorer.select({model})", model)
            times(page, f"flip, model {model}", "flip")
        page.goto((HTML / "jump.html").as_uri())
        page.evaluate("() => jumpPlayground.ready")
        page.evaluate(MOVE)
        for network in page.evaluate("() => jumpManifest.networks.map(({ key }) => key)"):
            page.evaluate("(network) => jumpPlayground.change({network})", network)
            times(page, f"moved point, {network}", "move")
        browser.close()


if __name__ == "__main__":
    main()
