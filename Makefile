# Two commands do everything on a fresh machine: `make film` and `make test`. Each sets up .venv by itself.
PHOTOS ?=
OUT ?= film.mp4
ARGS ?=
# The first that runs, is 3.11 or 3.12 and can make an environment: a name on the PATH alone says too little.
SUITS := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for each in python3.11 python3.12 python3; do \
	if "$$each" -c "$(SUITS)" >/dev/null 2>&1; then command -v "$$each"; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: film test test-hard check lint types style layers docs bench bench-page bench-morph bench-align bench-film bench-gpu bench-people bench-choice bench-light bench-outputs bench-scale bench-hard bench-primitives dist clean help

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 16

film: $(READY) ## make a film: PHOTOS=folder OUT=film.mp4 (without PHOTOS: from a sample album)
	$(BIN)/morphlapse film $(if $(PHOTOS),"$(PHOTOS)",--sample) -o "$(OUT)" --overwrite $(ARGS)

test: $(READY) ## run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

test-hard: $(READY) ## run the tests too slow for every run: hard folders, faults, fuzzing (under 30 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m hard $(ARGS)

check: lint types layers test ## everything that must be green

lint: $(READY) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## static types
	$(BIN)/pyright --pythonpath $(BIN)/python

style: $(READY) ## measure functions, files and tests against the project's own bar
	$(BIN)/python benchmarks/style.py

layers: $(READY) ## rooms import downward only
	$(BIN)/lint-imports

docs: $(VENV)/docs-ready ## build the site into build/site, all of it anew; a warning is an error
	rm -rf docs/generated build/site
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -E -d build/doctrees -b html docs build/site
	@echo "open build/site/index.html"

bench: $(READY) ## measure all but a GPU and write docs/benchmarks.md (PHOTOS=folder: for the film)
	for each in morph align people choice light outputs; do $(MAKE) bench-$$each ARGS= || exit 1; done
	$(MAKE) bench-film ARGS='$(if $(PHOTOS),--photos "$(PHOTOS)")'
	$(MAKE) bench-page

bench-page: $(READY) ## write docs/benchmarks.md from benchmarks/results, without measuring
	$(BIN)/python benchmarks/page.py

bench-morph: $(READY) ## measure the morph against other tools (ARGS=--quick: a part of it)
	$(BIN)/python benchmarks/morph.py $(ARGS)

bench-align: $(READY) ## measure registration against other tools (ARGS=--quick: a part of it)
	$(BIN)/python benchmarks/align.py $(ARGS)

bench-gpu: $(READY) ## measure the morph and the registration on a GPU
	$(BIN)/python benchmarks/gpu.py $(ARGS)

bench-film: $(READY) ## measure a film of 30 photos of 12 megapixels (ARGS="--photos FOLDER" for your own)
	$(BIN)/python benchmarks/film.py $(ARGS)

bench-people: $(READY) ## measure whose album it is, which faces are found, and what looking at photos costs
	$(BIN)/python benchmarks/people.py
	$(BIN)/python benchmarks/throughput.py $(ARGS)

bench-choice: $(READY) ## measure the choice of photos
	$(BIN)/python benchmarks/choice.py $(ARGS)

bench-light: $(READY) ## measure how light is evened out
	$(BIN)/python benchmarks/light.py $(ARGS)

bench-outputs: $(READY) ## measure every kind of film
	$(BIN)/python benchmarks/outputs.py $(ARGS)

bench-scale: $(READY) ## measure films of ever more photos (ARGS="--count 1000")
	$(BIN)/python benchmarks/scale.py $(ARGS)

bench-hard: $(READY) ## measure what bad, odd and huge files do
	$(BIN)/python benchmarks/hardness.py $(ARGS)

bench-primitives: $(READY) ## measure what OpenCV and SciPy do faster than torch on a CPU
	$(BIN)/python benchmarks/primitives.py

dist: $(READY) ## build the wheel and the source archive into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation

clean: ## remove what was set up and built
	rm -rf $(VENV) build dist docs/generated src/*.egg-info

# torch first and alone, for a looser pin would pull its CUDA build; the lock with --no-deps, for mediapipe's metadata asks
# for a second OpenCV, an old NumPy and jax, none of which it needs here (see DESIGN.md, Installing).
$(READY): requirements.lock pyproject.toml
	@"$(PYTHON)" -c "$(SUITS)" 2>/dev/null || { echo "morphlapse needs Python 3.11 or 3.12 with venv" \
		"(Debian: apt install python3-venv; else set PYTHON=/path/to/python3.11)"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $(READY)

$(VENV)/docs-ready: $(READY) requirements-docs.lock
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-docs.lock
	@touch $(VENV)/docs-ready
