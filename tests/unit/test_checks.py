"""What `make test` and `make mutants` say of coverage and of planted faults, from results written by hand."""

import pytest

from scripts.check_coverage import shares
from scripts.check_mutants import changed_lines, read_results, unexplained

SHOWN = """\
# model.rules.x_progressive__mutmut_71: survived
--- model/rules.py
+++ model/rules.py
@@ -1,2 +1,2 @@
 def progressive(x):
-    return x < 1
+    return x <= 1
"""


def summary(lines: int, of_lines: int, branches: int, of_branches: int) -> dict:
    return {
        "summary": {
            "covered_lines": lines,
            "num_statements": of_lines,
            "covered_branches": branches,
            "num_branches": of_branches,
        }
    }


def test_shares_are_of_all_files_of_a_package_together() -> None:
    files = {
        "app/main.py": summary(9, 10, 1, 2),
        "app/state/url.py": summary(21, 30, 6, 8),
        "model/rules.py": summary(4, 4, 0, 0),
    }
    assert shares(files, "app") == {"lines": 75.0, "branches": 70.0}
    assert shares(files, "model")["lines"] == 100


def test_the_results_of_mutants_are_read() -> None:
    printed = "    model.rules.x_f__mutmut_1: killed\n    model.rules.x_f__mutmut_2: no tests\n"
    assert read_results(printed) == {
        "model.rules.x_f__mutmut_1": "killed",
        "model.rules.x_f__mutmut_2": "no tests",
    }


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        ("Why:\n\n    - return x < 1\n    + return x <= 1\n", []),
        ("Why:\n\n    - return x < 1\n    + return x > 1\n", ["a_mutant"]),
        ("", ["a_mutant"]),
    ],
    ids=["explained", "another fault", "nothing"],
)
def test_a_fault_that_no_test_notices_is_looked_up_by_its_lines(page: str, missing: list[str]) -> None:
    assert changed_lines(SHOWN) == "- return x < 1\n+ return x <= 1"
    assert unexplained({"a_mutant": changed_lines(SHOWN)}, page) == missing
