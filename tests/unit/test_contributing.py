"""CONTRIBUTING.md keeps its word: recipes are short, and who follows the first gets a rule that learns."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_RECIPE = 30
RECIPES = ("To add a learning rule", "To add a page", "To add a rival")

# Where the plain rule and the compiled one are compared, p is below, at and above the gate for some unit.
COMPARE_THE_TWO = """
import numpy as np, torch
from model import rules
from model.autoencoder import RankOrderedAutoencoder
from model.config import Coder, ModelConfig, Rule
from model.kernels.compiled import ascent_direction
rng = np.random.default_rng(0)
weights = rng.normal(0, 2, (9, 12)).astype(np.float32)
patches = rng.random((20, 12), np.float32)
def plain(rule):
    model = RankOrderedAutoencoder(torch.tensor(weights), ModelConfig(9, 2))
    return rules.ascent_direction(rule, model, torch.tensor(patches)).numpy()
compiled = ascent_direction(Rule.HALF_GATED, weights, patches)
np.testing.assert_allclose(compiled, plain(Rule.HALF_GATED), rtol=1e-4, atol=1e-5)
for other in {rule for rule in Rule if rule.coder is Coder.RANK_ORDER} - {Rule.HALF_GATED}:
    assert np.abs(compiled - plain(other)).max() > 1e-3, other
"""


def section(title: str) -> str:
    """The text under a heading, up to the next one of its level."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    return re.split(r"^## ", text.split(f"## {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0].strip()


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_is_short_and_names_files_that_exist(title: str) -> None:
    recipe = section(title)
    assert len(recipe.splitlines()) < LONGEST_RECIPE
    named = re.findall(r"\b(?:app|model|tests)/[\w/]*\.\w+", recipe)
    named = [name for name in named if "NAME" not in name]
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def follow(recipe: str, project: Path) -> None:
    """Apply the recipe's blocks: of each file the lines that stay or go are found once, and replaced."""
    file, before, after = project, "", ""

    def apply() -> None:
        if before:
            text = file.read_text()
            assert text.count(before) == 1, f"{file.name} holds {text.count(before)} times:\n{before}"
            file.write_text(text.replace(before, after))

    for block in re.findall(r"^```diff\n(.*?)^```", recipe, flags=re.MULTILINE | re.DOTALL):
        previous = ""
        for line in block.splitlines(keepends=True):
            kind, rest = line[0], line[1:]
            # A new place begins with a file's name, or where lines to find follow lines that were added.
            if kind not in " +-" or (previous == "+" and kind != "+"):
                apply()
                before, after = "", ""
            if kind not in " +-":
                file = project / line.strip()
            before += rest if kind in " -" else ""
            after += rest if kind in " +" else ""
            previous = kind
        apply()
        before, after = "", ""


@pytest.fixture
def project_with_the_rule(tmp_path: Path) -> Path:
    for folder in ("app", "model", "assets"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    follow(section("To add a learning rule"), tmp_path)
    return tmp_path


def python(project: Path, *arguments: str) -> str:
    """Run Python in the project with the loops as plain Python: for so little, compiling takes longer."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_who_follows_the_recipe_for_a_rule_trains_with_it(project_with_the_rule: Path) -> None:
    project = project_with_the_rule
    python(project, "-c", COMPARE_THE_TWO)
    settings = ["--units", "9", "--patch-size", "2", "--patches", "640", "--json"]
    printed = python(
        project, "-m", "model", "train", "--rule", "half-gated", *settings, "--out", str(project / "run")
    )
    report = json.loads(printed.splitlines()[-1])
    assert report["patches_seen"] == 640
    first = json.loads((project / "run" / "metrics.jsonl").read_text().splitlines()[0])
    assert report["test"]["final_error"] < first["test"]["final_error"]
    python(project, "-c", "from app.panels.training_form import RULES; assert 'half-gated' in RULES")
