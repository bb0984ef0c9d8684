# The two commands of the README are `make run` and `make test`. Both install what constraints.txt says.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_BIN := node_modules/.bin

.PHONY: run test browser-tests other-tests mutants audit format constraints screenshots

run: $(VENV)/.run
	$(BIN)/python -m streamlit run app/main.py

test: $(VENV)/.test node_modules/.installed
	@sh scripts/ensure_chromium.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy model app scripts benchmarks
	$(NODE_BIN)/biome ci --error-on-warnings
	$(NODE_BIN)/tsc
	$(NODE_BIN)/tsc --project tests/js
	$(BIN)/python -m tests.js.write_oracle
	node --test tests/js/*.test.js
	$(BIN)/coverage erase
	$(MAKE) --no-print-directory --jobs=2 --output-sync=line browser-tests other-tests
	$(BIN)/coverage combine --quiet
	$(BIN)/python -m scripts.check_coverage

# Two at a time, because either leaves one of two processors idle for half of the time.
browser-tests:
	$(BIN)/coverage run -m pytest tests/browser

other-tests:
	$(BIN)/coverage run -m pytest --ignore=tests/browser

# Not a part of `make test`: it takes some minutes. docs/mutants.md says what the faults are that no test notices.
mutants: $(VENV)/.test
	rm -rf mutants
	NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/mutmut run
	$(BIN)/python -m scripts.check_mutants

# Needs pip-audit on the path and a network that answers for advisories, which tests may not.
audit:
	pip-audit --requirement constraints.txt --no-deps --disable-pip
	npm audit

format: $(VENV)/.test node_modules/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NODE_BIN)/biome check --write

# After `pip install -r requirements-dev.txt` without the constraints, and after the tests have passed with it.
constraints: $(BIN)/python
	$(BIN)/python -m scripts.freeze_constraints

screenshots: $(VENV)/.test
	@sh scripts/ensure_chromium.sh
	$(BIN)/python -m scripts.take_screenshots
	$(BIN)/python -m scripts.make_films

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Compiling once here keeps the first visitor from waiting for it.
$(VENV)/.run: $(BIN)/python requirements.txt constraints.txt model/kernels/loops.py model/rivals/omp_loops.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	$(BIN)/python -c "from model.kernels.compiled import compile_kernels; compile_kernels()"
	$(BIN)/python -c "from model.rivals.omp import compile_omp; compile_omp()"
	touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	touch $@

# What checks the JavaScript; nothing of it reaches a browser.
node_modules/.installed: package.json package-lock.json
	@sh scripts/ensure_node.sh
	npm ci --no-audit --no-fund
	touch $@
