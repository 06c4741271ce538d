# The course's commands. `make` alone lists them; the line after ## is what it prints.
PYTHON ?= python3
PORT ?=
OPEN ?=
PY := .venv/bin/python
BOOTSTRAP = @command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed. Debian, Ubuntu: sudo apt install python3 python3-venv" >&2; exit 1; }; \
	exec $(PYTHON) labkit/bootstrap.py
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade

.PHONY: help lab setup test quick lint check notebooks site picture bench lock clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

lab: ## install if need be, then open the course in JupyterLab (PORT=8899, OPEN=no to only serve it)
	$(BOOTSTRAP) lab --port "$(PORT)" --open "$(OPEN)"

setup: ## only install, into .venv
	$(BOOTSTRAP) setup

test: ## install what the tests need, then check everything: style, types, layers, tests, notebooks, browser
	$(BOOTSTRAP) test
	@$(MAKE) --no-print-directory lint check

quick: ## what to run all the time: style, types and the tests that need no browser, no notebook run and little time
	@$(MAKE) --no-print-directory lint
	$(PY) -m pytest -q -n 2 -m "not browser and not slow" -p no:cacheprovider \
		tests/test_*.py tests/decode tests/draw tests/exercises tests/show tests/notebooks

lint: # style, types and the direction of the imports; needs make test to have installed the tools
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

check: # the tests, and every notebook against its stored outputs, two files at a time
	@.venv/bin/labkit box build || echo "NOT TESTED: there is no box."
	$(PY) -m pytest -n 2 --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=60 --nbval-sanitize-with=tests/nbval-sanitize.cfg \
		-p no:cacheprovider tests notebooks

notebooks: ## write map, cards and navigation, run every notebook and store its outputs (the only way they are made)
	$(BOOTSTRAP) test
	$(PY) -m labkit.show.course_map notebooks
	$(PY) -m labkit.show.publish notebooks/*.ipynb
	.venv/bin/labkit run newline --save pictures/newline.svg
	$(PY) -c 'import labkit; labkit.ladder(labkit.record_together("echo_server 0", "echo_client {port} hello", in_turn=True, wire=True)).save("pictures/ladder.svg")'

site: ## write the course as web pages and slides into site/, from the stored outputs; they need no network
	$(BOOTSTRAP) test
	$(PY) -m labkit.show.site notebooks site

picture: ## photograph the stepper for README.md (needs chromium)
	$(BOOTSTRAP) test
	mkdir -p artefacts
	.venv/bin/labkit record --in-turn pipe_end -o artefacts/pipe_end.html
	$(PY) -m tests.browser.portrait artefacts/pipe_end.html pictures/stepper-dark.png --at "still has its write end" --dark

bench: ## measure what README.md claims
	$(BOOTSTRAP) test
	@test -d tests/bench || { echo "There is no tests/bench yet: nothing to measure." >&2; exit 1; }
	$(PY) -m tests.bench

lock: ## choose the newest versions pyproject.toml allows and write both lock files
	$(BOOTSTRAP) test
	.venv/bin/$(LOCK) --group build --output-file requirements.lock
	.venv/bin/$(LOCK) --group build --group test --output-file requirements-test.lock
	$(BOOTSTRAP) test

clean: ## remove .venv and everything else that can be made again
	rm -rf .venv build dist site artefacts .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -prune -exec rm -rf {} +
