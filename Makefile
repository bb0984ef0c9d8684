# The two commands of the README are `make run` and `make test`. Both install what constraints.txt says.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test mutants format constraints screenshots

run: $(VENV)/.run
	$(BIN)/python -m streamlit run app/main.py

test: $(VENV)/.test
	@sh scripts/ensure_chromium.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy model app scripts benchmarks
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/python -m scripts.check_coverage

# Not a part of `make test`: it takes some minutes. docs/mutants.md says what the faults are that no test notices.
mutants: $(VENV)/.test
	rm -rf mutants
	NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/mutmut run
	$(BIN)/python -m scripts.check_mutants

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

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
$(VENV)/.run: $(BIN)/python requirements.txt constraints.txt model/kernels/loops.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	$(BIN)/python -c "from model.kernels.compiled import compile_kernels; compile_kernels()"
	touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	touch $@
