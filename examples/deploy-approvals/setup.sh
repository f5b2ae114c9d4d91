#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Staging is allowed, production takes a person's approval: sh setup.sh agent_...
set -eu
agent=${1:?"usage: sh setup.sh AGENT_ID"}

behalf permissions create "$agent" \
  --action deploy \
  --resource vercel.com \
  --allowed "deploy to staging,create preview deployment,update environment variables on staging" \
  --blocked "deploy to production,promote to production,delete production deployment"

behalf permissions create "$agent" \
  --action deploy_production \
  --resource vercel.com \
  --allowed "promote staging to production" \
  --blocked "rollback without approval,delete production deployment" \
  --requires-approval
