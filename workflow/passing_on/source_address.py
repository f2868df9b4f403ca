"""The address of the repository of the book's sources, from which links into it are made."""

from __future__ import annotations

import re
from dataclasses import dataclass

from helpers.errors import BadInput
from helpers.user_paths import shown

_ADDRESS = re.compile(r"https://[a-z0-9.-]+(?::\d+)?/(?P<name>[\w.-]+(?:/[\w.-]+?)+?)(?:\.git)?/?", re.IGNORECASE)
_BRANCH = re.compile(r"(?!.*(\.\.|//|@\{|\.lock$))[\w.][\w./+-]*[\w+-]|\w")
_GITHUB = "https://github.com/"


class AddressError(BadInput):
    """What was given is no address of a repository, or no name of a branch."""


def checked(address: str) -> str:
    """An address as links need it, without a trailing slash or ``.git``; empty for an empty one.

    Raises AddressError in one sentence for what is none.
    """
    if not address:
        return ""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise AddressError(
            f"REPOSITORY is {shown(address)}, which is no address of a repository; it looks like "
            "https://github.com/owner/name."
        )
    return address.strip()[: found.end("name")]


@dataclass(frozen=True)
class Source:
    """A repository and a branch of it; all links are empty without an address.

    address: as :func:`checked` gives it. branch: the branch from which the book is built.
    """

    address: str = ""
    branch: str = "main"

    @classmethod
    def of(cls, address: str, branch: str = "main") -> Source:
        """A repository from what somebody gave; raises AddressError for what is no address or no name of a branch."""
        if not _BRANCH.fullmatch(branch):
            raise AddressError(f"BRANCH is {shown(branch)}, which is no name of a branch; it looks like main.")
        return cls(checked(address), branch)

    @property
    def _github(self) -> str:
        """The name on GitHub, "owner/name"; empty for another host, or a longer path."""
        name = self.address.removeprefix(_GITHUB) if self.address.lower().startswith(_GITHUB) else ""
        return name if name.count("/") == 1 else ""

    def edit(self, path: str) -> str:
        """Where a change of a file can be suggested. path: of the file in the repository."""
        if not self.address:
            return ""
        way = "edit" if self._github else "-/edit"  # GitLab's, which others follow
        return f"{self.address}/{way}/{self.branch}/{path}"

    def binder(self, path: str) -> str:
        """Where Binder opens a notebook; it takes the repositories of GitHub."""
        at = f"https://mybinder.org/v2/gh/{self._github}/{self.branch}"
        return f"{at}?urlpath=lab/tree/{path}" if self._github else ""

    def colab(self, path: str) -> str:
        """Where Colab opens a notebook; it takes the repositories of GitHub."""
        at = f"https://colab.research.google.com/github/{self._github}/blob/{self.branch}"
        return f"{at}/{path}" if self._github else ""


UNKNOWN = Source()
