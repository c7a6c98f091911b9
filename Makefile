# LeNet-5 from scratch: `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000

BIN := .venv/bin
PY := $(BIN)/python

# Notebooks find the package, and a profile of IPython that refuses the network.
export PYTHONPATH := $(CURDIR)
export IPYTHONDIR := $(CURDIR)/tests/ipython
# With a backend set, inline figures disappear.
unexport MPLBACKEND

# An install is good for one Python, one place and one set of requirements.
NEEDS := $(PYTHON) -V 2>&1; echo '$(CURDIR)'; cat requirements.txt pyproject.toml
INSTALL_KEY := $(shell { $(NEEDS); } | cksum | cut -d' ' -f1)
INSTALLED := .venv/installed-$(INSTALL_KEY)

# Executed notebooks are good for one install, one state of the package and its records.
CODE_FILES := find $(wildcard lenet_core runs) -type f ! -name '*.pyc'
CODE_KEY := $(shell $(CODE_FILES) | LC_ALL=C sort | xargs cksum | cksum | cut -d' ' -f1)
EXECUTED := _build/executed-$(INSTALL_KEY)-$(CODE_KEY)

# Pages that Sphinx has read are good as long as what makes pages of them stays the same, and the
# titles, which stand beside every page.
SITE := cat _config.yml _toc.yml book/_ext/*.py; grep -hm1 '^[ "]*\# ' book/*.md book/*.ipynb
SITE_KEY := $(shell { $(SITE); } | cksum | cut -d' ' -f1)
DOCTREES := _build/.doctrees
READ := _build/read-$(SITE_KEY)

.PHONY: help install book test notebooks lab serve bench records lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make .venv with the pinned requirements and the package

book: $(INSTALLED) $(EXECUTED) $(READ) ## run every notebook and build the site, warnings as errors
	$(PY) scripts/execute_book.py
	$(BIN)/jupyter-book build . -W -n --keep-going || { rm -rf $(DOCTREES); exit 1; }
	@echo "The site is in _build/html: open _build/html/index.html, or make serve"

# Whole files are dealt out to the cores: the cells of a notebook build on each other. BLAS has one
# thread, as in scripts/execute_book.py.
test: $(INSTALLED) ## unit tests, the gates of the book, and every notebook against its outputs
	OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n logical --dist loadfile --nbval tests book

notebooks: $(INSTALLED) ## run every notebook again and store its outputs
	$(PY) scripts/run_notebooks.py

lab: $(INSTALLED) ## open the chapters in JupyterLab
	env -u IPYTHONDIR $(BIN)/jupyter lab --notebook-dir=book

serve: ## show the built site on http://127.0.0.1:8000 (PORT=8000)
	@test -d _build/html || { echo "There is no site yet: make book"; exit 1; }
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

bench: $(INSTALLED) ## measure the speed, six minutes to half an hour, into out/speed.json
	$(PY) -m bench

records: $(INSTALLED) ## train every recorded run again, over two hours, and compare
	$(PY) scripts/rerun_records.py

lint: $(INSTALLED) ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean: ## remove the site and the executed notebooks; .venv stays
	rm -rf _build

# The stamp is written last: an interrupted install starts again from nothing.
$(INSTALLED):
	@$(PYTHON) scripts/check_python.py
	@echo "Installing the pinned requirements into .venv: about a minute"
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(PY) -m pip install -qq -r requirements.txt
	$(PY) -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

# Jupyter Book keeps an executed notebook until its own cells change, not when the package does.
$(EXECUTED):
	rm -rf _build/.jupyter_cache _build/executed-* $(DOCTREES)
	@mkdir -p _build && touch $@

# A page that is not read again does not repeat its warnings: hence the removal above as well.
$(READ):
	rm -rf _build/read-* $(DOCTREES)
	@mkdir -p _build && touch $@
