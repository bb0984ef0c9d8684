"""Who may import whom, read from the import statements alone."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUR_PACKAGES = ("model", "app")


def modules(package: str) -> list[str]:
    """'model.rules' for model/rules.py, 'model' for model/__init__.py."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def source(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    return next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)


def imports(module: str) -> set[str]:
    """Everything a module's source imports anywhere in it; of `from a import b` both a and a.b."""
    file = source(module)
    assert file is not None, module
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            inside = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
            start = inside[: len(inside) - node.level + 1] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            found |= {origin, *(f"{origin}.{name.name}" for name in node.names)}
    return found


def reached(module: str) -> set[str]:
    """Top-level names of all packages that importing a module brings in through our own modules."""
    seen, ahead, names = {module}, [module], set()
    while ahead:
        for name in imports(ahead.pop()):
            names.add(name.split(".")[0])
            if name.split(".")[0] in OUR_PACKAGES and name not in seen and source(name):
                seen.add(name)
                ahead.append(name)
    return names


def test_the_sources_are_where_this_test_looks_for_them() -> None:
    assert {"model", "model.rules", "model.__main__"} <= set(modules("model"))
    assert {"app.main", "app.training.job", "app.figures.population"} <= set(modules("app"))
    assert {"torch", "model.autoencoder", "model.config.Rule"} <= imports("model.rules")
    assert {"torch", "model"} <= reached("model.rules")
    assert "numba" in reached("model.training.loop")  # through model.kernels


@pytest.mark.parametrize("module", modules("model"))
def test_the_model_knows_nothing_of_the_app_or_its_tools(module: str) -> None:
    assert not reached(module) & {"app", "streamlit", "plotly"}


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("app.training.manager", "streamlit"),
        ("app.figures.population", "streamlit"),
        ("app.figures.population", "torch"),
    ],
)
def test_parts_of_the_app_that_need_no_page_know_of_none(module: str, forbidden: str) -> None:
    assert forbidden not in reached(module)
