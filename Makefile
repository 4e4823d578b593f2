.PHONY: help new build wheels test docs deploy verify destroy account-check
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /	/'

build: ## lint, format, types, and the wheels into dist/
	uv run ruff check
	uv run ruff format --check
	uv run pyright
	$(MAKE) wheels

wheels: ## the wheels alone, into dist/: for an app of your own
	uv build --quiet --all-packages --wheel --out-dir dist

new: ## a new pattern in packages/, of the name NAME: make new NAME=orders-mailer
	@test -n "$(NAME)" || { echo "give the name: make new NAME=orders-mailer" >&2; exit 2; }
	uv run python -m naws.testing.scaffold $(NAME)

# pytest keeps what it has rewritten for assertions, also where Python is to write no bytecode: seconds a process.
test: ## the everyday tests: nothing is deployed, no container engine is needed, few of many cases
	PYTHONDONTWRITEBYTECODE= uv run pytest -m "not e2e and not container and not exhaustive"

docs: ## the guide, into site/
	uv run --group docs mkdocs build --strict

# The stage STAGE, such as personal: the app is given its name as context, and the construct's id begins with a capital.
ID = $(shell printf %s "$(STAGE)" | awk '{ print toupper(substr($$0, 1, 1)) substr($$0, 2) }')
WHERE = cd $(dir $(APP)) && uv run --project $(CURDIR)
OPTIONS = --app "python $(notdir $(APP))" $(if $(STAGE),-c stage=$(STAGE)) $(CDK)

APP_GIVEN = @test -n "$(APP)" || { echo "say which app: make $@ APP=examples/nightly-report/app.py" >&2; exit 2; }

deploy: ## deploy the app APP (a Python file), or its stage STAGE, to the AWS account of your credentials
	$(APP_GIVEN)
	$(WHERE) cdk deploy $(if $(STAGE),"$(ID)/*",--all) $(OPTIONS)

verify: ## compare what is deployed of the app APP, or of its stage STAGE, with what it says
	$(APP_GIVEN)
	$(WHERE) cdk synth --quiet --output cdk.out $(OPTIONS)
	$(WHERE) naws verify --app cdk.out$(if $(STAGE),/assembly-$(ID))

destroy: ## destroy the stage STAGE of the app APP
	$(APP_GIVEN)
	@test -n "$(STAGE)" || { echo "say which stage: make $@ APP=$(APP) STAGE=personal" >&2; exit 2; }
	$(WHERE) cdk destroy "$(ID)/*" $(OPTIONS)

account-check: ## ask AWS itself about every scenario, with the credentials of your environment; nothing is deployed
	uv run python tests/account/check.py $(CHECK)
