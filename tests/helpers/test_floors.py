"""The floor plan: README.md has it, and the imports of helpers keep to it."""

import ast
import re
from pathlib import Path

import pytest

from helpers.pages.repository import REPOSITORY

HELPERS = REPOSITORY / "helpers"
MODULES = sorted(HELPERS.rglob("*.py"))
STUDIES = sorted(path.name for path in (HELPERS / "studies").iterdir() if (path / "__init__.py").exists())

# General rooms serve two studies at least. These modules serve fewer today, and stay where they are because ...
SERVES_FEWER = {
    "metrics.class_deviation": "of activations of any network; conceptual_content needs it",
    "metrics.distributions": "of samples of any origin",
    "metrics.clusters": "of points of any origin; googlenet_neurons needs it",
    "pages.conclusions": "the first page of every study's part needs it",
    "pages.sweeps": "any page can be swept",
    "plots.heatmaps": "a general kind of figure",
    "plots.scatter": "a general kind of figure",
    "statistics.slopes": "of numbers of any origin",
    "statistics.simulation": "of trials of any kind",
    "training": "how stacks are fitted, whatever they learn",
}
# What serves large networks in general is general: two more studies of such networks follow.
LARGE_NETWORKS = (
    "attribution",
    "hooks",
    "models",
    "data.images",
    "data.photographs",
    "data.patterns",
    "data.fields",
    "metrics.images",
)
LARGE_NETWORKS += (
    "metrics.activations",
    "ascent",
    "training.embedded",
    "pages.inspected",
    "plots.images",
    "plots.depth",
)
LARGE_NETWORKS += ("units", "plots.conditions", "data.image_files", "data.listing", "data.decoding")
LARGE_NETWORKS += ("data.images_shown", "plots.sheets")


def plan() -> dict[str, int]:
    """Room and floor, from the table in README.md."""
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", (REPOSITORY / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    return {room: int(floor) for floor, room in rows}


FLOORS = plan()


def name_of(path: Path) -> str:
    """The dotted name below helpers: "models.vgg"."""
    return ".".join(path.relative_to(HELPERS).with_suffix("").parts)


def imported(source: str) -> set[str]:
    """The dotted names below helpers that a source imports: of modules, packages, or what is in them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.removeprefix("helpers.") for name in names if name.startswith("helpers.")}


IMPORTS = {name_of(path): imported(path.read_text("utf-8")) for path in MODULES}


def test_every_room_is_in_the_plan_and_the_other_way_round():
    rooms = {name.split(".")[0] for name in IMPORTS if name != "__init__"}
    assert rooms == set(FLOORS)


@pytest.mark.parametrize("module", [name for name in IMPORTS if name != "__init__"])
def test_imports_point_down(module):
    room = module.split(".")[0]
    for other in {name.split(".")[0] for name in IMPORTS[module]} - {room}:
        assert FLOORS[other] < FLOORS[room], f"{module} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]})"


@pytest.mark.parametrize("study", STUDIES)
def test_no_study_imports_another(study):
    for module, names in IMPORTS.items():
        if module.startswith(f"studies.{study}."):
            others = {name.split(".")[1] for name in names if name.startswith("studies.")} - {study}
            assert not others, f"{module} imports from {', '.join(others)}"


def test_no_circle():
    """Within a room modules may import each other, in one direction."""
    modules = {name.removesuffix(".__init__") for name in IMPORTS}
    graph = {name.removesuffix(".__init__"): names & modules for name, names in IMPORTS.items()}
    graph = {name: {other for other in others if not name.startswith(f"{other}.")} for name, others in graph.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle of imports: {' > '.join([*way, name])}"
        if name not in done:
            for other in graph[name] - {name}:
                visit(other, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_packages_say_what_they_hold_and_import_at_most_what_is_in_them():
    for path in MODULES:
        if path.name == "__init__.py":
            source = path.read_text("utf-8")
            assert ast.get_docstring(ast.parse(source)), path
            package = name_of(path).removesuffix(".__init__")
            outside = {name for name in imported(source) if not name.startswith(f"{package}.")} - {package}
            assert not outside, f"{path} does more than open a door to its package"


def reached(study: str) -> set[str]:
    """The modules of helpers that a study's pages and its own folder import, directly or not."""
    pages = (REPOSITORY / "notebooks" / study).glob("[0-9]*.py")
    waiting = [name for page in pages for name in imported(page.read_text("utf-8"))]
    waiting += [name for name in IMPORTS if name.startswith(f"studies.{study}.")]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        for module in (name, f"{name}.__init__"):
            if module in IMPORTS and module not in found:
                found.add(module)
                waiting += IMPORTS[module]
    return found


def test_general_rooms_serve_two_studies():
    reach = {study: reached(study) for study in STUDIES}
    fewer = {}
    for module in IMPORTS:
        if module.endswith("__init__") or module.startswith("studies."):
            continue
        if module in LARGE_NETWORKS or module.startswith(tuple(f"{room}." for room in LARGE_NETWORKS)):
            continue
        studies = [study for study in STUDIES if module in reach[study]]
        if len(studies) < 2:
            fewer[module] = studies
    listed = {module for module in fewer if module in SERVES_FEWER or module.split(".")[0] in SERVES_FEWER}
    assert set(fewer) == listed, (
        f"these serve one study alone: {sorted(set(fewer) - listed)}; move them, or say why not"
    )
    assert len(SERVES_FEWER) <= 10
    unneeded = {n for n in SERVES_FEWER if n not in fewer and not any(m.startswith(f"{n}.") for m in fewer)}
    assert not unneeded, f"these need no reason any more: {unneeded}"
