"""How long the explorer takes to answer a flipped pixel, in a real browser: ``python -m benchmarks.explorer``.

Needs a built book (``_build/html``, or the folder that BOOK_HTML names) and Chromium. For every model, 200 flips are
timed: from the click to the last change of the page, its styles and layout included; and from the click to the end of
the frame that shows it. One frame of a 60 Hz screen is 16.7 ms.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[1] / "_build" / "html")).resolve()
LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLIPS = 200

TIME = """async ([model, flips]) => {
    await fragmentExplorer.select({model});
    const pixels = [...document.querySelectorAll("[data-pixel]")];
    const handled = [], shown = [];
    for (let k = 0; k < flips; k++) {
        await new Promise((next) => requestAnimationFrame(next));
        const begin = performance.now();
        pixels[(k * 37) % 81].click();
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


def main() -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=LAUNCH)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((HTML / "explorer.html").as_uri())
        page.evaluate("() => fragmentExplorer.ready")
        print("model  handled: median  95 %  most [ms]  shown: median [ms]")
        for model in range(1, 12):
            handled, shown = (sorted(times) for times in page.evaluate(TIME, [model, FLIPS]))
            middle, high = FLIPS // 2, FLIPS * 95 // 100
            print(f"{model:5} {handled[middle]:16.2f} {handled[high]:5.2f} {handled[-1]:9.2f} {shown[middle]:21.1f}")
        browser.close()


if __name__ == "__main__":
    main()
