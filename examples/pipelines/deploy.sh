#!/bin/sh
# Deploys the stacks of one stage in their order: deploy.sh Dev Dev/Data Dev/Reports
# Each is judged before it is deployed, and deployed before the next is prepared, which may need what it made.
set -eu
stage=$1
shift
for stack in "$@"; do
  cdk deploy "$stack" --app cdk.out --exclusively --require-approval=never \
    --method=prepare-change-set --change-set-name=naws
  naws guard "$stack" --app cdk.out --change-set naws
  # From the same assembly CDK makes the same change set again; a stack without changes it passes over.
  cdk deploy "$stack" --app cdk.out --exclusively --require-approval=never
done
naws verify "$stage/*" --app cdk.out --wait 300
