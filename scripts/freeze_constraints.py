"""Write constraints.txt: the version of every package that Rankscope needs here, directly or through others.

`python -m scripts.freeze_constraints`, in the environment whose tests have just passed. It asks no registry;
it reads what is installed, and leaves out what nothing of requirements*.txt needs.
"""

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
HEADER = """\
# Every version that the tests ran with, of the packages in requirements*.txt and of all that they need.
# Made by `make constraints` on Linux; other systems may need a package more, which is then the newest.
"""


def listed(file: Path) -> list[Requirement]:
    """What a requirements or constraints file names itself, without the files that it includes."""
    lines = (line.split("#")[0].strip() for line in file.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def wanted() -> list[Requirement]:
    """What all of requirements*.txt name."""
    return [each for file in sorted(ROOT.glob("requirements*.txt")) for each in listed(file)]


def installed_versions(roots: list[Requirement]) -> dict[str, str]:
    """The installed version of each of `roots` and of everything that they need, by canonical name.

    A version's local part, such as `+cpu`, is left out: it says where a package came from, and another
    machine gets it from elsewhere.

    Raises:
        importlib.metadata.PackageNotFoundError: one is not installed.
    """
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    ahead = [(each.name, extra) for each in roots for extra in ("", *each.extras)]
    while ahead:
        name, extra = ahead.pop()
        name = canonicalize_name(name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        package = metadata.distribution(name)
        versions[name] = Version(package.version).public
        for needed in map(Requirement, package.requires or []):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                ahead += [(needed.name, more) for more in ("", *needed.extras)]
    return versions


def main() -> None:
    """Write the file."""
    versions = installed_versions(wanted())
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    CONSTRAINTS.write_text(HEADER + "".join(lines))
    print(f"{len(lines)} versions in {CONSTRAINTS.name}; read what changed before you commit it.")


if __name__ == "__main__":
    main()
