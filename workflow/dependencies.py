"""The digests by which the build decides whether a page or a stage is up to date."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages import code_digest, untrained
from helpers.pages.repository import REPOSITORY
from helpers.pages.sources import Page

# Packages whose version can change the result of a training.
_NUMERICAL = (
    "kmapper",
    "numpy",
    "ripser",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "torch",
    "torchvision",
    "umap-learn",
)


def files_of_page(page: Page) -> frozenset[str]:
    """The files of ``helpers/`` (relative to the repository) that a page's cells import, directly or not."""
    return code_digest.closure(code_digest.imports(page.code))


def of_page(page: Page) -> str:
    """The digest of the code that a page's cells import, directly or not, and of what executes them."""
    return code_digest.digest({*files_of_page(page), "workflow/execute.py", "workflow/kernel.py"})


def of_stage(stage: str) -> str:
    """The digest of the code of a stage, "jump_detection/perceptrons"."""
    return code_digest.of_module(code_digest.stage_module(stage))


def of_units(*modules: str) -> str:
    """The digest of modules of ``workflow.units``, by default all, and of what they import from ``helpers``."""
    names = modules or [path.stem for path in sorted((REPOSITORY / "workflow" / "units").glob("*.py"))]
    own = [f"workflow/units/{name}.py" for name in names]
    return code_digest.digest({*own, *code_digest.closure(set().union(*(code_digest.imports(_text(p)) for p in own)))})


def stages_read_by(stage: str) -> list[str]:
    """The other stages whose artefacts this one reads: the modules that its ``READS`` names."""
    tree = ast.parse(_text(code_digest.stage_module(stage).replace(".", "/") + ".py"))
    study = stage.split("/")[0]
    for node in tree.body:  # with an annotation or without
        named = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(named[0], ast.Name) and named[0].id == "READS":
            return [f"{study}/{ast.unparse(key)}" for key in node.value.keys]  # type: ignore[attr-defined]
    return []


@cache
def _claims(study: str) -> list[dict[str, Any]]:
    """The claims of a study, each with what untrained networks give for it."""
    path = REPOSITORY / "notebooks" / study / "claims.yml"
    content = yaml_files.read(path)
    found = content.get("claims") if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(claim, dict) and claim.get("page") for claim in found):
        raise BadInput(f"{path} holds no list of claims that name their pages.")
    for claim in found:
        if not path.with_name(f"{claim['page']}.py").is_file():
            raise BadInput(f"{path}: {claim.get('id')} is of the page {claim['page']}, which does not exist.")
    control = untrained.read(path.with_name(untrained.FILE))
    return [{**claim, "untrained": control.get(claim.get("id"))} for claim in found]


def of_claims(page: Page) -> str:
    """The digest of the claims of a page, and of what untrained networks give; other pages do not change it."""
    return claims_digest(_claims(page.study), page.name.split("/")[1])


def claims_digest(entries: Iterable[Mapping[str, Any]], page: str) -> str:
    """SHA-256 of all fields of the claims of one page, in any order.

    entries: those of a study's ``claims.yml``. They are not validated here, since that takes longer than most
    builds.
    page: the page's name without its study, "02_multilayer_perceptrons".
    """
    own = sorted(json.dumps(claim, sort_keys=True) for claim in entries if claim["page"] == page)
    return hashlib.sha256("\n".join(own).encode()).hexdigest()


def ask_for_assets(page: Page) -> bool:
    """Whether a page depends on the folder HELPERS_ASSETS, because one of the files that it imports looks there."""
    return any("HELPERS_ASSETS" in _text(path) for path in files_of_page(page) if path.endswith(".py"))


def numerical_versions() -> str:
    """The locked versions of the packages whose version can change the result of a training."""
    lock = _text("requirements.lock")
    return " ".join(sorted(re.findall(rf"^(?:{'|'.join(_NUMERICAL)})==\S+", lock, flags=re.MULTILINE)))


@cache
def _text(path: str) -> str:
    return (REPOSITORY / path).read_text("utf-8")
