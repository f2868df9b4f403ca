"""All claims of the book as flat records: what readers download as ``claims.json`` and ``claims.csv``.

``claims_file.schema.json`` beside this module says what each field of a record means, in the order of the columns.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workflow.passing_on import citation
from workflow.rule_history import Fixed

FILES = ("claims.json", "claims.csv", "claims.schema.json")  # beside the scorecard, for readers to download
SCRIPT = "claims.js"  # the same for the book's own pages: a browser refuses to fetch claims.json from disk
_SCHEMA = Path(__file__).with_name("claims_file.schema.json")

Record = dict[str, Any]  # a claim with its measurement and verdict
Results = dict[str, Any]  # the content of a results.json


@dataclass(frozen=True, kw_only=True)
class ReportedPage:
    """A page of a study and the claims that it reports.

    study: the title of the study.
    results: the content of the page's ``results.json``.
    claims: a record for each claim, in the page's order.
    """

    study: str
    results: Results
    claims: list[Record]


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of ``claims.json``."""
    content: dict[str, Any] = json.loads(_SCHEMA.read_text("utf-8"))
    return content


def fields() -> dict[str, str]:
    """The fields of a record in their order, each with its meaning."""
    properties = schema()["properties"]["claims"]["items"]["properties"]
    return {name: entry["description"] for name, entry in properties.items()}


def reported(study: str, results: Results, fixed: Mapping[str, Fixed]) -> ReportedPage:
    """A page with its claims as records.

    study: the title of the study.
    results: the content of the page's ``results.json``.
    fixed: the commit that gave each claim its rule, by the claim's id; claims without one get null.
    """
    return ReportedPage(
        study=study, results=results, claims=[_record(results, claim, fixed) for claim in results["claims"]]
    )


def _record(results: Results, claim: dict[str, Any], fixed: Mapping[str, Fixed]) -> Record:
    page, commit = results["page"], fixed.get(claim["id"])
    study, name = page.split("/")
    address = f"{page}.html#claim-{claim['id']}"
    known = {
        **claim,
        "study": study,
        "page": name,
        "study_value": claim["study"],
        "address": address,
        "cite": citation.of_claim(study, claim["id"], claim["verdict"], results["commit"], address),
        "code": f"{page}.html#code-{claim['id']}",
        "rule_commit": commit and commit.commit,
        "rule_date": commit and commit.date,
        "run_scale": results["scale"],
        "run_seeds": len(results["seeds"]),
        "run_commit": results["commit"],
    }
    return {field: known[field] for field in fields()}


def files(pages: Sequence[ReportedPage]) -> dict[str, str]:
    """The texts of ``FILES``."""
    return dict(zip(FILES, (as_json(pages), as_csv(pages), _SCHEMA.read_text("utf-8")), strict=True))


def as_json(pages: Sequence[ReportedPage]) -> str:
    """The text of ``claims.json``."""
    content = {"$schema": "claims.schema.json", "claims": [claim for page in pages for claim in page.claims]}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_script(pages: Sequence[ReportedPage], *, repository: str = "") -> str:
    """The text of ``claims.js``, which sets ``window.CITED``: each claim by its id, and the repository's address."""
    claims = {claim["id"]: claim for page in pages for claim in page.claims}
    cited = {"repository": repository, "claims": claims}
    return f"window.CITED = {json.dumps(cited, ensure_ascii=False, allow_nan=False, separators=(',', ':'))};\n"


def as_csv(pages: Sequence[ReportedPage]) -> str:
    """The text of ``claims.csv``: the same fields, with lists and named values as JSON, and null as nothing."""
    text = io.StringIO()
    table = csv.DictWriter(text, list(fields()), lineterminator="\n")
    table.writeheader()
    for page in pages:
        table.writerows({field: _cell(value) for field, value in claim.items()} for claim in page.claims)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
