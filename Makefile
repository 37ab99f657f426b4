# make serve and make test do all set-up on a fresh machine with Python 3.11 or newer.

PYTHON ?= python3
SAMPLE ?= sample_functions/websocket_pong.js
BIN := .venv/bin
WITHOUT_SOCKETS := tests/unit tests/runtime tests/packages tests/wpt

.PHONY: serve test attack check format bench clean

serve: .venv/installed
	$(BIN)/edgehost serve $(SAMPLE)

# What needs no sockets shares the processors; what meets clients and servers has them for itself.
test: .venv/installed-dev .venv/browser
ifdef TESTS
	$(BIN)/python -m pytest $(TESTS)
else
	$(BIN)/python -m pytest -n auto --maxprocesses 4 $(WITHOUT_SOCKETS)
	$(BIN)/python -m pytest $(addprefix --ignore=,$(WITHOUT_SOCKETS))
endif

# The same attacks as in `make test`, many times over.
attack: .venv/installed-dev
	EDGEHOST_ATTACK=$(or $(ROUNDS),300) $(BIN)/python -m pytest tests/attack

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/rooms.py
	$(BIN)/oxlint --config .oxlintrc.json runtime_js sample_functions edgehost

format: .venv/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "edgehost needs Python 3.11 or newer: set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv || { sh tools/install.sh $(notdir $(PYTHON))-venv && $(PYTHON) -m venv --clear .venv; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ .venv/installed

# The browser tests are skipped, with the reason, where this cannot install one.
.venv/browser: | .venv/bin/python
	@{ command -v chromium && command -v certutil; } > /dev/null || sh tools/install.sh chromium libnss3-tools || true
	@touch $@
