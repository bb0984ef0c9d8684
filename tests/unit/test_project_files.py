"""What stands in more than one of the files at the root says the same everywhere."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

import model
from scripts.freeze_constraints import CONSTRAINTS, installed_versions, listed, wanted

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))


def constraints() -> dict[str, str]:
    return {each.name: str(each.specifier).removeprefix("==") for each in listed(CONSTRAINTS)}


def make_test_commands() -> list[str]:
    """The commands of `make test`, without the folder of the environment's programs."""
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    return [
        line.strip().lstrip("@").replace("$(BIN)/", "").replace("$(NODE_BIN)/", "")
        for line in recipe[1].splitlines()
    ]


def test_the_version_is_told_without_being_installed_and_has_a_place_in_the_changelog() -> None:
    command = [sys.executable, "-m", "model", "--version"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told == f"Rankscope {model.__version__}\n"
    assert str(Version(model.__version__)) == model.__version__
    assert f"\n## [{model.__version__}] - 20" in (ROOT / "CHANGELOG.md").read_text()


def test_the_project_table_and_the_citation_have_the_same_version_and_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "model.__version__"}
    assert citation["version"] == model.__version__
    assert citation["license"] == project["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
    assert citation["references"][0]["title"] == "Rank Ordered Autoencoders"


def test_the_licence_says_that_it_is_not_for_the_pictures() -> None:
    terms, _, note = (ROOT / "LICENSE").read_text().partition("SOFTWARE.\n\n")
    assert "CIFAR-10" not in terms
    assert "does not cover the bundled sample of CIFAR-10, assets/cifar10_sample_*" in " ".join(note.split())


@pytest.mark.parametrize("folder", ["app", "model", "benchmarks"])
def test_the_readme_lists_every_package_and_every_benchmark(folder: str) -> None:
    layout = (ROOT / "README.md").read_text().split("## How the code is laid out")[1]
    named = {name.rstrip("/") for name in re.findall(r"[a-z_]+/?", layout)}
    wanted = "*/__init__.py" if folder != "benchmarks" else "[!_]*.py"
    found = {
        file.parent.name if file.name == "__init__.py" else file.stem for file in (ROOT / folder).glob(wanted)
    }
    assert found
    assert sorted(found - named) == []


@pytest.mark.parametrize("file", REQUIREMENTS, ids=[file.name for file in REQUIREMENTS])
def test_a_requirement_is_pinned_to_the_version_of_the_constraints(file: Path) -> None:
    pins = listed(file)
    assert pins
    for each in pins:
        assert str(each.specifier) == f"=={constraints()[each.name.lower()]}", each


def test_the_constraints_are_complete_and_what_these_tests_run_with() -> None:
    assert constraints() == installed_versions(wanted()), "run `make constraints` when the tests pass"


def test_no_file_of_packages_names_a_place_to_fetch_them_from() -> None:
    for file in (CONSTRAINTS, *REQUIREMENTS):
        assert not re.search(r"://|@|--(extra-)?index|--find-links|\+", file.read_text()), file.name


def test_everything_that_is_installed_is_constrained() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    installs = [line for line in lines if line.startswith("\t") and "pip install" in line]
    assert len(installs) == 2
    assert all("-c constraints.txt" in line for line in installs)


def test_the_hooks_run_what_make_test_runs_and_fetch_nothing() -> None:
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in configuration["repos"]} == {"local"}
    hooks = [hook for repository in configuration["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks if hook.get("stages") == ["pre-push"]] == ["make test"]
    assert configuration["default_stages"] == ["pre-commit"]
    quick = [hook["entry"] for hook in hooks if "stages" not in hook]
    checks = [command for command in make_test_commands() if re.match(r"ruff|mypy|.*biome|.*tsc$", command)]
    assert len(checks) == 5
    for check in checks:
        assert any(check.removesuffix(" .") in entry for entry in quick), check
