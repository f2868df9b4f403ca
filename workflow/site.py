"""Build the static book: gather its sources in one folder, and let Jupyter Book render them.

The sources are the prose in ``book/``, the executed pages, the scorecard made from their results and the API reference.
Only changed files are written, so that only changed pages are rendered again.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

import nbformat
import yaml
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from helpers.errors import BadInput
from helpers.pages import results as results_file
from helpers.pages.results import ResultsError
from workflow import api_reference, bundles, pictures, reports, source_buttons, unit_links
from workflow.found import parts
from workflow.html_outputs import in_html
from workflow.one_at_a_time import locked
from workflow.passing_on.source_address import UNKNOWN, AddressError, Source
from workflow.prepared_pages import prepare
from workflow.scorecard.records import Results
from workflow.units import bound as unit_networks

# Folders of a build with data for pages that compute, and where they lie: next to the pages' programs, as they are
DATA = {"explorer": "_extra/explorer/data", "jump": "_extra/jump/data"}
UNIT_DATA = "units/data"  # in the rendered book, for the explorer of units
# The program jupyter-book as a call of this interpreter: it needs no PATH, and bears every name of a folder.
# Its command has no option for Sphinx's number of processes.
_JUPYTER_BOOK = """
import functools, os
from jupyter_book import sphinx
from jupyter_book.cli.main import main
sphinx.build_sphinx = functools.partial(sphinx.build_sphinx, jobs=os.cpu_count())
main()
"""
# In prose, <!-- figure study/01_page "Figure 3.1" --> stands for the page's figure whose caption begins with this text.
_FIGURE = re.compile(r'<!-- figure (\S+) "(.+?)" -->')


class SiteError(ValueError):
    """The sources of the book are incomplete, or Jupyter Book found a fault in them."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """The folders of the book.

    root: contains ``_toc.yml``, ``_config.yml``, the prose in ``book``, and the pages' sources in ``notebooks``.
    build: contains the ``executed`` pages, their ``results`` and the data of pages that compute; receives ``site``, the
    gathered sources, and ``html``, the book.
    repository: where links into the sources lead, if that is known.
    """

    root: Path
    build: Path
    repository: Source = UNKNOWN

    @property
    def toc(self) -> Path:
        return self.root / "_toc.yml"

    def executed(self, page: str) -> Path:
        """The executed page."""
        return self.build / "executed" / f"{page}.ipynb"

    def results(self, page: str) -> Path:
        """The results of the page."""
        return self.build / "results" / page / "results.json"

    def source(self, page: str, suffix: str) -> Path:
        """The source of the page, ".py", or its paired notebook, ".ipynb"."""
        return self.root / "notebooks" / f"{page}{suffix}"


def build(places: Places) -> Path:
    """Gather the sources, render them, and return the first page of the book, ``html/index.html``.

    ``html`` is replaced as a whole, and only if the book has no faults. If another process builds it, this one waits.

    Raises SiteError if files of the pages are missing (it names all of them) or damaged, if Jupyter Book warns or is
    killed, or if something cannot be written.
    """
    work = places.build / ".book"
    try:
        with locked(places.build / ".book.lock", "The book is being bound already; waiting for its end.") as lock:
            _restore(places.build / "html")
            sources = gather(places)
            beside = {name: sources.pop(name) for name in list(sources) if _is_beside(name)}
            _render(sources, places, work, lock)
            html = work / "_build" / "html"
            for path in [*(html / pictures.FOLDER).glob("*"), *(html / name for name in reports.FILES)]:
                path.unlink(missing_ok=True)
            _write(beside, html, clear=False)
            unit_networks.bind(
                places.build / unit_networks.FOLDERS, html / UNIT_DATA, repository=places.repository.address
            )
            _publish(html, places.build / "html")
    except OSError as error:  # shutil's has no strerror, but a list of all files and reasons
        reason = error.strerror or str(error.args[0][0][2] if isinstance(error.args[0], list) else error)
        raise SiteError(f"The book cannot be built: {error.filename or places.build}: {reason}.") from None
    return places.build / "html" / "index.html"


def _is_beside(name: str) -> bool:
    """Whether a file lies beside the pages as it is: Sphinx would make a whole new book when one of these changes."""
    return name in reports.FILES or name.startswith(pictures.FOLDER)


def _render(sources: dict[str, bytes], places: Places, work: Path, lock: int) -> None:
    """Let Jupyter Book render the sources in the folder ``work``; raises SiteError if it finds a fault or is killed."""
    site, unfinished = places.build / "site", work / "unfinished"
    interrupted = unfinished.exists()
    work.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    changed = _write(sources, site)
    as_it_is = any(name.startswith(("_extra/", "_static/", "_templates/")) for name in changed)
    if places.toc.name in changed or as_it_is or interrupted:
        # Sphinx would keep a page that a killed build wrote in part, or that the contents no longer have. It copies
        # files that it does not render only if some page is new, and does not see that a template is another.
        shutil.rmtree(work / "_build", ignore_errors=True)
    command = [
        *(sys.executable, "-c", _JUPYTER_BOOK, "build", str(site), "--quiet"),
        *("--toc", str(places.toc.resolve()), "--config", str((places.root / "_config.yml").resolve())),
        *("--path-output", str(work.resolve()), "--warningiserror", "--keep-going"),
    ]
    known = {
        **os.environ,
        source_buttons.ADDRESS: places.repository.address,
        source_buttons.BRANCH: places.repository.branch,
    }
    run = subprocess.run(command, capture_output=True, text=True, pass_fds=[lock], env={**os.environ, **known})
    if run.returncode < 0:
        raise SiteError(f"Jupyter Book was killed ({signal.Signals(-run.returncode).name}); run it again.")
    if run.returncode:
        raise SiteError(f"Jupyter Book found faults in the sources of the book:\n{run.stdout}{run.stderr}")
    unfinished.unlink()


def gather(places: Places) -> dict[str, bytes]:
    """All files that Jupyter Book reads, by their paths in the site folder.

    Raises SiteError that names every missing file of the pages in the table of contents, or a file that is damaged.
    """
    book = places.root / "book"
    sources = {places.toc.name: places.toc.read_bytes()}
    sources |= {str(path.relative_to(book)): path.read_bytes() for path in _files(book)}
    for folder, place in DATA.items():
        sources |= {f"{place}/{path.name}": path.read_bytes() for path in _files(places.build / folder)}
    contents = _contents(places.toc)
    if any(page == api_reference.INDEX for page, _ in contents):
        sources |= {f"{page}.md": text.encode() for page, text in api_reference.pages().items()}
    studies = {page.split("/")[0] for page, _ in contents if "/" in page}
    made = (reports.SCORECARD, *(parts.NAME.format(study=study) for study in studies))
    pages = {page: part for page, part in contents if f"{page}.md" not in sources and page not in made}
    missing = [str(path) for page in pages for path in _files_of(page, places) if not path.is_file()]
    if missing:
        raise SiteError(f"{places.toc.name} names pages of which files are missing: {', '.join(missing)}.")
    for name in [name for name in sources if name.endswith(".md")]:
        prose = _text(name, sources[name])
        sources[name] = _FIGURE.sub(lambda mark: _figure(places, *mark.groups()), prose).encode()
    found: list[tuple[str, Results]] = []
    try:
        named = unit_links.named(places.build / unit_networks.FOLDERS)
        for page, part in pages.items():
            results = _results(page, places)
            found.append((part, results))
            sources |= _page(page, part, results, named, places)
        sources |= reports.made(
            found,
            sources,
            root=places.root,
            build=places.build,
            figure=lambda page, caption: _figure(places, page, caption),
            named=named,
            wanted=[page for page, _ in contents],
            repository=places.repository.address,
        )
    except BadInput as error:
        raise SiteError(str(error)) from None
    for name in [name for name in sources if name.endswith(".md")]:
        text = pictures.of_text(sources[name].decode(), page=name.removesuffix(".md"), files=sources)
        sources[name] = text.encode()
    return bundles.bundled(sources)


def _files_of(page: str, places: Places) -> list[Path]:
    """The files that a page of the contents consists of: prose lies in ``book``, a page of a study in a folder."""
    if "/" not in page:
        return [places.root / "book" / f"{page}.md"]
    sources = [places.source(page, ".py"), places.source(page, ".ipynb")]
    return [places.executed(page), places.results(page), *sources]


def _results(page: str, places: Places) -> Results:
    try:
        found = results_file.read(places.results(page))
    except ResultsError as error:
        raise SiteError(str(error)) from None
    if found["page"] != page:
        raise SiteError(
            f"{places.results(page)} is of the page {found['page']}; delete it, and make runs {page} again."
        )
    return found


def _executed(page: str, places: Places) -> nbformat.NotebookNode:
    """The executed notebook of a page; raises SiteError that names its file if it is damaged."""
    path = places.executed(page)
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise SiteError(f"{path} is damaged ({reason}); delete it, and make runs the page again.") from None
    return notebook


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SiteError(f"book/{name} is not UTF-8 (byte {error.start}).") from None


def _contents(toc: Path) -> list[tuple[str, str]]:
    """The pages of the table of contents in order, each with the caption of its part."""
    try:
        site = parse_toc_yaml(toc)
    except (yaml.YAMLError, MalformedError, UnicodeDecodeError) as error:
        raise SiteError(f"{toc} is no table of contents: {' '.join(str(error).split())}.") from None

    def below(page: str) -> list[str]:
        return [page, *(one for child in site[page].child_files() for one in below(child))]

    parts = [
        (page, tree.caption or "") for tree in site.root.subtrees for child in tree.files() for page in below(child)
    ]
    return [(site.root.docname, ""), *parts]


def _page(page: str, part: str, results: Results, named: dict[str, list[str]], places: Places) -> dict[str, bytes]:
    """An executed page as the book shows it, and the files that it offers.

    part: its part of the contents. named: the units of the explorer that each claim names.
    """
    name = Path(page).name
    links = {
        f"downloads/{page}/{name}_executed.ipynb": places.executed(page),
        f"downloads/{page}/{name}.ipynb": places.source(page, ".ipynb"),
        f"downloads/{page}/{name}.py": places.source(page, ".py"),
    }
    notebook = _executed(page, places)
    prepare(notebook, page=page, part=part, results=results, downloads=list(links), repository=places.repository)
    unit_links.add(notebook, named, page=page)
    files = {link: path.read_bytes() for link, path in links.items()}
    pictures.of_notebook(notebook, page=page, files=files)
    return {f"{page}.ipynb": nbformat.writes(notebook).encode(), **files}


def _figure(places: Places, page: str, caption: str) -> str:
    """The HTML of a page's figure whose caption begins with this text; raises SiteError if there is no such figure."""
    for data in in_html(_executed(page, places).cells):
        if f"<figcaption>{escape(caption)}" in data["text/html"]:
            return data["text/html"]
    raise SiteError(f"The prose shows a figure {caption!r} of the page {page}, which has none of that caption.")


def _files(folder: Path) -> list[Path]:
    """All files below a folder except hidden ones, such as the stamp that Snakemake writes in a folder it has made."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _write(sources: dict[str, bytes], site: Path, *, clear: bool = True) -> set[str]:
    """Make the folder contain these files; returns the paths of those that were missing or different.

    clear: whether other files are removed.

    Unchanged files are not written again, since Sphinx renders every file that is newer than its last build.
    """
    for path in _files(site) if clear else []:
        if str(path.relative_to(site)) not in sources:
            path.unlink()
    changed = set()
    for name, content in sources.items():
        path = site / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.add(name)
    return changed


def _publish(made: Path, html: Path) -> None:
    """Replace ``html`` by a copy of the rendered book; if that fails, ``html`` stays as it was."""
    new, old = html.with_name(".html-new"), html.with_name(".html-old")
    for folder in (new, old):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        shutil.copytree(made, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    if html.exists():
        html.rename(old)
    new.rename(html)
    shutil.rmtree(old, ignore_errors=True)


def _restore(html: Path) -> None:
    """Bring back the book that a process put aside which was killed between two renamings."""
    old = html.with_name(".html-old")
    if old.exists() and not (html / "index.html").exists():
        shutil.rmtree(html, ignore_errors=True)  # Snakemake makes an empty one
        old.rename(html)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the book from its prose and the executed pages.")
    parser.add_argument("--root", type=Path, default=Path(), help="the folder of _toc.yml and book/")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    parser.add_argument("--repository", default="", help="the address of the repository, for links into the sources")
    parser.add_argument("--branch", default="main", help="the branch to which these links lead")
    given = parser.parse_args()
    try:
        repository = Source.of(given.repository, given.branch)
        first = build(Places(root=given.root, build=given.build, repository=repository))
    except (SiteError, AddressError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The book stands in {first}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
