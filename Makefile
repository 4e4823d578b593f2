.PHONY: help new build test docs deploy account-check
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /	/'

build: ## lint, format, types, and the wheels into dist/
	uv run ruff check
	uv run ruff format --check
	uv run pyright
	uv build --quiet --all-packages --wheel --out-dir dist

new: ## a new pattern in packages/, of the name NAME: make new NAME=orders-mailer
	@test -n "$(NAME)" || { echo "give the name: make new NAME=orders-mailer" >&2; exit 2; }
	uv run python -m naws.testing.scaffold $(NAME)

test: ## the everyday tests: nothing is deployed, no container engine is needed, few of many cases
	uv run pytest -m "not e2e and not container and not exhaustive"

docs: ## the guide, into site/
	uv run --group docs mkdocs build --strict

deploy: ## deploy the app APP (a Python file) to the AWS account of your credentials
	@test -n "$(APP)" || { echo "say which app: make deploy APP=examples/nightly-report/app.py" >&2; exit 2; }
	cd $(dir $(APP)) && uv run --project $(CURDIR) cdk deploy --app "python $(notdir $(APP))" --all $(CDK)

account-check: ## ask AWS itself about every scenario, with the credentials of your environment; nothing is deployed
	uv run python tests/account/check.py $(CHECK)
