# The two commands a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Where the environment forbids to write bytecode, each of a dozen processes would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
DIST   := src/watchbell/console/static/console/dist
ALONE  := tests/flows tests/browser src/watchbell/gateways/rtppaging
UNIT   := src/watchbell/line src/watchbell/wire src/watchbell/reflex $(shell find src -name 'test_rules*.py' -o -name 'test_codec*.py' 2>/dev/null)
WEB    := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null) $(shell find src -name '*.html' 2>/dev/null)

.PHONY: setup prepared demo test test-long check bench lock fuzz clean debian

setup: $(VENV)/.installed $(DIST)/.built

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . 
	touch $@

$(DIST)/.built: package.json package-lock.json $(WEB) $(VENV)/.installed
	npm ci --no-audit --no-fund --loglevel=error
	npm run --silent build
	touch $@

# The kept copies let a first start take seconds; they are made anew when migrations or generators change.
prepared: setup
	python -m compileall -q src tests
	watchbell prepare

demo: prepared
	watchbell up --demo

debian:
	tools/debian_packages

# Six at once on two cores, since most of what gateways do is waiting; browsers that hold a button bear one neighbour.
# Whole installations have the machine to themselves: sound and clocks do not bear two others beside them.
# What only computes runs beside them, on what they leave idle: sound and clocks do not notice it.
test: setup debian
	python -m compileall -q src tests
	tools/beside watchbell prepare -- sh -c 'pytest --collect-only -qq | tail -n 3'
	pytest -q -n 6 -m "not alone and not patient and not long" --ignore=tests/gallery
	pytest -q -n 3 -m "not long" tests/gallery
	tools/beside pytest -q -m "not long" $(ALONE) -- pytest -q -m patient

# What needs an installation of its own for minutes: before a release, and after a change to starting, leaving, edges.
test-long: prepared debian
	pytest -q -m long

# Under a minute: what is said of every file, and the tests of what is pure. Style is asked above, not in a test again.
check: setup
	ruff format --check src tests tools bench
	ruff check src tests tools bench
	mypy
	lint-imports
	npm run --silent style
	npm run --silent types
	pytest -q -n auto --ignore=tests/architecture/test_style.py tests/architecture $(UNIT)

bench: setup
	python bench/run.py

# An hour in all, shared by the decoders.
fuzz: setup
	python tests/fuzz/run.py 120

lock:
	uv pip compile -q --generate-hashes -p 3.11 --custom-compile-command "make lock" requirements.in -o requirements.lock
	uv pip compile -q --generate-hashes -p 3.11 --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.lock

clean:
	rm -rf $(VENV) node_modules $(DIST) var
