"""What axe finds on a page of the book."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Its findings are moderate and so never given, and it takes axe two thirds of the time of all rules.
LEFT_OUT = {"region": {"enabled": False}}


_SCRIPT = Axe().axe_script
_RUN = "([context, options]) => axe.run(context, options).then(({ violations }) => violations)"


def faults(page: Page, rules: dict[str, Any] | None = None, *, within: str = "html") -> list[str]:
    """axe's serious and critical findings. Its preloading fetches style sheets, which is refused from disk."""
    options = {"resultTypes": ["violations"], "preload": False, **(rules or {})}
    options["rules"] = LEFT_OUT | options.get("rules", {})
    if page.evaluate("typeof axe === 'undefined'"):  # once a page: to read the script takes a tenth of a second
        page.evaluate(_SCRIPT)
    violations = page.evaluate(_RUN, [{"include": [within]}, options])
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
